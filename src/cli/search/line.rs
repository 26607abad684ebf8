//! Lines of the journal.

use std::collections::BTreeMap;

use podium_search::Outcome;
use podium_tuning::sweep::{Cut, Failure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the format; another one is refused.
pub(super) const FORMAT: u32 = 1;

/// One thing that happened. Times are seconds that the search has run, over all its sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Line {
    /// A session begins.
    Session {
        format: u32,
        name: String,
        /// RFC 3339, for people.
        at: String,
        elapsed: f64,
        /// The sweep's spec as written.
        spec: Value,
        command: Vec<String>,
    },
    /// A trial is about to start.
    Start { number: i64, at: String, elapsed: f64, parameters: Map<String, Value> },
    /// A trial reported the objective at a step; null is a value that is not finite.
    Report { number: i64, step: i64, value: Option<f64> },
    /// A trial was told to stop early.
    Stop { number: i64, cut: Cut },
    /// A trial ended.
    End {
        number: i64,
        at: String,
        elapsed: f64,
        seconds: f64,
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
        /// The last value of each metric, those that are finite.
        metrics: BTreeMap<String, f64>,
    },
    /// A failed trial is to be run again as if it had not been.
    Retry { number: i64 },
    /// A session ends.
    Pause { at: String, elapsed: f64, reason: String },
}
