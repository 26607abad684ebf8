//! What stands in MLflow.

use std::collections::BTreeMap;

use podium::plan::{EvidenceFacts, MetricFact, RunState, Tags};
use sha2::{Digest, Sha256};

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub experiment: String,
    pub name: String,
    pub state: RunState,
    pub deleted: bool,
    pub tags: Tags,
    pub metrics: BTreeMap<String, MetricFact>,
    pub started_ms: i64,
    /// How often it was closed.
    pub ends: usize,
}

/// A registered model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub tags: Tags,
    pub aliases: BTreeMap<String, u64>,
    pub versions: BTreeMap<u64, Version>,
    pub last: u64,
}

/// A version of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub run_id: Option<String>,
    pub source: String,
    pub tags: Tags,
}

/// The server's state.
#[derive(Debug, Clone, Default)]
pub struct Mlflow {
    /// Name of each experiment by its id.
    pub experiments: BTreeMap<String, String>,
    pub runs: BTreeMap<String, Run>,
    pub models: BTreeMap<String, Model>,
    /// Bytes by artifact address.
    pub files: BTreeMap<String, Vec<u8>>,
    pub evidence: BTreeMap<String, EvidenceFacts>,
    /// Moves of aliases: model, alias and version, only where the holder changed.
    pub moves: Vec<(String, String, u64)>,
    created: u64,
}

impl Mlflow {
    /// The next id of a run: hex without any order in time.
    pub fn next_run_id(&mut self) -> String {
        self.created += 1;
        hex(&Sha256::digest(self.created.to_be_bytes())).chars().take(32).collect()
    }

    /// Runs that carry a tag and are not deleted, in the order of their ids.
    pub fn with_tag(&self, key: &str, value: &str) -> Vec<(String, Run)> {
        let hits = self
            .runs
            .iter()
            .filter(|(_, run)| !run.deleted && run.tags.get(key).is_some_and(|found| found == value));
        hits.map(|(id, run)| (id.clone(), run.clone())).collect()
    }

    /// Root of a run's artifacts.
    pub fn root(&self, run_id: &str) -> String {
        let experiment = self.runs.get(run_id).map_or("0", |run| run.experiment.as_str());
        format!("mlflow-artifacts:/{experiment}/{run_id}/artifacts")
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
