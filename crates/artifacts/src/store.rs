//! One artifact root: files below it are listed, read, written and summed.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use podium_mlflow::{ArtifactPath, ArtifactRoot, Client};
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::{Access, Files, StoreError, bucket};

/// Files that are read at the same time.
const AT_ONCE: usize = 4;

/// Where the artifacts of one root lie.
#[derive(Debug, Clone)]
pub enum Store {
    /// Behind MLflow.
    Proxied(Client, ArtifactRoot),
    /// In a bucket, below a prefix.
    S3(Box<AmazonS3>, String),
}

impl Store {
    /// The store of an artifact root.
    ///
    /// # Errors
    /// A root that is neither MLflow's proxy nor S3; settings of S3 that can't be used.
    pub fn of(client: &Client, root: ArtifactRoot, access: &Access) -> Result<Self, StoreError> {
        match root {
            root @ ArtifactRoot::Proxied { .. } => Ok(Self::Proxied(client.clone(), root)),
            ArtifactRoot::S3 { bucket: name, prefix } => {
                Ok(Self::S3(Box::new(bucket(&name, access)?), prefix))
            }
            ArtifactRoot::Other { scheme, uri } => Err(StoreError::Root { scheme, uri }),
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

    /// SHA-256 of a file of any size, lower-case hex. The file is never held as a whole.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sum(&self, path: &str) -> Result<String, StoreError> {
        let checked = checked(path)?;
        let sum = match self {
            Self::Proxied(client, root) => {
                client.fold_artifact(root, &checked, Sha256::new, |sum, chunk| sum.update(chunk)).await?
            }
            Self::S3(store, prefix) => {
                let mut chunks = store.get(&key(prefix, path)?).await?.into_stream();
                let mut sum = Sha256::new();
                while let Some(chunk) = chunks.try_next().await? {
                    sum.update(&chunk);
                }
                sum
            }
        };
        Ok(hex(&sum.finalize()))
    }

    /// SHA-256 of every file below a folder (the root itself for an empty one), by their paths from there. Empty when there
    /// is no such folder.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sums(&self, folder: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let mut sums = BTreeMap::new();
        for path in self.list(folder).await? {
            let sum = self.sum(&below(folder, &path)).await?;
            sums.insert(path, sum);
        }
        Ok(sums)
    }

    /// All files below a folder (the root itself for an empty one), by their path from there, folders within included.
    ///
    /// # Errors
    /// See [`StoreError`]; more than `limit` bytes in all.
    pub async fn get_all(&self, folder: &str, limit: u64) -> Result<Files, StoreError> {
        let read = async |path: String| {
            let full = below(folder, &path);
            Ok::<_, StoreError>((path, self.get(&full, limit).await?))
        };
        let mut bodies = stream::iter(self.list(folder).await?).map(read).buffer_unordered(AT_ONCE);
        let mut files = Files::new();
        let mut left = limit;
        while let Some((path, body)) = bodies.try_next().await? {
            let Some(rest) = left.checked_sub(body.len() as u64) else {
                return Err(StoreError::TooLarge { path: below(folder, &path), limit });
            };
            left = rest;
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
            Self::S3(store, prefix) => list_s3(store, &key(prefix, folder)?).await,
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
            let path = below(&folder, &entry.path);
            if entry.is_dir { folders.push(path) } else { files.push(path) }
        }
    }
    Ok(files)
}

async fn list_s3(store: &AmazonS3, base: &Path) -> Result<Vec<String>, StoreError> {
    let found: Vec<_> = store.list(Some(base)).try_collect().await?;
    let relative = |location: &Path| {
        let parts: Vec<_> = location.prefix_match(base)?.map(|part| part.as_ref().to_owned()).collect();
        Some(parts.join("/"))
    };
    // An object that is named as the folder itself is what some consoles make to show an empty one.
    Ok(found.iter().filter_map(|meta| relative(&meta.location)).filter(|path| !path.is_empty()).collect())
}

fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn checked(path: &str) -> Result<ArtifactPath, StoreError> {
    path.parse().map_err(|_| StoreError::Path(path.to_owned()))
}

fn key(prefix: &str, path: &str) -> Result<Path, StoreError> {
    let full = if path.is_empty() { prefix.to_owned() } else { below(prefix, path) };
    Path::parse(full).map_err(|_| StoreError::Path(path.to_owned()))
}
