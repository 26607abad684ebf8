//! Gates: PURE judgement of evidence. Evidence that is missing, not finite, malformed, of another attempt or not
//! comparable is never a pass.

mod absolute;
mod compare;
mod evidence;
mod outcome;
pub mod reasons;
mod value;
mod verdict;

#[cfg(test)]
mod tests;

pub use evidence::{Bytes, Evaluation, EvidenceView, evaluated, evaluation_digest};
pub use value::decimal;
pub use verdict::{Verdict, aggregate};

use crate::api::model_version_status::GateStatus;
use crate::domain::version::{Rule, ValidGate};

use outcome::Outcome;

/// Tag of a run with the digest of what its metrics were computed on: only runs with equal ones compare. Runs of our
/// trainer state it in their result, other runs by this tag.
pub const EVALUATION_DIGEST_TAG: &str = "podium.dev/evaluation-digest";

/// Judges one gate.
pub fn judge(gate: &ValidGate, view: &EvidenceView) -> GateStatus {
    let outcome = match evidence::admissible(view) {
        Err(refused) => refused,
        Ok(admitted) => match &gate.rule {
            Rule::Within { min, max } => absolute::judge(gate, min.as_ref(), max.as_ref(), &admitted),
            Rule::Improves { over, min_delta, confidence } => {
                compare::judge(gate, *over, min_delta, *confidence, &admitted)
            }
        },
    };
    status(gate, outcome)
}

fn status(gate: &ValidGate, outcome: Outcome) -> GateStatus {
    let (min, max) = match &gate.rule {
        Rule::Within { min, max } => (min.clone(), max.clone()),
        Rule::Improves { min_delta, .. } => (Some(min_delta.clone()), None),
    };
    GateStatus {
        name: gate.name.clone(),
        result: outcome.result,
        reason: outcome.reason,
        message: outcome.message,
        metric: gate.metric.clone(),
        value: outcome.value,
        min: min.map(|bound| bound.text),
        max: max.map(|bound| bound.text),
        compared_to: outcome.compared_to,
        dry_run: gate.dry_run,
    }
}
