//! Which trials are good.

use std::cmp::Ordering;

use crate::sampler::{Evidence, Observation};

/// Good trials are at most so many.
const MOST: usize = 25;

/// The best tenth, and the others with all that failed or still run; both by number.
///
/// Complete trials rank before pruned ones, whose last step counts first: who came further is better.
pub(super) fn split<'a>(trials: &[&'a Observation]) -> (Vec<&'a Observation>, Vec<&'a Observation>) {
    let mut ranked: Vec<&Observation> = trials.iter().copied().filter(|trial| trial.has_value()).collect();
    ranked.sort_by(|first, second| compare(first, second));
    let good = ranked.len().div_ceil(10).clamp(1, MOST);
    let mut numbers: Vec<i64> = ranked.iter().take(good).map(|trial| trial.number).collect();
    numbers.sort_unstable();
    trials.iter().partition(|trial| numbers.binary_search(&trial.number).is_ok())
}

/// The better one first; no two are equal.
fn compare(first: &Observation, second: &Observation) -> Ordering {
    let ((class, value), (other_class, other_value)) = (rank(first), rank(second));
    class.cmp(&other_class).then(value.total_cmp(&other_value)).then(first.number.cmp(&second.number))
}

/// Lower is better: the class, then the value.
fn rank(trial: &Observation) -> ((u8, i64), f64) {
    match trial.evidence {
        Evidence::Complete(value) => ((0, 0), value),
        Evidence::Pruned { step, value } => ((1, step.saturating_neg()), value),
        Evidence::Failed | Evidence::Pending => ((2, 0), 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(trials: &[&Observation]) -> Vec<i64> {
        trials.iter().map(|trial| trial.number).collect()
    }

    #[test]
    fn complete_trials_rank_before_pruned_ones_and_those_by_how_far_they_came() {
        let of = |number, evidence| Observation { number, row: vec![], evidence };
        let mut all = vec![
            of(0, Evidence::Failed),
            of(1, Evidence::Pruned { step: 3, value: 0.0 }),
            of(2, Evidence::Pruned { step: 9, value: 8.0 }),
            of(3, Evidence::Complete(5.0)),
            of(4, Evidence::Pruned { step: 9, value: 7.0 }),
            of(5, Evidence::Pending),
            of(6, Evidence::Complete(4.0)),
        ];
        let ranks = |all: &[Observation]| {
            let mut all: Vec<&Observation> = all.iter().collect();
            all.sort_by(|first, second| compare(first, second));
            numbers(&all)
        };
        assert_eq!(ranks(&all), [6, 3, 4, 2, 1, 0, 5]);
        let refs: Vec<&Observation> = all.iter().collect();
        let (good, bad) = split(&refs);
        assert_eq!((numbers(&good), numbers(&bad)), (vec![6], vec![0, 1, 2, 3, 4, 5]));
        // Eleven with a value make two good ones.
        all.extend((7..13).map(|number| of(number, Evidence::Complete(10.0))));
        let refs: Vec<&Observation> = all.iter().collect();
        assert_eq!(numbers(&split(&refs).0), [3, 6]);
    }

    #[test]
    fn equal_values_are_told_apart_by_the_lower_number() {
        let all: Vec<Observation> = (0..8)
            .map(|number| Observation { number, row: vec![], evidence: Evidence::Complete(1.0) })
            .collect();
        let refs: Vec<&Observation> = all.iter().collect();
        assert_eq!(numbers(&split(&refs).0), [0]);
    }
}
