//! What a generation knows of one trial.

use std::cmp::Ordering;

use super::strategy::real;
use crate::sampler::Evidence;

/// A finished trial of a generation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// Where it was drawn, before rounding to integers and clamping to the box: the distribution learns from this.
    pub place: Vec<f64>,
    pub evidence: Evidence,
}

/// The places best first, none when fewer than two members finished or no member has a value.
///
/// Complete trials come first, by value; then the pruned, by how far they came and value; then the failed. Ties keep their
/// order, which is that of the numbers. A draw outside the box ranks as if it were worse, by the middle half of the values'
/// spread for each standard deviation that it lies outside: the trial only saw the clamped place.
pub(super) fn ranked(members: Vec<Member>, deviation: impl Fn(usize) -> f64) -> Option<Vec<Vec<f64>>> {
    let has_value = |member: &Member| !matches!(member.evidence, Evidence::Failed | Evidence::Pending);
    if members.len() < 2 || !members.iter().any(has_value) {
        return None;
    }
    let spread = spread(&members);
    let mut keyed: Vec<(Key, Vec<f64>)> = members
        .into_iter()
        .map(|member| (key(&member, spread * outside(&member.place, &deviation)), member.place))
        .collect();
    keyed.sort_by(|first, second| compare(&first.0, &second.0));
    Some(keyed.into_iter().map(|(_, place)| place).collect())
}

/// Class, steps that it lacks, value.
type Key = (u8, i64, f64);

fn key(member: &Member, penalty: f64) -> Key {
    match member.evidence {
        Evidence::Complete(value) => (0, 0, value + penalty),
        Evidence::Pruned { step, value } => (1, step.saturating_neg(), value + penalty),
        Evidence::Failed | Evidence::Pending => (2, 0, 0.0),
    }
}

fn compare(first: &Key, second: &Key) -> Ordering {
    first.0.cmp(&second.0).then(first.1.cmp(&second.1)).then(first.2.total_cmp(&second.2))
}

/// The middle half of the complete values' spread.
fn spread(members: &[Member]) -> f64 {
    let value = |member: &Member| match member.evidence {
        Evidence::Complete(value) => Some(value),
        _ => None,
    };
    let mut values: Vec<f64> = members.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    let (quarter, last) = (values.len() / 4, values.len().saturating_sub(1));
    match (values.get(quarter), values.get(last - quarter.min(last))) {
        (Some(low), Some(high)) => (high - low).min(f64::MAX),
        _ => 0.0,
    }
}

/// Mean square of the distances to the box, in standard deviations.
fn outside(place: &[f64], deviation: &impl Fn(usize) -> f64) -> f64 {
    let square = |(index, place): (usize, &f64)| {
        let away = place - place.clamp(0.0, 1.0);
        if away == 0.0 { 0.0 } else { (away / deviation(index)).powi(2) }
    };
    place.iter().enumerate().map(square).sum::<f64>() / real(place.len())
}
