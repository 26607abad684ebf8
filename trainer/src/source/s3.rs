//! Reading from S3 and what speaks its protocol. Login, region and endpoint come from the standard AWS_ variables,
//! which the pod has from the user's Secret.

use bytes::BytesMut;
use futures::StreamExt;
use object_store::ObjectStoreExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use podium_artifacts::{Access, S3Verdict, bucket, innermost, judge, plain_http};

use super::{Fetched, SourceError};

pub(super) fn store(uri: &str, name: &str, access: &Access) -> Result<AmazonS3, SourceError> {
    bucket(name, access)
        .map_err(|error| SourceError::Unreadable { uri: uri.to_owned(), message: error.to_string() })
}

pub(super) async fn read(uri: &str, store: &AmazonS3, key: &str, limit: u64) -> Result<Fetched, SourceError> {
    let path = Path::parse(key)
        .map_err(|error| SourceError::Unreadable { uri: uri.to_owned(), message: error.to_string() })?;
    let object = store.get(&path).await.map_err(|error| refused(uri, &error))?;
    let version = object.meta.e_tag.clone();
    let too_large = || SourceError::TooLarge { uri: uri.to_owned(), limit };
    if object.meta.size > limit {
        return Err(too_large());
    }
    let mut bytes = BytesMut::with_capacity(usize::try_from(object.meta.size).map_err(|_| too_large())?);
    let mut chunks = object.into_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| refused(uri, &error))?);
    }
    Ok(Fetched { bytes: bytes.freeze(), version })
}

/// What the user can do about it; for the rest whether repeating can help.
fn refused(uri: &str, error: &object_store::Error) -> SourceError {
    let (uri, message) = (uri.to_owned(), innermost(error));
    match judge(error) {
        S3Verdict::NotFound => SourceError::NotFound { uri, message },
        S3Verdict::Denied => SourceError::Denied { uri, message },
        S3Verdict::Unreachable => SourceError::Unreachable { uri, message },
        S3Verdict::Refused if plain_http(error) => SourceError::Unreadable {
            uri,
            message: "the endpoint is http://; set AWS_ALLOW_HTTP=true in the Secret to allow that"
                .to_owned(),
        },
        S3Verdict::Refused => SourceError::Unreadable { uri, message },
    }
}
