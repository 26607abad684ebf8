//! Reading from S3 and what speaks its protocol. Login, region and endpoint come from the standard AWS_ variables,
//! which the pod has from the user's Secret.

use bytes::BytesMut;
use futures::StreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStoreExt, RetryConfig};

use super::{Fetched, SourceError, Trust};

/// Any of these names a login; without one the request is not signed, as for public buckets. Asking the node for its
/// own role, which is what the library would do, would lend every pipeline the node's rights.
const LOGINS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

pub(crate) fn store(
    uri: &str,
    bucket: &str,
    trust: &Trust,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<AmazonS3, SourceError> {
    let unreadable = |message: String| SourceError::Unreadable { uri: uri.to_owned(), message };
    let mut builder = AmazonS3Builder::new()
        .with_client_options(trust.s3(ClientOptions::new()).map_err(unreadable)?)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
    let mut login = false;
    for (name, value) in variables.filter(|(name, _)| name.starts_with("AWS_")) {
        login |= LOGINS.contains(&name.as_str());
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder
        .with_bucket_name(bucket)
        .with_skip_signature(!login)
        .build()
        .map_err(|error| unreadable(text(&error)))
}

pub(super) async fn read(uri: &str, store: &AmazonS3, key: &str, limit: u64) -> Result<Fetched, SourceError> {
    let path = Path::parse(key)
        .map_err(|error| SourceError::Unreadable { uri: uri.to_owned(), message: error.to_string() })?;
    let object = store.get(&path).await.map_err(|error| judge(uri, &error))?;
    let version = object.meta.e_tag.clone();
    let too_large = || SourceError::TooLarge { uri: uri.to_owned(), limit };
    if object.meta.size > limit {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(object.meta.size).map_err(|_| too_large())?);
    let mut chunks = object.into_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| judge(uri, &error))?);
    }
    Ok(Fetched { bytes: bytes.freeze(), version })
}

/// The library's kinds, and for the rest whether repeating can help: a server error and a lost connection can pass.
fn judge(uri: &str, error: &object_store::Error) -> SourceError {
    use object_store::Error;
    let uri = uri.to_owned();
    let message = text(error);
    match error {
        Error::NotFound { .. } => SourceError::NotFound { uri, message },
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            SourceError::Denied { uri, message }
        }
        Error::Generic { .. } if message.contains("URL scheme is not allowed") => SourceError::Unreadable {
            uri,
            message: "the endpoint is http://; set AWS_ALLOW_HTTP=true in the Secret to allow that"
                .to_owned(),
        },
        Error::Generic { .. } if denied(&message) => SourceError::Denied { uri, message },
        Error::Generic { .. } => SourceError::Unreachable { uri, message },
        _ => SourceError::Unreadable { uri, message },
    }
}

/// Servers answer wrong keys with 400 or 403 and one of these codes.
fn denied(message: &str) -> bool {
    ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"]
        .iter()
        .any(|code| message.contains(code))
}

/// The innermost cause, shortened: the outer ones repeat URL and path.
fn text(error: &dyn std::error::Error) -> String {
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
