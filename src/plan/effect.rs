//! Writes to MLflow as data. Each can be repeated: what creates is searched by its key first.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;

/// Tags of a run, model or version.
pub type Tags = BTreeMap<String, String>;

/// One write to MLflow.
#[derive(Debug, Clone, PartialEq, Eq)]
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
