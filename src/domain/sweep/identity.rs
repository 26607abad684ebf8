//! What makes a run of a sweep: the user-written fields that decide which points are tried and what they give. How many,
//! how long, and how many at once may change while it is open.

use serde::Serialize;

use crate::api::HyperparameterSweepSpec;
use crate::api::sweep::{EarlyStopping, Goal, Parameter, SearchAlgorithm, WarmStart};
use crate::api::sweep_trial::TrialTemplate;
use crate::domain::names::sha256;

/// The fields, in the order in which they are hashed. A new field must be an `Option` that is skipped while absent: only
/// then do the specs of today keep their hash.
#[derive(Serialize)]
struct Identity<'a> {
    metric: &'a str,
    goal: Goal,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'a SearchAlgorithm>,
    parameters: &'a [Parameter],
    #[serde(skip_serializing_if = "Option::is_none")]
    early_stopping: Option<&'a EarlyStopping>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_start: Option<&'a WarmStart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<&'a TrialTemplate>,
}

/// Lower-case hex.
pub(super) fn of(spec: &HyperparameterSweepSpec) -> String {
    let identity = Identity {
        metric: &spec.objective.metric,
        goal: spec.objective.goal,
        algorithm: spec.algorithm.as_ref(),
        parameters: &spec.parameters,
        early_stopping: spec.early_stopping.as_ref(),
        warm_start: spec.warm_start.as_ref(),
        trial: spec.trial.as_ref(),
    };
    // A spec came out of JSON, so it goes back into it; the empty text would only make all such runs equal.
    sha256(serde_json::to_string(&identity).unwrap_or_default().as_bytes())
}
