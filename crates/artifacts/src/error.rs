//! Why artifacts can't be read or written.

/// Why an artifact could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// MLflow.
    #[error(transparent)]
    Mlflow(#[from] podium_mlflow::Error),
    /// S3.
    #[error("artifact in S3: {}", innermost(.0))]
    S3(#[from] object_store::Error),
    /// A path that can't be one.
    #[error("artifact path {0:?} is not allowed")]
    Path(String),
    /// Larger than may be held.
    #[error("artifact {path} is larger than {limit} bytes")]
    TooLarge {
        /// Which.
        path: String,
        /// The bound.
        limit: u64,
    },
    /// An artifact root that can't be reached.
    #[error(
        "artifact root {uri} has scheme {scheme}; only mlflow-artifacts: and s3:// are reached: start MLflow with \
         --artifacts-destination"
    )]
    Root {
        /// Its scheme.
        scheme: String,
        /// The root.
        uri: String,
    },
    /// Certificate authorities.
    #[error("the certificate authorities can't be read: {0}")]
    Authorities(String),
}

/// What S3 says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum S3Verdict {
    /// There is no such object or bucket.
    NotFound,
    /// The login is refused, or one is asked for.
    Denied,
    /// A server's error or a lost connection, which can pass.
    Unreachable,
    /// Anything else.
    Refused,
}

/// The innermost cause, shortened: the outer ones repeat URL and path.
pub fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let full = cause.to_string();
    let mut short: String = full.chars().take(300).collect();
    if short.len() < full.len() {
        short.push('…');
    }
    short
}

/// Judges an error of S3. Servers answer wrong keys with 400 or 403 and one of a few codes.
pub fn judge(error: &object_store::Error) -> S3Verdict {
    use object_store::Error;
    match error {
        Error::NotFound { .. } => S3Verdict::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => S3Verdict::Denied,
        Error::Generic { .. } if plain_http(error) => S3Verdict::Refused,
        Error::Generic { .. } if denied(&innermost(error)) => S3Verdict::Denied,
        Error::Generic { .. } => S3Verdict::Unreachable,
        _ => S3Verdict::Refused,
    }
}

/// Whether an endpoint without TLS was refused.
pub fn plain_http(error: &object_store::Error) -> bool {
    innermost(error).contains("URL scheme is not allowed")
}

fn denied(message: &str) -> bool {
    ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"]
        .iter()
        .any(|code| message.contains(code))
}
