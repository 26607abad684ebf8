//! Files between us and a container of the user's own: what it is handed before, and what it has left.

use std::path::Path;

use bytes::Bytes;
use podium_contract::{HANDED_MODEL, JobDocument, OUT_OF_FOLD, Stage};
use tracing::info;

use super::Stop;
use super::compute::{on_pool, read, wrong_stage};
use crate::failure::Failure;
use crate::stage::{self, Made};

/// Writes the training part into this folder.
///
/// # Errors
/// Changed or unreadable data, a folder that can't be written to.
pub(super) async fn hand_over(document: &JobDocument, stop: &Stop, input: &Path) -> Result<(), Failure> {
    let Stage::Judge(judge) = &document.stage else { return Err(wrong_stage()) };
    let bytes = stop.or(read(document)).await?;
    let (owned, judge) = (document.clone(), judge.clone());
    let files = on_pool(document.threads, move || stage::hand_over(bytes, &owned, &judge)).await?;
    for (name, bytes) in files {
        let path = input.join(name);
        std::fs::write(&path, &bytes)
            .map_err(|error| Failure::Temporary(format!("{} can't be written: {error}", path.display())))?;
        info!(path = %path.display(), bytes = bytes.len(), "handed over");
    }
    Ok(())
}

/// What the container has left in this folder, each file of at most `limit` bytes.
///
/// # Errors
/// A file that is missing, too large or not ours to read: its author's to mend.
pub(super) fn made(output: &Path, limit: u64) -> Result<Made, Failure> {
    Ok(Made { out_of_fold: file(output, OUT_OF_FOLD, limit)?, model: file(output, HANDED_MODEL, limit)? })
}

fn file(output: &Path, name: &str, limit: u64) -> Result<Bytes, Failure> {
    let path = output.join(name);
    let missing = |error: std::io::Error| {
        let message =
            format!("the container ended well and left no {} that can be read: {error}", path.display());
        Failure::data("NothingMade", message)
    };
    // A link could lead out of the folder, to what is mounted for us alone.
    let about = std::fs::symlink_metadata(&path).map_err(missing)?;
    if !about.is_file() {
        return Err(Failure::data("NothingMade", format!("{} is no plain file", path.display())));
    }
    if about.len() > limit {
        let message = format!("{} has {} bytes, {limit} fit into memory", path.display(), about.len());
        return Err(Failure::data("NothingMade", message));
    }
    std::fs::read(&path).map(Bytes::from).map_err(missing)
}
