//! The one JSON document of a Job.

use serde::{Deserialize, Serialize};

use crate::{Checks, Data, Evaluation, Preparation, Split, Stage};

/// Everything that a pod is told. Secrets are not in it: they come as environment variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobDocument {
    /// [`crate::CONTRACT_VERSION`].
    pub version: u32,
    /// Whose Job it is.
    pub owner: Owner,
    /// Number of this attempt, from 1. Metrics of gates are logged with `step = attempt`.
    pub attempt: u32,
    /// What earlier attempts than this one left in the run does not count: the step is to be done again, for example
    /// because the champion that was compared with has moved. From 1.
    pub first_attempt: u32,
    /// Where MLflow is and which run to write to.
    pub tracking: Tracking,
    /// Certificate authorities (PEM, one or more) that are trusted beside the system's, for MLflow and for data. Absent
    /// when there are none, so that a document without them stays as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_authorities: Option<String>,
    /// Threads that a learner may use: the CPU limit rounded down, at least 1.
    pub threads: u32,
    /// Where the rows are.
    pub data: Data,
    /// What they must satisfy.
    pub checks: Checks,
    /// How features are made ready.
    pub preparation: Preparation,
    /// Which rows train.
    pub split: Split,
    /// How models are compared.
    pub evaluation: Evaluation,
    /// What to do.
    pub stage: Stage,
}

/// Whose Job it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Owner {
    /// Installation of the operator.
    pub installation: String,
    /// Namespace of the pipeline.
    pub namespace: String,
    /// Name of the pipeline.
    pub name: String,
    /// Uid of the pipeline.
    pub uid: String,
    /// Key of the pipeline's run.
    pub run: String,
}

/// Where MLflow is and which run to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tracking {
    /// Address of the server.
    pub uri: String,
    /// Workspace header.
    pub workspace: Option<String>,
    /// Experiment of the run.
    pub experiment_id: String,
    /// The run.
    pub run_id: String,
    /// How long a finished pod goes on trying to deliver its results, in seconds.
    pub timeout_seconds: u64,
}

impl JobDocument {
    /// The document as it stands in the annotation.
    ///
    /// # Errors
    /// When a number in it is not finite.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is not JSON of this shape.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}
