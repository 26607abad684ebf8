//! Files of runs and models, wherever their artifact root lies.

use podium_artifacts::{Access, Store, StoreError, of_sums};
use podium_mlflow::{ArtifactPath, ArtifactRoot, Client, Error};

use super::resolve;
use crate::plan::FileDigest;
use crate::settings::Grant;

/// A path below an artifact root.
pub(super) fn path(text: &str) -> Result<ArtifactPath, Error> {
    text.parse::<ArtifactPath>().map_err(Error::from)
}

/// The store of an artifact root, S3 with the operator's own login.
pub(super) fn store(client: &Client, grant: &Grant, root: ArtifactRoot) -> Result<Store, StoreError> {
    Store::of(client, root, &Access::of_process(grant.certificate_authorities.as_deref()))
}

/// The digest of every file below the root. `None` when there is none: MLflow answers for a folder that does not exist as
/// for an empty one, and the digest of nothing must not pass for that of a model.
pub(super) async fn digest(
    client: &Client,
    grant: &Grant,
    uri: &str,
) -> Result<Option<FileDigest>, StoreError> {
    let root = resolve::root(client, uri).await?;
    let sums = store(client, grant, root)?.sums("").await?;
    Ok((!sums.is_empty()).then(|| FileDigest { digest: of_sums(&sums) }))
}
