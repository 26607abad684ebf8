//! Bytes by URI: mounted ConfigMaps and claims, HTTP, S3. Knows nothing of what is in them.

mod http;
mod login;
mod mount;
mod retry;
mod s3;
#[cfg(test)]
mod tests;
mod trust;
mod uri;

pub use login::Login;
pub use retry::Patience;
pub use trust::Trust;
pub use uri::{Location, UriError};

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use podium_artifacts::Access;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The whole content.
    pub bytes: Bytes,
    /// Version that the source stated: an ETag. Mounted files have none.
    pub version: Option<String>,
}

/// Why a source can't be read. Each message names the URI and what the user can do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The URI is malformed or of an unknown kind.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// There is no such object.
    #[error("data {uri} was not found: {message}")]
    NotFound {
        /// The URI.
        uri: String,
        /// What was looked for.
        message: String,
    },
    /// The server refused the credentials, or asked for some.
    #[error("data {uri} can't be read with these credentials: {message}; check data.credentialsSecret")]
    Denied {
        /// The URI.
        uri: String,
        /// What the server said.
        message: String,
    },
    /// The server asks for credentials and there are none.
    #[error(
        "data {uri} can't be read without a login: {message}; name a Secret with username and password, or token, as \
         data.credentialsSecret"
    )]
    LoginNeeded {
        /// The URI.
        uri: String,
        /// What the server said.
        message: String,
    },
    /// A Secret that is no login, or that must not be sent this way.
    #[error("data {uri} can't be read with the Secret of data.credentialsSecret: {message}")]
    Login {
        /// The URI.
        uri: String,
        /// What is wrong with it.
        message: String,
    },
    /// The server did not answer, for as long as was waited.
    #[error("data {uri} could not be reached: {message}")]
    Unreachable {
        /// The URI.
        uri: String,
        /// The last error.
        message: String,
    },
    /// More bytes than the pod may hold.
    #[error(
        "data {uri} is larger than {limit} bytes, which is half of the memory limit; raise resources.memory"
    )]
    TooLarge {
        /// The URI.
        uri: String,
        /// The bound.
        limit: u64,
    },
    /// Anything else: not a file, no permission to open it, an answer that makes no sense.
    #[error("data {uri} can't be read: {message}")]
    Unreadable {
        /// The URI.
        uri: String,
        /// What went wrong.
        message: String,
    },
}

impl SourceError {
    /// CamelCase reason for conditions.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Uri(_) => "InvalidUri",
            Self::NotFound { .. } => "DataNotFound",
            Self::Denied { .. } | Self::LoginNeeded { .. } => "DataAccessDenied",
            Self::Login { .. } => "InvalidCredentials",
            Self::Unreachable { .. } => "DataUnreachable",
            Self::TooLarge { .. } => "DataTooLarge",
            Self::Unreadable { .. } => "DataUnreadable",
        }
    }
}

/// Where mounts lie, how large an object may be and how long to try.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Folder with `configmap/<name>/<key>` and `pvc/<claim>/<path>`.
    pub mount: PathBuf,
    /// Largest object in bytes.
    pub limit: u64,
    /// How long transient failures are retried.
    pub patience: Patience,
    /// Whom to trust beside the system's authorities.
    pub trust: Trust,
    /// The login for HTTP, or what is wrong with it.
    pub login: Result<Login, String>,
}

impl Reader {
    /// Reads below the contract's mount folder, with the login of this process; `limit` in bytes.
    pub fn new(limit: u64, trust: Trust) -> Self {
        let patience = Patience { total: Duration::from_secs(60), first: Duration::from_millis(500) };
        Self {
            mount: PathBuf::from(podium_contract::DATA_MOUNT),
            limit,
            patience,
            trust,
            login: Login::of_process(),
        }
    }

    /// The whole object at `uri`.
    ///
    /// # Errors
    /// A [`SourceError`]; transient failures were retried before.
    pub async fn read(&self, uri: &str) -> Result<Fetched, SourceError> {
        match Location::parse(uri)? {
            Location::ConfigMap { name, key } => {
                mount::read(uri, &self.mount.join("configmap").join(name), &key, self.limit).await
            }
            Location::Claim { claim, path } => {
                mount::read(uri, &self.mount.join("pvc").join(claim), &path, self.limit).await
            }
            Location::Http(url) => {
                let wrong = |message: &String| SourceError::Login {
                    uri: http::shown(&url),
                    message: message.clone(),
                };
                let login = self.login.as_ref().map_err(wrong)?;
                retry::until(self.patience, || http::read(&url, &self.trust, login, self.limit)).await
            }
            Location::S3 { bucket, key } => {
                let store = s3::store(uri, &bucket, &Access::of_process(self.trust.pem()))?;
                retry::until(self.patience, || s3::read(uri, &store, &key, self.limit)).await
            }
        }
    }
}
