//! Which model is the best by cross-validation.

use crate::api::Decimal;
use crate::api::pipeline_status::{CandidateStatus, RankedBy, StepPhase};

/// Whether one score is better than another.
pub(super) fn better(higher: bool, score: f64, than: f64) -> bool {
    if higher { score > than } else { score < than }
}

/// Those that succeeded and have a score, by their places, the best first; of equals the first.
pub(super) fn ranked<'a>(
    all: impl IntoIterator<Item = &'a CandidateStatus>,
    ranked_by: &RankedBy,
) -> Vec<(usize, f64)> {
    let score = |(place, one): (usize, &CandidateStatus)| {
        let score = one.score.as_ref().and_then(Decimal::value)?;
        (one.phase == StepPhase::Succeeded).then_some((place, score))
    };
    let mut scores: Vec<_> = all.into_iter().enumerate().filter_map(score).collect();
    scores.sort_by(|(_, one), (_, other)| {
        let order = one.total_cmp(other);
        if ranked_by.higher_is_better { order.reverse() } else { order }
    });
    scores
}
