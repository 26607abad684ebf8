//! A sweep that is followed: pure from here on.

mod facts;
mod outcome;
mod pace;
mod summary;
#[cfg(test)]
mod tests;

use crate::api::sweep_status::TrialCounts;
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};

pub(super) use facts::facts;
pub(super) use outcome::Outcome;
pub(super) use pace::Pace;
pub(super) use summary::text as summary;

/// Status of the sweep, once it is about the spec as it stands.
fn status(object: &HyperparameterSweep) -> Option<&HyperparameterSweepStatus> {
    object.status.as_ref().filter(|status| status.observed_generation == object.metadata.generation)
}

fn ended(counts: TrialCounts) -> i64 {
    counts.complete + counts.stopped + counts.failed
}
