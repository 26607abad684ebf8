//! Files that the kubelet mounted. A missing ConfigMap or claim keeps the pod from starting, so here only keys and paths can be missing.

use std::io::ErrorKind;
use std::path::Path;

use super::{Fetched, SourceError};

pub(super) async fn read(uri: &str, volume: &Path, path: &str, limit: u64) -> Result<Fetched, SourceError> {
    let file = volume.join(path);
    let unreadable = |message: String| SourceError::Unreadable { uri: uri.to_owned(), message };
    let found = tokio::fs::metadata(&file).await.map_err(|error| judge(uri, path, &error))?;
    if !found.is_file() {
        return Err(unreadable(format!("{path} is a folder, name one file")));
    }
    if found.len() > limit {
        return Err(SourceError::TooLarge { uri: uri.to_owned(), limit });
    }
    let bytes = tokio::fs::read(&file).await.map_err(|error| judge(uri, path, &error))?;
    Ok(Fetched { bytes: bytes.into(), version: None })
}

fn judge(uri: &str, path: &str, error: &std::io::Error) -> SourceError {
    let uri = uri.to_owned();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            SourceError::NotFound { uri, message: format!("the volume has no file {path}") }
        }
        ErrorKind::PermissionDenied => SourceError::Unreadable {
            uri,
            message: format!("no permission to open {path}; the pod runs as user {}", current_user()),
        },
        _ => SourceError::Unreadable { uri, message: error.to_string() },
    }
}

/// The user id of this process as the kernel states it.
fn current_user() -> String {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |meta| meta.uid().to_string())
}
