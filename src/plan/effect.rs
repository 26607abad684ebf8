//! Writes to MLflow as data. Each can be repeated: what creates is searched by its key first.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use podium_contract::Real;

/// Tags of a run, model or version.
pub type Tags = BTreeMap<String, String>;

/// One write to MLflow.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The experiment exists and is active, and exactly one run in it carries `key`, as with [`Effect::EnsureRun`]. One
    /// effect, since the experiment is found again by its name: nothing is lost when its id was never written. Pins
    /// [`Pin::Parent`].
    EnsureParent {
        /// Full name of the experiment, prefix included.
        experiment: String,
        /// Tags of the experiment when it is created.
        experiment_tags: Tags,
        /// Value of the tag `podium.dev/key`.
        key: String,
        /// Name of the run that users see.
        name: String,
        /// Tags of the run when it is created, the key not among them.
        tags: Tags,
        /// Start time of the run when it is created.
        started_at: Timestamp,
    },
    /// Exactly one run carries `key`: searched first, of several the smallest id counts and the others are deleted.
    /// Pins [`Pin::Run`].
    EnsureRun {
        /// Where the id goes.
        slot: Slot,
        /// Value of the tag `podium.dev/key`.
        key: String,
        /// Experiment to search and create in.
        experiment_id: String,
        /// Name that users see.
        name: String,
        /// Tags when it is created, the key not among them.
        tags: Tags,
        /// Start time when it is created.
        started_at: Timestamp,
    },
    /// A run that never was is created, without a look whether there is one: thousands of trials would pay for what only a
    /// dead leader can have done, which [`Effect::CloseSweep`] and whoever reads the trials again see to. Pins [`Pin::Run`].
    CreateRun {
        /// Where the id goes.
        slot: Slot,
        /// Value of the tag `podium.dev/key`.
        key: String,
        /// Experiment to create in.
        experiment_id: String,
        /// Name that users see.
        name: String,
        /// Its tags, the key not among them.
        tags: Tags,
        /// Its start time.
        started_at: Timestamp,
    },
    /// Tags are set on a run.
    TagRun {
        /// The run.
        run_id: String,
        /// Tags to set.
        tags: Tags,
        /// Whether it is closed and is to be opened again.
        reopen: bool,
    },
    /// What a trial has come to so far stands in its run, while it goes on.
    LogTrial {
        /// The run.
        run_id: String,
        /// Its parameters.
        params: Tags,
        /// What it reported.
        metrics: Vec<MetricPoint>,
    },
    /// Everything that a trial has come to stands in its run, and the run is closed. Its tags are written last but for the end.
    EndTrial {
        /// The run.
        run_id: String,
        /// Its end.
        status: CloseAs,
        /// When.
        at: Timestamp,
        /// Its parameters.
        params: Tags,
        /// What it reported, and its values.
        metrics: Vec<MetricPoint>,
        /// Tags, the result among them.
        tags: Tags,
    },
    /// The parent run of a sweep and all open trials are closed, those already closed left as they are. An open trial that is
    /// not in `open` is deleted: a leader that was dead already made it.
    CloseSweep {
        /// Experiment of the run.
        experiment_id: String,
        /// The parent run.
        run_id: String,
        /// Open runs of trials that count: they were stopped.
        open: BTreeSet<String>,
        /// The parent's end.
        status: CloseAs,
        /// When.
        at: Timestamp,
        /// Tags set on the parent before it is closed.
        tags: Tags,
    },
    /// Files stand in a run's artifacts; what was there under their names is replaced.
    PutFiles {
        /// The run.
        run_id: String,
        /// Files by path.
        files: BTreeMap<String, Vec<u8>>,
    },
    /// The run and all its open children are closed, those already closed left as they are. An open child whose result
    /// is a success is FINISHED, whatever `status` says: its pod died between its result and its end. One without a result
    /// is never FINISHED, also where another candidate made the run a success. An open child that carries a key and is not in `pinned` is deleted: a leader that was dead already made it.
    CloseRuns {
        /// Experiment of the run.
        experiment_id: String,
        /// The parent run.
        run_id: String,
        /// Runs that status names.
        pinned: BTreeSet<String>,
        /// Its end.
        status: CloseAs,
        /// When.
        at: Timestamp,
        /// Tags set on the parent before it is closed, for example why it failed.
        tags: Tags,
    },
    /// An open run that nobody owns is closed; one that is closed, deleted or gone is left as it is.
    CloseRun {
        /// The run.
        run_id: String,
        /// Its end.
        status: CloseAs,
        /// When.
        at: Timestamp,
    },
    /// A run that a dead leader made late is deleted.
    DeleteRun {
        /// The run.
        run_id: String,
    },
    /// The registered model exists; tags are set when it is created.
    EnsureModel {
        /// Registered model.
        model: String,
        /// Tags when it is created.
        tags: Tags,
    },
    /// Tags are set on a registered model.
    TagModel {
        /// Registered model.
        model: String,
        /// Tags to set.
        tags: Tags,
    },
    /// Exactly one version of the model carries `key`. Pins [`Pin::Version`].
    EnsureVersion {
        /// Registered model.
        model: String,
        /// Value of the tag `podium.dev/key`.
        key: String,
        /// Source URI, for example `runs:/ID/model`.
        source: String,
        /// Run that made it.
        run_id: Option<String>,
        /// Tags when it is created, the key not among them.
        tags: Tags,
        /// Text that users see.
        description: String,
    },
    /// Tags are set on a version.
    TagVersion {
        /// Registered model.
        model: String,
        /// Version number.
        version: String,
        /// Tags to set.
        tags: Tags,
    },
    /// The alias points to the version.
    SetAlias {
        /// Registered model.
        model: String,
        /// Alias.
        alias: String,
        /// Version number.
        version: String,
    },
    /// The version is gone, unless it holds an alias.
    DeleteVersion {
        /// Registered model.
        model: String,
        /// Version number.
        version: String,
    },
}

/// A metric's value at a step.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPoint {
    /// The metric.
    pub key: String,
    /// Its value.
    pub value: Real,
    /// The step.
    pub step: i64,
    /// Unix time in ms.
    pub timestamp_ms: i64,
}

/// How a run is closed from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseAs {
    /// With a result.
    Finished,
    /// Without one.
    Failed,
    /// Stopped.
    Killed,
}

/// Where in a status the id of a child run belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Child run of a candidate, by its name.
    Candidate(String),
    /// Child run of the evaluation.
    Evaluation,
    /// Child run of a sweep's trial, by its number.
    Trial(i64),
    /// Child run with a sweep's report.
    Summary,
}

/// An id that an effect made or found, to be pinned in status before anything rests on it. A run is `fresh` when this
/// very effect created it: nobody else knows its id, so nothing can have been written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// The parent run of a pipeline's run and the experiment that it is in.
    Parent {
        /// Id of the experiment.
        experiment_id: String,
        /// Id of the run.
        run_id: String,
        /// Whether it was created just now.
        fresh: bool,
    },
    /// A child run.
    Run {
        /// Where its id goes.
        slot: Slot,
        /// Its id.
        run_id: String,
        /// Whether it was created just now.
        fresh: bool,
    },
    /// Number of a version.
    Version(String),
}

impl Pin {
    /// The run that was created just now.
    pub fn fresh_run(&self) -> Option<&str> {
        match self {
            Self::Parent { run_id, fresh: true, .. } | Self::Run { run_id, fresh: true, .. } => Some(run_id),
            Self::Parent { fresh: false, .. } | Self::Run { fresh: false, .. } | Self::Version(_) => None,
        }
    }
}
