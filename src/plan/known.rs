//! What planners may ask about MLflow, and what they were answered. What could not be read is data too.

use std::collections::{BTreeMap, BTreeSet};

use podium_contract::Evidence;

use super::Tags;
use super::orphans::{KeyedVersion, OpenRun};
use super::trials::earlier::Files;
use super::trials::{Stored, SweepRunFacts};

/// A question to MLflow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// One run with its tags and latest metrics.
    Run(String),
    /// Whether MLflow answers about a run, within seconds: for whoever only wants to say so.
    Pulse(String),
    /// The evidence artifact of a run.
    Evidence(String),
    /// Which version holds an alias: model, alias.
    Alias(String, String),
    /// A version: model, number.
    Version(String, String),
    /// A registered model's tags.
    Model(String),
    /// SHA-256 over the model files below an artifact root.
    Files(String),
    /// All open runs of an installation below the namespace's prefix.
    OpenRuns(String),
    /// How many runs carry a key: experiment, key.
    Copies(String, String),
    /// The newest versions that an installation registered: model, installation.
    KeyedVersions(String, String),
    /// All trials of a sweep's run: experiment, parent run.
    Trials(String, String),
    /// The newest runs of a sweep, the newest first: installation, namespace, name.
    SweepRuns(String, String, String),
    /// All files in a folder of a run's artifacts: run, folder.
    Artifacts(String, String),
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    /// It is there.
    Found(T),
    /// MLflow says that there is none.
    Missing,
    /// It could not be read; nothing follows from that.
    Unreachable(Trouble),
}

/// Why MLflow could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Reason of the condition: `TrackingUnreachable`, `TrackingHostRejected`, `TrackingUnauthorized`.
    pub reason: &'static str,
    /// One sentence with the fix, without SQL or secrets.
    pub message: String,
}

/// State of a run in MLflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunState {
    /// RUNNING or SCHEDULED.
    #[serde(rename = "RUNNING")]
    Open,
    /// FINISHED.
    Finished,
    /// FAILED.
    Failed,
    /// KILLED.
    Killed,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFacts {
    /// Its id.
    pub run_id: String,
    /// Its experiment.
    pub experiment_id: String,
    /// Name of its experiment.
    pub experiment: String,
    /// Where it is.
    pub state: RunState,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Root of its artifacts.
    pub artifact_uri: String,
    /// Its tags.
    pub tags: Tags,
    /// The latest point of each metric: value (NaN and infinite as they are), step, timestamp in ms.
    pub metrics: BTreeMap<String, MetricFact>,
}

/// The latest point of a metric: the highest step, then timestamp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricFact {
    /// Value, NaN and infinite as they are.
    pub value: f64,
    /// Step.
    pub step: i64,
    /// Unix time in ms.
    pub timestamp: i64,
}

/// The evidence artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceFacts {
    /// SHA-256 of its bytes, lower-case hex.
    pub digest: String,
    /// Its content, or why it could not be parsed.
    pub evidence: Result<Evidence, String>,
}

/// Holder of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasFacts {
    /// Version number.
    pub version: String,
}

/// A version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFacts {
    /// Version number.
    pub version: String,
    /// Run that made it.
    pub run_id: Option<String>,
    /// Source URI as registered.
    pub source: String,
    /// Root of its files, as MLflow resolves it.
    pub artifact_uri: String,
    /// Its tags.
    pub tags: Tags,
    /// Aliases that it holds.
    pub aliases: Vec<String>,
}

/// A registered model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// Its tags.
    pub tags: Tags,
    /// Aliases with their versions.
    pub aliases: BTreeMap<String, String>,
}

/// Digest over model files, computed the way the trainer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// SHA-256, lower-case hex.
    pub digest: String,
}

/// All that was answered so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// Runs that this very reconcile created: no pod was told of them, so they hold no result and need no look.
    pub fresh: BTreeSet<String>,
    /// Runs by id.
    pub runs: BTreeMap<String, Reading<RunFacts>>,
    /// Whether MLflow answered, by run id.
    pub pulses: BTreeMap<String, Reading<()>>,
    /// Evidence by run id.
    pub evidence: BTreeMap<String, Reading<EvidenceFacts>>,
    /// Alias holders by model and alias.
    pub aliases: BTreeMap<(String, String), Reading<AliasFacts>>,
    /// Versions by model and number.
    pub versions: BTreeMap<(String, String), Reading<VersionFacts>>,
    /// Registered models by name.
    pub models: BTreeMap<String, Reading<ModelFacts>>,
    /// Digests by artifact root.
    pub files: BTreeMap<String, Reading<FileDigest>>,
    /// Open runs by installation.
    pub open_runs: BTreeMap<String, Reading<Vec<OpenRun>>>,
    /// Numbers of runs by experiment and key.
    pub copies: BTreeMap<(String, String), Reading<usize>>,
    /// Versions with a key by model and installation.
    pub keyed_versions: BTreeMap<(String, String), Reading<Vec<KeyedVersion>>>,
    /// Trials by experiment and parent run.
    pub trials: BTreeMap<(String, String), Reading<Stored>>,
    /// Runs of a sweep by installation, namespace and name.
    pub sweep_runs: BTreeMap<(String, String, String), Reading<Vec<SweepRunFacts>>>,
    /// Files by run and folder.
    pub artifacts: BTreeMap<(String, String), Reading<Files>>,
}

