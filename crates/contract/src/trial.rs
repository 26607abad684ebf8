//! The trial protocol: JSON over HTTP between the workers of a sweep and the operator, and what is kept of each trial.
//!
//! | call | request | answer |
//! |---|---|---|
//! | `POST /v1/trials/ask` | [`Ask`] | [`Asked`]: a trial that the worker has and does not know of, or a new one that stands in MLflow already |
//! | `POST /v1/trials/report` | [`Report`] | [`Reported`]; without values it is a heartbeat |
//! | `POST /v1/trials/tell` | [`Tell`] | [`Told`], once the result stands in MLflow |
//!
//! Each call may come late, twice or in another order. Whose trials they are about follows from the worker's token alone. Every
//! answer is an [`Answer`] with the epoch of the leader; a worker takes none with a lower epoch than it has seen. Other
//! answers than 200 carry a [`Refused`]: 400 malformed, 401 and 403 not a worker, 404 no such sweep or trial, 409 the trial is
//! somebody else's by now, the run is over and its report written, or the data are others than the sweep's (`DataChanged`), 413 too
//! large, 503 this replica does not lead, is not ready yet, or MLflow is away: to be repeated, at another address of the service too, as
//! is 500, a bug of ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Pinned, Real};

/// Path of the call that asks for a trial.
pub const ASK_PATH: &str = "/v1/trials/ask";
/// Path of the call that reports steps.
pub const REPORT_PATH: &str = "/v1/trials/report";
/// Path of the call that tells an end.
pub const TELL_PATH: &str = "/v1/trials/tell";
/// Audience of the workers' tokens.
pub const TRIAL_AUDIENCE: &str = "podium";
/// Where a worker finds its token.
pub const TRIAL_TOKEN_PATH: &str = "/var/run/secrets/podium.dev/trials/token";
/// Largest body of a call, in bytes.
pub const LARGEST_CALL: usize = 1 << 20;
/// Steps that one trial may report; further ones are not kept.
pub const MOST_STEPS: usize = 10_000;
/// Seconds between two calls of a worker at the most: each one renews its lease.
pub const HEARTBEAT_SECONDS: u64 = 10;

/// A worker asks for a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ask {
    /// Key of the sweep's run that the worker was made for.
    pub run: String,
    /// The data that it has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Pinned>,
    /// Numbers of trials that it has: one that it runs, and asks for the one after it; one whose end it is telling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<i64>,
}

/// A worker reports steps of its trial. What was reported before may stand in it again: of two values of one step the first
/// counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// Key of the sweep's run.
    pub run: String,
    /// Number of the trial.
    pub number: i64,
    /// Its attempt, as it was given out.
    pub attempt: u32,
    /// Values of the objective by step.
    pub steps: Vec<Step>,
}

/// The objective at a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The step, from 1.
    pub step: i64,
    /// The objective.
    pub value: Real,
    /// When it was there, Unix time in ms.
    pub at_ms: i64,
}

/// A worker tells how its trial ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tell {
    /// Key of the sweep's run.
    pub run: String,
    /// Number of the trial.
    pub number: i64,
    /// Its attempt, as it was given out.
    pub attempt: u32,
    /// How it ended.
    pub end: TrialEnd,
    /// All that it reported.
    pub steps: Vec<Step>,
    /// The last value of each metric.
    pub metrics: BTreeMap<String, Real>,
    /// Seconds that it ran.
    pub seconds: f64,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum TrialEnd {
    /// With an objective; one that is not finite is a failure.
    Complete {
        /// The objective.
        value: Real,
    },
    /// It was stopped, as it had been told.
    Stopped,
    /// It ended well and did not log the objective.
    NoObjective {
        /// Names of the metrics that it did log.
        logged: Vec<String>,
    },
    /// It broke.
    Failed {
        /// One sentence.
        message: String,
    },
}

/// Every answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// How often the lease of the operator changed hands.
    pub epoch: i32,
    /// The answer.
    pub answer: T,
}

/// The answer to [`Ask`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Asked {
    /// Run this.
    Trial {
        /// Number of the trial.
        number: i64,
        /// Which time it is given out, from 1.
        attempt: u32,
        /// Its run in MLflow.
        run_id: String,
        /// Its parameters; those that are not active are absent.
        parameters: Map<String, Value>,
        /// Whether the worker may ask for the next one while it runs this one: where what it comes to has no say in what comes next.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ahead: bool,
    },
    /// Ask again after some time.
    Wait {
        /// Seconds.
        seconds: f64,
    },
    /// There is nothing more to do: end with exit code 0.
    Leave {
        /// Why, for the log.
        reason: String,
    },
}

/// The answer to [`Report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Reported {
    /// Go on.
    Continue,
    /// Stop the trial, tell `Stopped`, and ask again.
    Stop,
    /// The trial is over, whatever comes of it: drop it and ask again.
    Drop,
}

/// The answer to [`Tell`]: the result stands in MLflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Told {
    /// It counts.
    Accepted,
    /// It was told before; what was told first counts.
    Repeated,
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// CamelCase.
    pub reason: String,
    /// One sentence.
    pub message: String,
}

/// What stands in the run of a trial from its first moment: the tag [`crate::TRIAL_TAG`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrialRecord {
    /// Number of the trial, from 0.
    pub number: i64,
    /// Which time it was given out, from 1.
    pub attempt: u32,
    /// How often its worker was lost before, where that counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub losses: u32,
    /// Name of the Job that has it.
    pub worker: String,
    /// Digest of the data that the sweep's workers found, once one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its parameters.
    pub parameters: Map<String, Value>,
}

/// What stands in the run of a trial that ended: the tag [`crate::TRIAL_RESULT_TAG`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrialResult {
    /// The attempt whose result counts.
    pub attempt: u32,
    /// How it ended.
    pub end: TrialEnd,
    /// Why it was told to stop, when it was: for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Value>,
    /// Seconds that it ran.
    pub seconds: f64,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        value: &T,
        text: &str,
    ) {
        assert_eq!(serde_json::to_string(value).unwrap(), text);
        assert_eq!(&serde_json::from_str::<T>(text).unwrap(), value);
    }

    #[test]
    fn answers_read_as_they_are_documented() {
        let parameters = Map::from_iter([("x".to_owned(), Value::from(0.5))]);
        let trial = Asked::Trial { number: 7, attempt: 1, run_id: "r".into(), parameters, ahead: false };
        round(
            &Answer { epoch: 3, answer: trial },
            r#"{"epoch":3,"answer":{"kind":"Trial","number":7,"attempt":1,"runId":"r","parameters":{"x":0.5}}}"#,
        );
        round(&Answer { epoch: 3, answer: Told::Repeated }, r#"{"epoch":3,"answer":{"kind":"Repeated"}}"#);
        round(&Reported::Stop, r#"{"kind":"Stop"}"#);
    }

    #[test]
    fn an_objective_that_is_no_number_survives_the_way() {
        round(
            &TrialEnd::Complete { value: Real(f64::INFINITY) },
            r#"{"kind":"Complete","value":"Infinity"}"#,
        );
    }
}
