//! When a study has gone on long enough without getting better.

use super::{InvalidStopper, checked};
use crate::Outcome;

/// Ends a study after a number of complete trials that did not improve the best value by more than a tolerance. Failed and
/// pruned trials do not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    trials: usize,
    tolerance: f64,
}

/// A study that stopped getting better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stale {
    /// Number of the trial that improved the best value last.
    pub best: i64,
    /// Its value.
    pub value: f64,
    /// Complete trials after it.
    pub since: usize,
}

impl Patience {
    /// Patience for `trials` complete trials without an improvement of more than `tolerance`.
    ///
    /// # Errors
    /// `trials` below 1; a `tolerance` that is negative or no number.
    pub fn new(trials: usize, tolerance: f64) -> Result<Self, InvalidStopper> {
        let is_tolerance = tolerance >= 0.0 && tolerance.is_finite();
        Ok(Self {
            trials: checked("patience", trials, trials >= 1, "at least 1")?,
            tolerance: checked("tolerance", tolerance, is_tolerance, "a finite number of at least 0")?,
        })
    }

    /// Whether the patience is used up, by all trials with their numbers, in any order; lower values are better.
    ///
    /// Trials of earlier studies (negative numbers) set the bar, but only the study's own use up patience.
    #[must_use]
    pub fn verdict(&self, trials: &[(i64, Outcome)]) -> Option<Stale> {
        let mut complete: Vec<(i64, f64)> = trials.iter().filter_map(value).collect();
        complete.sort_by_key(|(number, _)| *number);
        let mut stale: Option<Stale> = None;
        for (number, value) in complete {
            match &mut stale {
                // Small gains do not move the bar, so that many of them together do count.
                Some(last) if value >= last.value - self.tolerance => last.since += usize::from(number >= 0),
                _ => stale = Some(Stale { best: number, value, since: 0 }),
            }
        }
        stale.filter(|stale| stale.since >= self.trials)
    }
}

fn value((number, outcome): &(i64, Outcome)) -> Option<(i64, f64)> {
    match outcome.settled() {
        Outcome::Complete(value) => Some((*number, value)),
        Outcome::Pruned { .. } | Outcome::Failed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(values: &[f64]) -> Vec<(i64, Outcome)> {
        (0..).zip(values.iter().map(|value| Outcome::Complete(*value))).collect()
    }

    #[test]
    fn patience_ends_after_so_many_complete_trials_without_improvement() {
        let patience = Patience::new(3, 0.0).unwrap();
        assert_eq!(patience.verdict(&complete(&[1.0, 0.5, 0.7, 0.6])), None);
        let stale = Stale { best: 1, value: 0.5, since: 3 };
        assert_eq!(patience.verdict(&complete(&[1.0, 0.5, 0.7, 0.6, 0.5])), Some(stale));
        assert_eq!(patience.verdict(&[]), None);
    }

    #[test]
    fn gains_within_the_tolerance_are_none_until_they_add_up() {
        let patience = Patience::new(3, 0.1).unwrap();
        let stale = Stale { best: 0, value: 1.0, since: 3 };
        assert_eq!(patience.verdict(&complete(&[1.0, 0.95, 0.91, 0.9])), Some(stale));
        assert_eq!(patience.verdict(&complete(&[1.0, 0.95, 0.91, 0.89])), None);
    }

    #[test]
    fn failed_pruned_and_nan_trials_use_up_no_patience_and_set_no_best() {
        let patience = Patience::new(2, 0.0).unwrap();
        let mut trials = complete(&[1.0, 2.0]);
        trials.push((2, Outcome::Failed));
        trials.push((3, Outcome::Pruned { step: 9, value: 0.1 }));
        trials.push((4, Outcome::Complete(f64::NAN)));
        assert_eq!(patience.verdict(&trials), None);
        trials.push((5, Outcome::Complete(1.0)));
        assert_eq!(patience.verdict(&trials), Some(Stale { best: 0, value: 1.0, since: 2 }));
    }

    #[test]
    fn the_order_of_tells_makes_no_difference() {
        let patience = Patience::new(2, 0.0).unwrap();
        let mut trials = complete(&[3.0, 1.0, 2.0, 2.5]);
        let verdict = patience.verdict(&trials);
        trials.reverse();
        assert_eq!(patience.verdict(&trials), verdict);
        assert_eq!(verdict, Some(Stale { best: 1, value: 1.0, since: 2 }));
    }

    #[test]
    fn earlier_studies_set_the_bar_but_use_up_no_patience() {
        let patience = Patience::new(2, 0.0).unwrap();
        let mut trials =
            vec![(-3, Outcome::Complete(0.1)), (-2, Outcome::Complete(0.2)), (-1, Outcome::Complete(0.3))];
        assert_eq!(patience.verdict(&trials), None);
        trials.extend(complete(&[0.5, 0.6]));
        assert_eq!(patience.verdict(&trials), Some(Stale { best: -3, value: 0.1, since: 2 }));
    }

    #[test]
    fn settings_out_of_range_name_field_value_and_range() {
        assert_eq!(Patience::new(0, 0.0).unwrap_err().to_string(), "patience is 0: must be at least 1");
        let error = Patience::new(1, -0.5).unwrap_err();
        assert_eq!(error.to_string(), "tolerance is -0.5: must be a finite number of at least 0");
    }
}
