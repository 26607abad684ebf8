//! What was observed of a model version and its surroundings.

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use crate::api::pipeline_status::RunOutcome;
use crate::api::{ModelVersionStatus, TrainingPipelineStatus};
use crate::domain::version::{ModelRecord, RecordError};

/// Everything that a plan rests on, beside the spec and MLflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The status as stored.
    pub status: ModelVersionStatus,
    /// The record of the registered model, read from the API server and no cache.
    pub record: RecordState,
    /// The pipeline that `source.pipelineRef` names.
    pub pipeline: PipelineFacts,
    /// When the object was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Whether the object has our finalizer.
    pub finalizer: bool,
    /// Uids of all ModelVersions of the namespace: an open intent of none of them is an orphan.
    pub siblings: BTreeSet<String>,
    /// Epoch of this leader.
    pub epoch: i64,
    /// Installation of the operator.
    pub installation: String,
}

/// The record of a registered model.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordState {
    /// There is none.
    Absent,
    /// It is there.
    Present {
        /// The record.
        record: Box<ModelRecord>,
        /// Its resourceVersion.
        resource_version: String,
    },
    /// It can't be used.
    Unreadable(RecordError),
}

/// What is known about the pipeline that a version comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineFacts {
    /// There is no such pipeline, or none is asked for.
    Absent,
    /// It has not succeeded yet.
    NotSucceeded,
    /// Its last succeeded run.
    Succeeded {
        /// Evaluation run in MLflow.
        evaluation_run_id: String,
    },
}

impl PipelineFacts {
    /// What a pipeline's status says: its last run that succeeded, whatever came after it.
    pub fn of(status: &TrainingPipelineStatus) -> Self {
        let last = status.run.iter().map(|run| (run.outcome, run.evaluation_run_id.as_ref()));
        let before = status.history.iter().map(|run| (Some(run.outcome), run.evaluation_run_id.as_ref()));
        let mut succeeded = last.chain(before).filter(|(outcome, _)| *outcome == Some(RunOutcome::Succeeded));
        let evaluated = succeeded.next().and_then(|(_, evaluation_run_id)| evaluation_run_id);
        evaluated.map_or(Self::NotSucceeded, |id| Self::Succeeded { evaluation_run_id: id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ended(number: i64, outcome: &str, evaluation: &str) -> Value {
        json!({
            "number": number, "key": number.to_string(), "outcome": outcome, "evaluationRunID": evaluation,
            "startedAt": "2026-03-01T08:00:00Z", "finishedAt": "2026-03-01T09:00:00Z",
        })
    }

    fn facts(outcome: Option<&str>, history: Value) -> PipelineFacts {
        let run = json!({
            "key": "last", "number": 9, "identity": "i", "trigger": "Spec", "startedAt": "2026-03-02T08:00:00Z",
            "outcome": outcome, "experiment": "ml/churn", "evaluationRunID": "last",
        });
        PipelineFacts::of(&serde_json::from_value(json!({"run": run, "history": history})).unwrap())
    }

    fn succeeded(id: &str) -> PipelineFacts {
        PipelineFacts::Succeeded { evaluation_run_id: id.to_owned() }
    }

    #[test]
    fn a_pipeline_stands_for_its_last_run_that_succeeded_whatever_came_after_it() {
        let history = json!([
            ended(8, "Failed", "eight"),
            ended(7, "Succeeded", "seven"),
            ended(6, "Succeeded", "six")
        ]);
        assert_eq!(facts(Some("Succeeded"), history.clone()), succeeded("last"));
        for later in [None, Some("Failed"), Some("Superseded")] {
            assert_eq!(facts(later, history.clone()), succeeded("seven"));
            assert_eq!(facts(later, json!([ended(8, "Failed", "eight")])), PipelineFacts::NotSucceeded);
        }
    }
}
