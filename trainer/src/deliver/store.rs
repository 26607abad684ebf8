//! Artifacts of a run or model: through MLflow's proxy, or straight in S3 where the artifact root says so.

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use podium_mlflow::{ArtifactPath, ArtifactRoot, Client, Error};

use super::patience::Passing;
use crate::failure::Failure;
use crate::model::Files;
use crate::source::{SourceError, Trust, s3_store};

/// Where the artifacts of one root lie.
#[derive(Debug, Clone)]
pub enum Store {
    /// Behind MLflow.
    Proxied(Client, ArtifactRoot),
    /// In a bucket, below a prefix; with the login of the AWS_ variables.
    S3(Box<AmazonS3>, String),
}

/// Why an artifact could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// MLflow.
    #[error(transparent)]
    Mlflow(#[from] Error),
    /// A path that can't be one.
    #[error("artifact path {0:?} is not allowed")]
    Path(String),
    /// S3.
    #[error("artifact in S3: {0}")]
    S3(#[from] object_store::Error),
    /// Larger than may be held.
    #[error("artifact {path} is larger than {limit} bytes")]
    TooLarge {
        /// Which.
        path: String,
        /// The bound.
        limit: u64,
    },
}

impl Passing for StoreError {
    fn may_pass(&self, login_may_be_mended: bool) -> bool {
        use object_store::Error as S3;
        match self {
            Self::Mlflow(error) => error.may_pass(login_may_be_mended),
            Self::S3(S3::PermissionDenied { .. } | S3::Unauthenticated { .. }) => login_may_be_mended,
            Self::S3(S3::Generic { .. }) => true,
            Self::S3(_) | Self::Path(_) | Self::TooLarge { .. } => false,
        }
    }
}

impl Store {
    /// The store of an artifact root.
    ///
    /// # Errors
    /// A root that is neither MLflow's proxy nor S3.
    pub fn of(client: &Client, trust: &Trust, uri: &str) -> Result<Self, Failure> {
        match ArtifactRoot::parse(uri) {
            root @ ArtifactRoot::Proxied { .. } => Ok(Self::Proxied(client.clone(), root)),
            ArtifactRoot::S3 { bucket, prefix } => {
                let store = s3_store(uri, &bucket, trust, std::env::vars())
                    .map_err(|error: SourceError| Failure::Tracking(error.to_string()))?;
                Ok(Self::S3(Box::new(store), prefix))
            }
            ArtifactRoot::Other { scheme, uri } => Err(Failure::Tracking(format!(
                "artifact root {uri} has scheme {scheme}; pods reach mlflow-artifacts: and s3:// only: start MLflow with --artifacts-destination"
            ))),
        }
    }

    /// Stores a file, over an earlier one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put(&self, path: &str, body: Bytes) -> Result<(), StoreError> {
        let checked = checked(path)?;
        match self {
            Self::Proxied(client, root) => Ok(client.put_artifact(root, &checked, body).await?),
            Self::S3(store, prefix) => {
                store.put(&key(prefix, path)?, PutPayload::from(body)).await?;
                Ok(())
            }
        }
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn get(&self, path: &str, limit: u64) -> Result<Bytes, StoreError> {
        let checked = checked(path)?;
        match self {
            Self::Proxied(client, root) => Ok(client.get_artifact(root, &checked, limit).await?),
            Self::S3(store, prefix) => {
                let object = store.get(&key(prefix, path)?).await?;
                if object.meta.size > limit {
                    return Err(StoreError::TooLarge { path: path.to_owned(), limit });
                }
                Ok(object.bytes().await?)
            }
        }
    }

    /// All files below a folder (the root itself for an empty one), by their path from there, folders within included.
    ///
    /// # Errors
    /// See [`StoreError`]; more than `limit` bytes in all.
    pub async fn get_all(&self, folder: &str, limit: u64) -> Result<Files, StoreError> {
        let mut files = Files::new();
        let mut left = limit;
        for path in self.list(folder).await? {
            let from_root = if folder.is_empty() { path.clone() } else { format!("{folder}/{path}") };
            let body = self.get(&from_root, left).await?;
            left -= body.len() as u64;
            files.insert(path, body);
        }
        Ok(files)
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Proxied(client, root) => {
                let base = if folder.is_empty() { root.clone() } else { root.join(&checked(folder)?) };
                list_proxied(client, &base).await
            }
            Self::S3(store, prefix) => {
                let base = if folder.is_empty() { Path::parse(prefix) } else { Ok(key(prefix, folder)?) };
                let base = base.map_err(|_| StoreError::Path(folder.to_owned()))?;
                let found: Vec<_> = store.list(Some(&base)).try_collect().await?;
                let relative = |location: &Path| {
                    let parts: Vec<String> =
                        location.prefix_match(&base)?.map(|part| part.as_ref().to_owned()).collect();
                    Some(parts.join("/"))
                };
                Ok(found.iter().filter_map(|meta| relative(&meta.location)).collect())
            }
        }
    }
}

/// Folders are read one after the other: the proxy lists one level at a time.
async fn list_proxied(client: &Client, base: &ArtifactRoot) -> Result<Vec<String>, StoreError> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let place = if folder.is_empty() { base.clone() } else { base.join(&checked(&folder)?) };
        for entry in client.list_artifacts(&place).await? {
            let path = if folder.is_empty() { entry.path } else { format!("{folder}/{}", entry.path) };
            if entry.is_dir { folders.push(path) } else { files.push(path) }
        }
    }
    Ok(files)
}

fn checked(path: &str) -> Result<ArtifactPath, StoreError> {
    path.parse().map_err(|_| StoreError::Path(path.to_owned()))
}

fn key(prefix: &str, path: &str) -> Result<Path, StoreError> {
    let full = if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") };
    Path::parse(full).map_err(|_| StoreError::Path(path.to_owned()))
}