/// A question that is not answered yet; planners pass it up with `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need(pub Query);

impl Known {
    /// A run.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn run(&self, id: &str) -> Result<&Reading<RunFacts>, Need> {
        self.runs.get(id).ok_or_else(|| Need(Query::Run(id.to_owned())))
    }

    /// Whether MLflow answers about a run.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn pulse(&self, run_id: &str) -> Result<&Reading<()>, Need> {
        self.pulses.get(run_id).ok_or_else(|| Need(Query::Pulse(run_id.to_owned())))
    }

    /// The evidence of a run.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn evidence(&self, run_id: &str) -> Result<&Reading<EvidenceFacts>, Need> {
        self.evidence.get(run_id).ok_or_else(|| Need(Query::Evidence(run_id.to_owned())))
    }

    /// The holder of an alias.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn alias(&self, model: &str, alias: &str) -> Result<&Reading<AliasFacts>, Need> {
        let key = (model.to_owned(), alias.to_owned());
        self.aliases.get(&key).ok_or(Need(Query::Alias(key.0, key.1)))
    }

    /// A version.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn version(&self, model: &str, version: &str) -> Result<&Reading<VersionFacts>, Need> {
        let key = (model.to_owned(), version.to_owned());
        self.versions.get(&key).ok_or(Need(Query::Version(key.0, key.1)))
    }

    /// A registered model.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn model(&self, name: &str) -> Result<&Reading<ModelFacts>, Need> {
        self.models.get(name).ok_or_else(|| Need(Query::Model(name.to_owned())))
    }

    /// The digest of the files below an artifact root.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn files(&self, artifact_uri: &str) -> Result<&Reading<FileDigest>, Need> {
        self.files.get(artifact_uri).ok_or_else(|| Need(Query::Files(artifact_uri.to_owned())))
    }

    /// The open runs of an installation.
    ///
    /// # Errors
    /// When they were not asked for yet.
    pub fn open_runs(&self, installation: &str) -> Result<&Reading<Vec<OpenRun>>, Need> {
        self.open_runs.get(installation).ok_or_else(|| Need(Query::OpenRuns(installation.to_owned())))
    }

    /// How many runs of an experiment carry a key.
    ///
    /// # Errors
    /// When it was not asked yet.
    pub fn copies(&self, experiment_id: &str, key: &str) -> Result<&Reading<usize>, Need> {
        let key = (experiment_id.to_owned(), key.to_owned());
        self.copies.get(&key).ok_or(Need(Query::Copies(key.0, key.1)))
    }

    /// The trials of a sweep's run.
    ///
    /// # Errors
    /// When they were not asked for yet.
    pub fn trials(&self, experiment_id: &str, parent: &str) -> Result<&Reading<Stored>, Need> {
        let key = (experiment_id.to_owned(), parent.to_owned());
        self.trials.get(&key).ok_or(Need(Query::Trials(key.0, key.1)))
    }

    /// The newest runs of a sweep.
    ///
    /// # Errors
    /// When they were not asked for yet.
    pub fn sweep_runs(
        &self,
        installation: &str,
        namespace: &str,
        name: &str,
    ) -> Result<&Reading<Vec<SweepRunFacts>>, Need> {
        let key = (installation.to_owned(), namespace.to_owned(), name.to_owned());
        self.sweep_runs.get(&key).ok_or(Need(Query::SweepRuns(key.0, key.1, key.2)))
    }

    /// The files in a folder of a run's artifacts.
    ///
    /// # Errors
    /// When they were not asked for yet.
    pub fn artifacts(&self, run_id: &str, folder: &str) -> Result<&Reading<Files>, Need> {
        let key = (run_id.to_owned(), folder.to_owned());
        self.artifacts.get(&key).ok_or(Need(Query::Artifacts(key.0, key.1)))
    }

    /// The newest versions of a model that an installation registered.
    ///
    /// # Errors
    /// When they were not asked for yet.
    pub fn keyed_versions(
        &self,
        model: &str,
        installation: &str,
    ) -> Result<&Reading<Vec<KeyedVersion>>, Need> {
        let key = (model.to_owned(), installation.to_owned());
        self.keyed_versions.get(&key).ok_or(Need(Query::KeyedVersions(key.0, key.1)))
    }
}
