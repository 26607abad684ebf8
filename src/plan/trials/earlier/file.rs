//! The file that holds what a run was taught. Its name is its digest, which the status pins: a late write of a leader that is dead
//! already is another file, and changes nothing.

use std::collections::BTreeMap;

use super::{Earlier, Files, Taught};
use crate::api::sweep_status::WarmStarted;
use crate::domain::names::sha256;
use crate::plan::Effect;

/// The folder of the file, among the artifacts of the parent run.
pub const FOLDER: &str = "warm_start";

impl Earlier {
    /// The effect that writes it down, and what was written.
    pub fn write(&self, parent_run_id: &str) -> (Effect, Taught) {
        // Finite numbers and texts always are JSON.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let digest = sha256(&bytes);
        let taught = self.taught(digest.clone());
        let files = BTreeMap::from([(format!("{FOLDER}/{digest}.json"), bytes)]);
        (Effect::PutFiles { run_id: parent_run_id.to_owned(), files }, taught)
    }

    fn taught(&self, digest: String) -> Taught {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let outside = self.lessons.iter().map(|lesson| lesson.outside).sum();
        let sums = WarmStarted { trials: count(self.trials.len()), outside: count(outside), digest };
        Taught { sums, lessons: self.lessons.clone() }
    }
}

/// The file with this digest, whole, out of those in the folder.
pub fn pinned(files: &Files, digest: &str) -> Option<Earlier> {
    files.values().find(|bytes| sha256(bytes) == digest).and_then(|bytes| serde_json::from_slice(bytes).ok())
}

/// What stands in the folder already, where no status pins it yet: a leader died between its write and its status. Of several
/// the first counts; one that is not whole is none.
pub fn choose(files: &Files) -> Option<Taught> {
    files.iter().find_map(|(name, bytes)| {
        let digest = name.strip_suffix(".json").filter(|digest| sha256(bytes) == **digest)?;
        let earlier: Earlier = serde_json::from_slice(bytes).ok()?;
        Some(earlier.taught(digest.to_owned()))
    })
}
