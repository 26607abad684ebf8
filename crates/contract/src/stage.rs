//! The stages of a pipeline that run in pods, and what each is told beside data and split.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Search, Task};

/// What a pod does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum Stage {
    /// Load, check, profile, infer the task, pin the data digest.
    Validate,
    /// Cross-validate one candidate and fit it on the training part.
    Train(Train),
    /// Judge what a container of the user's own made of the training part, in the same pod: its out-of-fold predictions and its
    /// model. Before it, `podium-trainer hand-over` of the same document gave the container its data.
    Judge(Judge),
    /// Score winner, baseline, dummy and champion on the holdout.
    Evaluate(Evaluate),
    /// Ask the operator for trials of a sweep and run them, one after the other, until there are none left.
    Search(Box<Search>),
}

/// What the validate stage found and every later stage must find again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pinned {
    /// SHA-256 over the multiset of parsed rows, lower-case hex.
    pub data_digest: String,
    /// The task, stated or inferred.
    pub task: Task,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Candidate {
    /// Name within the pipeline.
    pub name: String,
    /// Learner, for example `LogisticRegression`, or [`crate::CONTAINER_ALGORITHM`].
    pub algorithm: String,
    /// Parameters as the user wrote them; the learner's own table fills in the rest.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// GPUs and what happens without one.
    pub gpu: Option<Gpu>,
}

/// GPUs of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gpu {
    /// How many.
    pub count: u32,
    /// Whether the CPU may be used when no device works.
    pub fallback_cpu: bool,
}

/// Training of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Train {
    /// What was pinned by the validate stage.
    pub pinned: Pinned,
    /// The candidate.
    pub candidate: Candidate,
}

/// A candidate that a container of the user's own trains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Judge {
    /// What was pinned by the validate stage.
    pub pinned: Pinned,
    /// Name within the pipeline.
    pub candidate: String,
    /// The container's image, as the user wrote it.
    pub image: String,
}

/// The look at the holdout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evaluate {
    /// What was pinned by the validate stage.
    pub pinned: Pinned,
    /// The winner by cross-validation.
    pub winner: Candidate,
    /// Run that holds the winner's model.
    pub winner_run: String,
    /// SHA-256 of the winner's model files, as its result states it.
    pub winner_digest: String,
    /// All candidates' runs with their headline metrics, for the comparison tables.
    pub candidates: Vec<CandidateSummary>,
    /// The model to compare with.
    pub champion: Option<Champion>,
}

/// A line of the comparison tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CandidateSummary {
    /// Name within the pipeline.
    pub name: String,
    /// Learner.
    pub algorithm: String,
    /// Run; absent when it never had one.
    pub run_id: Option<String>,
    /// `Succeeded` or `Failed`.
    pub phase: String,
    /// Why it failed.
    pub message: Option<String>,
    /// Headline metrics of its result.
    pub metrics: BTreeMap<String, f64>,
}

/// The version that holds the alias when the evaluation starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Champion {
    /// Registered model.
    pub model: String,
    /// Alias that it holds.
    pub alias: String,
    /// Version number.
    pub version: String,
    /// Run whose metrics describe it.
    pub run_id: Option<String>,
    /// Artifact root of the model files, as MLflow resolves it.
    pub artifact_uri: String,
    /// Digest of its model files, from its tag; absent for a version that others made.
    pub model_digest: Option<String>,
}
