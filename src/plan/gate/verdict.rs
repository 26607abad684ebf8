//! All gates together: Fail > Error > Inconclusive > Pass, and no evidence is no promotion.

use super::reasons;
use crate::api::model_version_status::{GateResult, GateStatus};

/// What all gates of a version say.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The worst result of the gates that count.
    pub result: GateResult,
    /// Reason of the gate that decided.
    pub reason: String,
    /// One sentence with gate, value and bound.
    pub message: String,
    /// Gates that passed.
    pub passed: usize,
    /// Gates that count: no dry runs, and no comparisons with a champion that does not exist.
    pub counted: usize,
}

impl Verdict {
    /// Passed gates of all that count, for example 2/3.
    pub fn summary(&self) -> String {
        format!("{}/{}", self.passed, self.counted)
    }
}

/// Aggregates gates. Without a gate that counts the result is Inconclusive, so nothing is promoted.
pub fn aggregate(gates: &[GateStatus]) -> Verdict {
    let counting: Vec<&GateStatus> =
        gates.iter().filter(|gate| !gate.dry_run && gate.reason != reasons::NO_BASELINE).collect();
    let passed = counting.iter().filter(|gate| gate.result == GateResult::Pass).count();
    let counted = counting.len();
    match counting.iter().copied().reduce(worse) {
        None => nothing_counts(gates),
        Some(worst) => Verdict {
            result: worst.result,
            reason: worst.reason.clone(),
            message: format!("{} ({passed}/{counted} gates)", sentence(worst)),
            passed,
            counted,
        },
    }
}

fn nothing_counts(gates: &[GateStatus]) -> Verdict {
    let baseline = gates.iter().any(|gate| !gate.dry_run && gate.reason == reasons::NO_BASELINE);
    let (reason, message) = if baseline {
        (
            reasons::NO_BASELINE,
            "there is no champion yet and no gate that decides without one: add a gate with min or max",
        )
    } else {
        (reasons::NO_GATES, "no gate counts, and without evidence nothing is promoted: add a gate")
    };
    let (reason, message) = (reason.to_owned(), message.to_owned());
    Verdict { result: GateResult::Inconclusive, reason, message, passed: 0, counted: 0 }
}

fn sentence(gate: &GateStatus) -> String {
    match gate.result {
        GateResult::Pass => gate.message.clone(),
        _ => format!("gate {}: {}", gate.name, gate.message),
    }
}

/// The first of the worse ones.
fn worse<'a>(one: &'a GateStatus, other: &'a GateStatus) -> &'a GateStatus {
    if badness(other.result) > badness(one.result) { other } else { one }
}

fn badness(result: GateResult) -> u8 {
    match result {
        GateResult::Pass => 0,
        GateResult::Inconclusive => 1,
        GateResult::Error => 2,
        GateResult::Fail => 3,
    }
}
