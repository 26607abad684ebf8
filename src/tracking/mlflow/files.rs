//! The digest over model files, as the trainer computes it: SHA-256 over one line a file, `<sha256> <path>\n`, sorted.

use std::collections::BTreeMap;

use podium_mlflow::{ArtifactPath, Client, Error};
use sha2::{Digest, Sha256};

use super::resolve;
use crate::plan::FileDigest;

/// Largest model file that is read, in bytes.
const MOST: u64 = 4 * 1024 * 1024 * 1024;

/// A path below an artifact root.
pub(super) fn path(text: &str) -> Result<ArtifactPath, Error> {
    text.parse::<ArtifactPath>().map_err(Error::from)
}

/// Reads every file below the root. `None` when there is none: MLflow answers for a folder that does not exist as for an
/// empty one, and the digest of nothing must not pass for that of a model.
pub(super) async fn digest(client: &Client, uri: &str) -> Result<Option<FileDigest>, Error> {
    let root = resolve::root(client, uri).await?;
    let mut sums = BTreeMap::new();
    let mut folders = vec![None];
    while let Some(folder) = folders.pop() {
        let place = folder.as_ref().map_or_else(|| root.clone(), |folder: &ArtifactPath| root.join(folder));
        for entry in client.list_artifacts(&place).await? {
            let inside = folder
                .as_ref()
                .map_or_else(|| entry.path.clone(), |folder| format!("{folder}/{}", entry.path));
            let inside = path(&inside)?;
            if entry.is_dir {
                folders.push(Some(inside));
            } else {
                let bytes = client.get_artifact(&root, &inside, MOST).await?;
                sums.insert(inside.to_string(), hex(&Sha256::digest(&bytes)));
            }
        }
    }
    let lines: String = sums.iter().map(|(path, sum)| format!("{sum} {path}\n")).collect();
    Ok((!sums.is_empty()).then(|| FileDigest { digest: hex(&Sha256::digest(lines.as_bytes())) }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
