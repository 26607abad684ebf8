//! The certificate authority of the trial service: one Secret in the operator's namespace, made by whichever replica comes
//! first, read by all. It signs certificates for this service alone and is trusted by workers alone.

mod x509;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};

use super::Error;
pub use x509::Leaf;

/// The Secret's type.
const TYPE: &str = "podium.dev/certificate-authority";
/// Where in it the certificate is.
const CERTIFICATE: &str = "ca.crt";
/// Where in it the key is.
const KEY: &str = "ca.key";

/// A certificate authority with its key.
pub struct Authority {
    /// Its certificate, PEM.
    certificate: String,
    /// Its key, PEM.
    key: String,
    /// Where it is kept, for messages.
    place: String,
}

/// Why there is no certificate authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The Secret can't be read or made.
    #[error(transparent)]
    Cluster(#[from] Error),
    /// What stands in the Secret is of no use.
    #[error(
        "Secret {place} holds no certificate authority that can be used ({why}); delete it and restart the operator, which makes \
         a new one: workers that trust the old one end by themselves, for want of answers"
    )]
    Unusable {
        /// Namespace and name of the Secret.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// None can be made, or it signs nothing.
    #[error("failed to make a certificate of the trial service: {0}")]
    Make(#[from] rcgen::Error),
}

impl Authority {
    /// The authority of this installation, made when there is none; its Secret is called after the lease.
    ///
    /// # Errors
    /// When the Secret can't be read, made or used.
    pub async fn obtain(client: &Client, namespace: &str, lease: &str) -> Result<Self, AuthorityError> {
        let name = format!("{lease}-trials");
        let place = format!("{namespace}/{name}");
        let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
        let what = format!("Secret {place}");
        let now = Timestamp::now();
        let found = api.get_opt(&name).await.map_err(Error::request("get", what.clone()))?;
        let secret = match found {
            Some(secret) => secret,
            None => create(&api, &name, &what, now).await?,
        };
        let authority = read(&secret, place)?;
        authority.try_out(now)?;
        Ok(authority)
    }

    /// A new one, kept nowhere.
    ///
    /// # Errors
    /// When there is no randomness for its key.
    pub fn make(now: Timestamp) -> Result<Self, AuthorityError> {
        let (certificate, key) = x509::authority(now)?;
        Ok(Self { certificate, key, place: "of this process".to_owned() })
    }

    /// Its certificate, PEM: what workers trust.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate of the service for these names, DNS names or addresses.
    ///
    /// # Errors
    /// When a name can't stand in one.
    pub fn issue(&self, names: &[String], now: Timestamp) -> Result<Leaf, AuthorityError> {
        Ok(x509::issue(&self.key, names, now)?)
    }

    /// A mistake is told at the start, and not by the handshake of every worker.
    fn try_out(&self, now: Timestamp) -> Result<(), AuthorityError> {
        let unusable = |why: String| AuthorityError::Unusable { place: self.place.clone(), why };
        let name = "podium.example".to_owned();
        let leaf = x509::issue(&self.key, std::slice::from_ref(&name), now)
            .map_err(|error| unusable(format!("{KEY}: {error}")))?;
        x509::verify(&self.certificate, &leaf, &name, now)
            .map_err(|why| unusable(format!("{CERTIFICATE}: {why}")))
    }
}

/// Makes the Secret, or reads the one that another replica made in between.
async fn create(api: &Api<Secret>, name: &str, what: &str, now: Timestamp) -> Result<Secret, AuthorityError> {
    let Authority { certificate, key, .. } = Authority::make(now)?;
    let secret = Secret {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        type_: Some(TYPE.to_owned()),
        string_data: Some([(CERTIFICATE.to_owned(), certificate), (KEY.to_owned(), key)].into()),
        ..Secret::default()
    };
    match api.create(&PostParams::default(), &secret).await {
        Ok(made) => Ok(made),
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            Ok(api.get(name).await.map_err(Error::request("get", what))?)
        }
        Err(error) => Err(Error::request("create", what)(error).into()),
    }
}

fn read(secret: &Secret, place: String) -> Result<Authority, AuthorityError> {
    let text = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key));
        bytes.and_then(|bytes| String::from_utf8(bytes.0.clone()).ok()).ok_or_else(|| {
            AuthorityError::Unusable { place: place.clone(), why: format!("no text under {key}") }
        })
    };
    Ok(Authority { certificate: text(CERTIFICATE)?, key: text(KEY)?, place })
}

#[cfg(test)]
mod tests;
