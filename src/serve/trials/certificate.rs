//! The service's certificate: made in memory by each replica, and again before it ends. No file, no restart.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::Uri;
use k8s_openapi::jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Error;
use crate::cluster::authority::{Authority, Leaf};

/// How often it is looked whether there should be another one.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);

/// The certificate of now.
pub(super) struct Certificate {
    authority: Authority,
    names: Vec<String>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Current>,
}

struct Current {
    key: Arc<CertifiedKey>,
    renew_at: Timestamp,
}

impl Certificate {
    /// The first one.
    ///
    /// # Errors
    /// When the authority can't sign it.
    pub(super) fn new(authority: Authority, uri: &str, now: Timestamp) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let names = names(uri).ok_or_else(|| Error::Uri(uri.to_owned()))?;
        let current = RwLock::new(current(authority.issue(&names, now)?, &provider)?);
        Ok(Self { authority, names, provider, current })
    }

    /// What its clients trust, PEM.
    pub(super) fn authority(&self) -> &str {
        self.authority.certificate()
    }

    /// Makes the next one when it is time.
    ///
    /// # Errors
    /// When the authority can't sign it.
    pub(super) fn renew(&self, now: Timestamp) -> Result<bool, Error> {
        if now < self.current.read().unwrap_or_else(PoisonError::into_inner).renew_at {
            return Ok(false);
        }
        let next = current(self.authority.issue(&self.names, now)?, &self.provider)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(true)
    }

    /// Renews it until the process ends.
    pub(super) async fn renew_forever(&self) {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            match self.renew(Timestamp::now()) {
                Ok(true) => tracing::info!("the trial service has a new certificate"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the certificate of the trial service was not renewed"),
            }
        }
    }

    /// TLS with the certificate of the moment of each handshake.
    ///
    /// # Errors
    /// When this build of rustls can't do it.
    pub(super) fn tls(self: &Arc<Self>) -> Result<ServerConfig, Error> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth();
        Ok(config.with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>))
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Certificate").field("names", &self.names).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}

fn current(leaf: Leaf, provider: &CryptoProvider) -> Result<Current, Error> {
    let key = CertifiedKey::from_der(vec![leaf.certificate], leaf.key, provider)?;
    Ok(Current { key: Arc::new(key), renew_at: leaf.renew_at })
}

/// The names by which pods may call: the host, and where it is a Service of the cluster, also its shorter forms.
fn names(uri: &str) -> Option<Vec<String>> {
    let uri: Uri = uri.parse().ok()?;
    let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
    let mut names = Vec::new();
    if let [service, namespace, "svc", ..] = host.split('.').collect::<Vec<_>>()[..] {
        names.extend([format!("{service}.{namespace}.svc"), format!("{service}.{namespace}")]);
    }
    if !names.contains(&host) {
        names.push(host);
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_all_its_names_and_any_other_host_by_its_own() {
        let short = ["podium-trials.podium.svc", "podium-trials.podium"];
        assert_eq!(names("https://podium-trials.podium.svc:8443").unwrap(), short);
        let long = names("https://Podium-Trials.podium.svc.cluster.local:8443/").unwrap();
        assert_eq!(long, [&short[..], &["podium-trials.podium.svc.cluster.local"]].concat());
        assert_eq!(names("https://podium.example.org").unwrap(), ["podium.example.org"]);
        assert_eq!(names("https://[::1]:8443").unwrap(), ["::1"]);
        assert_eq!(names("/relative"), None);
    }
}
