//! Asynchronous successive halving.

use super::{InvalidStopper, Progress, Verdict, checked};

/// Successive halving without waiting (ASHA, Li et al. 2020, arXiv 1810.05934), in the variant that stops trials and never
/// resumes one: no worker idles and nothing needs a checkpoint.
///
/// Rungs are the steps r, r·eta, r·eta², ... A trial is judged at its first report within each rung, by that value and not by
/// its best so far. It goes on when it is in the best 1/eta of all that reached the rung, itself included, rounded down but
/// at least one: so the first one always goes on, and the best one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asha {
    min_steps: i64,
    reduction_factor: i64,
}

impl Asha {
    /// Trials get `min_steps` steps before anything is decided; each rung lets 1 in `reduction_factor` go on.
    ///
    /// # Errors
    /// `min_steps` below 1, `reduction_factor` below 2.
    pub fn new(min_steps: i64, reduction_factor: i64) -> Result<Self, InvalidStopper> {
        Ok(Self {
            min_steps: checked("minSteps", min_steps, min_steps >= 1, "at least 1")?,
            reduction_factor: checked(
                "reductionFactor",
                reduction_factor,
                reduction_factor >= 2,
                "at least 2",
            )?,
        })
    }

    /// Judges a trial at a step that it reported. `trials` are all that may have reported; the trial itself may be among
    /// them. A step without a report, or within no rung, changes nothing.
    #[must_use]
    pub fn verdict(&self, trial: &Progress, step: i64, trials: &[Progress]) -> Verdict {
        let Some(value) = trial.at(step) else { return Verdict::Continue };
        if !value.is_finite() {
            return Verdict::Fail;
        }
        let Some((from, to)) = self.rung(step) else { return Verdict::Continue };
        if trial.first(from..to) != Some((step, value)) {
            return Verdict::Continue;
        }
        let others = trials.iter().filter(|other| other.number() != trial.number());
        let mut results: Vec<(f64, i64)> = others
            .filter_map(|other| Some((other.first(from..to)?.1, other.number())))
            // A trial that failed at the rung is no result of it.
            .filter(|(value, _)| value.is_finite())
            .collect();
        results.push((value, trial.number()));
        self.judge((value, trial.number()), results)
    }

    fn judge(&self, own: (f64, i64), mut results: Vec<(f64, i64)>) -> Verdict {
        results.sort_by(|first, second| first.0.total_cmp(&second.0).then(first.1.cmp(&second.1)));
        let factor = usize::try_from(self.reduction_factor).unwrap_or(usize::MAX);
        let promoted = (results.len() / factor).max(1);
        if results.iter().take(promoted).any(|result| *result == own) {
            return Verdict::Continue;
        }
        Verdict::Stop { value: own.0, bound: results[promoted - 1].0, among: results.len() }
    }

