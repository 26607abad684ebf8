//! A bucket of S3, with the login of the standard `AWS_` variables.

use std::fmt;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{Certificate, ClientOptions, RetryConfig};

use crate::StoreError;

/// What variables that are read begin with.
const PREFIX: &str = "AWS_";

/// Any of these names a login; without one requests are not signed, as for public buckets. Asking the node for its own
/// role, which is what the library would do, would lend everybody the node's rights.
const LOGINS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// Longest that one object may be on its way, as long as through MLflow. The library's 30 s would end every transfer of a large
/// model, however often it was tried.
const TRANSFER: Duration = Duration::from_secs(600);

/// How S3 is reached.
#[derive(Clone, Default)]
pub struct Access {
    /// Certificate authorities beside the system's: PEM, one or more.
    pub authorities: Option<String>,
    /// Variables of the environment that begin with `AWS_`: login, region, endpoint. Others change nothing.
    pub variables: Vec<(String, String)>,
}

impl Access {
    /// With the variables of this process.
    pub fn of_process(authorities: Option<&str>) -> Self {
        let variables = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        Self { authorities: authorities.map(str::to_owned), variables }
    }
}

/// Without the values: there are passwords among them.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("Access").field("authorities", &self.authorities).field("variables", &names).finish()
    }
}

/// A bucket. Nothing is retried by it: its callers know for how long waiting makes sense.
///
/// # Errors
/// Authorities or settings that can't be used.
pub fn bucket(name: &str, access: &Access) -> Result<AmazonS3, StoreError> {
    Ok(builder(name, access)?.build()?)
}

fn builder(bucket: &str, access: &Access) -> Result<AmazonS3Builder, StoreError> {
    let mut builder = AmazonS3Builder::new()
        .with_client_options(options(access)?)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
    let mut login = false;
    for (name, value) in access.variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        login |= LOGINS.contains(&name.as_str());
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(builder.with_bucket_name(bucket).with_skip_signature(!login))
}

fn options(access: &Access) -> Result<ClientOptions, StoreError> {
    let options = ClientOptions::new().with_timeout(TRANSFER);
    let Some(pem) = &access.authorities else { return Ok(options) };
    let certificates = Certificate::from_pem_bundle(pem.as_bytes())
        .map_err(|error| StoreError::Authorities(error.to_string()))?;
    Ok(certificates.into_iter().fold(options, ClientOptions::with_root_certificate))
}

#[cfg(test)]
mod tests {
    use object_store::ClientConfigKey;
    use object_store::aws::AmazonS3ConfigKey;

    use super::*;

    fn access(variables: &[(&str, &str)]) -> Access {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Access { authorities: None, variables: variables.collect() }
    }

    fn configured(access: &Access, key: AmazonS3ConfigKey) -> Option<String> {
        builder("lake", access).unwrap().get_config_value(&key)
    }

    #[test]
    fn an_object_may_be_on_its_way_for_ten_minutes() {
        let timeout = configured(&access(&[]), AmazonS3ConfigKey::Client(ClientConfigKey::Timeout));
        assert_eq!(timeout.as_deref(), Some("10m"));
    }

    #[test]
    fn requests_are_signed_only_with_a_login_and_nobody_sees_it() {
        let signs = |access| configured(access, AmazonS3ConfigKey::SkipSignature).as_deref() == Some("false");
        let with = access(&[("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
        assert!(signs(&with) && !signs(&access(&[("AWS_REGION", "eu-west-1"), ("ACCESS_KEY_ID", "key")])));
        assert!(!format!("{with:?}").contains(r#""secret""#), "{with:?}");
    }
}
