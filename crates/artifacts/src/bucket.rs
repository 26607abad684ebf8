//! A bucket of S3, with the login of the standard `AWS_` variables.

use std::fmt;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{Certificate, ClientOptions, RetryConfig};

use crate::StoreError;

/// Any of these names a login; without one requests are not signed, as for public buckets. Asking the node for its own
/// role, which is what the library would do, would lend everybody the node's rights.
const LOGINS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// How S3 is reached.
#[derive(Clone, Default)]
pub struct Access {
    /// Certificate authorities beside the system's: PEM, one or more.
    pub authorities: Option<String>,
    /// Variables of the environment; those that begin with `AWS_` are used: login, region, endpoint.
    pub variables: Vec<(String, String)>,
}

impl Access {
    /// With the variables of this process.
    pub fn of_process(authorities: Option<&str>) -> Self {
        Self { authorities: authorities.map(str::to_owned), variables: std::env::vars().collect() }
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
    let mut builder = AmazonS3Builder::new()
        .with_client_options(options(access)?)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
    let mut login = false;
    for (name, value) in access.variables.iter().filter(|(name, _)| name.starts_with("AWS_")) {
        login |= LOGINS.contains(&name.as_str());
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    Ok(builder.with_bucket_name(name).with_skip_signature(!login).build()?)
}

fn options(access: &Access) -> Result<ClientOptions, StoreError> {
    let Some(pem) = &access.authorities else { return Ok(ClientOptions::new()) };
    let certificates = Certificate::from_pem_bundle(pem.as_bytes())
        .map_err(|error| StoreError::Authorities(error.to_string()))?;
    Ok(certificates.into_iter().fold(ClientOptions::new(), ClientOptions::with_root_certificate))
}