    /// The rung of a step: its first step, and the first one of the next rung.
    fn rung(&self, step: i64) -> Option<(i64, i64)> {
        let mut from = self.min_steps;
        if step < from {
            return None;
        }
        loop {
            let to = from.saturating_mul(self.reduction_factor);
            if step < to || to == i64::MAX {
                return Some((from, to));
            }
            from = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(number: i64, reports: &[(i64, f64)]) -> Progress {
        let mut progress = Progress::new(number);
        for (step, value) in reports {
            progress.report(*step, *value);
        }
        progress
    }

    fn asha() -> Asha {
        Asha::new(3, 3).unwrap()
    }

    #[test]
    fn the_first_at_a_rung_goes_on_however_bad_it_is() {
        let only = trial(0, &[(3, 1e9)]);
        assert_eq!(asha().verdict(&only, 3, std::slice::from_ref(&only)), Verdict::Continue);
    }

    #[test]
    fn one_in_three_of_all_that_reached_the_rung_goes_on() {
        let trials: Vec<Progress> = (0..9).map(|number| trial(number, &[(3, number as f64)])).collect();
        let goes_on: Vec<bool> =
            trials.iter().map(|trial| asha().verdict(trial, 3, &trials) == Verdict::Continue).collect();
        assert_eq!(goes_on, [true, true, true, false, false, false, false, false, false]);
        assert_eq!(
            asha().verdict(&trials[5], 3, &trials),
            Verdict::Stop { value: 5.0, bound: 2.0, among: 9 }
        );
    }

    #[test]
    fn below_three_results_only_the_best_goes_on() {
        let trials = [trial(0, &[(3, 0.2)]), trial(1, &[(3, 0.1)])];
        assert_eq!(
            asha().verdict(&trials[0], 3, &trials),
            Verdict::Stop { value: 0.2, bound: 0.1, among: 2 }
        );
        assert_eq!(asha().verdict(&trials[1], 3, &trials), Verdict::Continue);
    }

    #[test]
    fn ties_go_to_the_lower_number() {
        let trials = [trial(4, &[(3, 0.5)]), trial(2, &[(3, 0.5)])];
        assert_eq!(asha().verdict(&trials[1], 3, &trials), Verdict::Continue);
        assert_ne!(asha().verdict(&trials[0], 3, &trials), Verdict::Continue);
    }

    #[test]
    fn the_result_at_the_rung_decides_and_not_the_best_so_far() {
        let fallen = trial(0, &[(1, 0.0), (3, 0.9)]);
        let steady = trial(1, &[(1, 0.5), (3, 0.5)]);
        let trials = [fallen.clone(), steady];
        assert_eq!(asha().verdict(&fallen, 3, &trials), Verdict::Stop { value: 0.9, bound: 0.5, among: 2 });
    }

    #[test]
    fn only_the_first_report_within_a_rung_is_judged_and_steps_may_jump_over_its_start() {
        let trials = [trial(0, &[(3, 0.1), (9, 0.1)]), trial(1, &[(5, 0.7), (8, 0.7), (10, 0.7)])];
        let verdicts = |step| asha().verdict(&trials[1], step, &trials) == Verdict::Continue;
        assert_eq!([5, 8, 10].map(verdicts), [false, true, false]);
        assert_eq!(asha().rung(2), None);
        assert_eq!([3, 8, 9, 26, 27].map(|step| asha().rung(step).unwrap().0), [3, 3, 9, 9, 27]);
    }

    #[test]
    fn a_nan_stops_the_trial_as_failed_at_any_step_and_counts_for_nobody_else() {
        let broken = trial(0, &[(1, f64::NAN), (3, f64::INFINITY)]);
        let sound = trial(1, &[(3, 0.5)]);
        let trials = [broken.clone(), sound.clone()];
        assert_eq!(asha().verdict(&broken, 1, &trials), Verdict::Fail);
        assert_eq!(asha().verdict(&broken, 3, &trials), Verdict::Fail);
        assert_eq!(asha().verdict(&sound, 3, &trials), Verdict::Continue);
    }

    #[test]
    fn order_of_arrival_and_repeats_change_no_verdict() {
        let mut early = trial(0, &[(3, 0.4), (9, 0.3)]);
        let late = trial(0, &[(9, 0.3), (3, 0.4)]);
        assert!(!early.report(9, 7.0));
        assert_eq!(early, late);
        let trials: Vec<Progress> =
            (0..30).map(|number| trial(number, &[(3, f64::from((number as i32 * 7) % 11))])).collect();
        let mut turned = trials.clone();
        turned.reverse();
        for trial in &trials {
            assert_eq!(asha().verdict(trial, 3, &trials), asha().verdict(trial, 3, &turned));
        }
    }

    #[test]
    fn settings_out_of_range_name_field_value_and_range() {
        let error = Asha::new(3, 1).unwrap_err();
        assert_eq!(error.to_string(), "reductionFactor is 1: must be at least 2");
        assert_eq!(Asha::new(0, 3).unwrap_err().to_string(), "minSteps is 0: must be at least 1");
    }

    #[test]
    fn steps_near_the_end_of_all_numbers_have_a_rung() {
        assert!(Asha::new(1, 2).unwrap().rung(i64::MAX).is_some());
    }
}
