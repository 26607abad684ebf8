//! What earlier sweeps teach a new one: the complete trials of their newest runs, found in MLflow, judged, and written down once
//! among the artifacts of the new run before its first trial. From then on the file counts, whatever the earlier sweeps come to.

mod file;
mod gather;

use std::collections::BTreeMap;

use podium_search::{Finished, Goal, Space};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::api::sweep_status::WarmStarted;
use crate::domain::violation::Violation;
use crate::plan::{Tags, Trouble};

pub use file::{FOLDER, choose, pinned};
pub use gather::gather;

/// Most trials of one sweep that teach: the best of them.
pub(in crate::plan) const MOST: usize = 1_000;

/// What a run wants to be taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Installation of the operator.
    pub installation: String,
    /// Namespace of the sweep, and of those that teach it.
    pub namespace: String,
    /// Name of the sweep.
    pub name: String,
    /// Key of its run.
    pub run: String,
    /// Parent run in MLflow.
    pub parent_run_id: String,
    /// What it makes better, as the tag of a run says it.
    pub objective: String,
    /// Which values are better.
    pub goal: Goal,
    /// What it searches.
    pub space: Space,
    /// The sweeps that are to teach it, as the spec names them.
    pub sweeps: Vec<String>,
}

/// A run of a sweep, found by the sweep's name.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRunFacts {
    /// Its id.
    pub run_id: String,
    /// Its experiment.
    pub experiment_id: String,
    /// When it began, in ms.
    pub started_ms: i64,
    /// Its tags.
    pub tags: Tags,
}

/// What one sweep teaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Name of the sweep.
    pub sweep: String,
    /// Its run; none where a sweep that names itself has none before this one.
    pub run_id: Option<String>,
    /// Its trials that teach.
    pub trials: usize,
    /// Its trials that don't fit the space.
    pub outside: usize,
}

/// What all of them teach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// What each sweep teaches, in the order of their runs.
    pub lessons: Vec<Lesson>,
    /// Their trials, the oldest first.
    pub trials: Vec<Finished>,
}

/// What was found of the sweeps that are named.
#[derive(Debug, Clone, PartialEq)]
pub enum Gathered {
    /// This.
    Taught(Earlier),
    /// One of them can't teach this sweep.
    Refused(Violation),
    /// MLflow could not be read.
    Unreachable(Trouble),
}

/// What was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Taught {
    /// For the status.
    pub sums: WarmStarted,
    /// What each sweep teaches.
    pub lessons: Vec<Lesson>,
}

/// Files by path, as they lie among the artifacts of a run.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Desk {
    /// Its search knows what earlier sweeps found. To be said before any trial is read or given out.
    #[must_use]
    pub fn taught(mut self, earlier: &Earlier) -> Self {
        self.sweep.learn(&earlier.trials);
        self
    }
}
