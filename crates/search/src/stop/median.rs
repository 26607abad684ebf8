//! The median rule.

use super::{InvalidStopper, Progress, Verdict, checked};

/// Stops a trial whose best value so far is worse than the median of what the complete trials averaged up to the same step
/// (Golovin et al. 2017, Google Vizier). Gentler than [`Asha`](super::Asha), and late: it needs complete trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Median {
    start_step: i64,
    min_trials: usize,
}

impl Median {
    /// Judges from `start_step` on, once `min_trials` complete trials have a report up to the step. Katib's choice is 4 and 3.
    ///
    /// # Errors
    /// `start_step` or `min_trials` below 1.
    pub fn new(start_step: i64, min_trials: usize) -> Result<Self, InvalidStopper> {
        Ok(Self {
            start_step: checked("startStep", start_step, start_step >= 1, "at least 1")?,
            min_trials: checked("minTrials", min_trials, min_trials >= 1, "at least 1")?,
        })
    }

    /// Judges a trial at a step that it reported. `trials` are all that may have reported; only the complete ones count, and
    /// the trial itself never does. A step without a report changes nothing.
    #[must_use]
    pub fn verdict(&self, trial: &Progress, step: i64, trials: &[Progress]) -> Verdict {
        let Some(value) = trial.at(step) else { return Verdict::Continue };
        if !value.is_finite() {
            return Verdict::Fail;
        }
        let peers = trials.iter().filter(|peer| peer.is_complete() && peer.number() != trial.number());
        let mut means: Vec<f64> = peers.filter_map(|peer| peer.mean(step)).collect();
        if step < self.start_step || means.len() < self.min_trials {
            return Verdict::Continue;
        }
        means.sort_by(f64::total_cmp);
        let bound = middle(&means);
        let best = trial.best(step).unwrap_or(value);
        if best > bound {
            Verdict::Stop { value: best, bound, among: means.len() }
        } else {
            Verdict::Continue
        }
    }
}

/// The median of sorted numbers, at least one: the mean of the two in the middle when their count is even.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(number: i64, is_complete: bool, values: &[f64]) -> Progress {
        let mut progress = Progress::new(number);
        for (step, value) in (1..).zip(values) {
            progress.report(step, *value);
        }
        if is_complete {
            progress.complete();
        }
        progress
    }

    fn peers() -> Vec<Progress> {
        vec![
            trial(0, true, &[0.9, 0.7, 0.5, 0.3]),
            trial(1, true, &[0.8, 0.4, 0.4, 0.4]),
            trial(2, true, &[0.2, 0.2, 0.2, 0.2]),
        ]
    }

    #[test]
    fn a_trial_stops_when_its_best_is_worse_than_the_median_of_the_running_averages() {
        // Averages up to step 4: 0.6, 0.5, 0.2.
        let median = Median::new(4, 3).unwrap();
        let behind = trial(3, false, &[0.9, 0.9, 0.51, 0.9]);
        assert_eq!(median.verdict(&behind, 4, &peers()), Verdict::Stop { value: 0.51, bound: 0.5, among: 3 });
        let equal = trial(3, false, &[0.9, 0.5, 0.9, 0.9]);
        assert_eq!(median.verdict(&equal, 4, &peers()), Verdict::Continue);
    }

    #[test]
    fn an_even_number_of_trials_has_its_median_between_the_two_in_the_middle() {
        let median = Median::new(1, 2).unwrap();
        let peers = [trial(0, true, &[0.2]), trial(1, true, &[0.4])];
        let behind = trial(3, false, &[0.31]);
        assert!(matches!(median.verdict(&behind, 1, &peers), Verdict::Stop { bound, among: 2, .. }
            if (bound - 0.3).abs() < 1e-12));
        assert_eq!(median.verdict(&trial(3, false, &[0.29]), 1, &peers), Verdict::Continue);
    }

    #[test]
    fn nothing_is_judged_before_the_start_step_or_with_too_few_complete_trials() {
        let bad = trial(3, false, &[9.0, 9.0, 9.0, 9.0]);
        assert_eq!(Median::new(4, 3).unwrap().verdict(&bad, 3, &peers()), Verdict::Continue);
        assert_eq!(Median::new(4, 4).unwrap().verdict(&bad, 4, &peers()), Verdict::Continue);
        let mut running = peers();
        running[0] = trial(0, false, &[0.9, 0.7, 0.5, 0.3]);
        assert_eq!(Median::new(4, 3).unwrap().verdict(&bad, 4, &running), Verdict::Continue);
    }

    #[test]
    fn later_steps_of_the_others_play_no_part() {
        let median = Median::new(1, 3).unwrap();
        // At step 1 the averages are 0.9, 0.8, 0.2.
        assert_eq!(median.verdict(&trial(3, false, &[0.79]), 1, &peers()), Verdict::Continue);
        assert_ne!(median.verdict(&trial(3, false, &[0.81]), 1, &peers()), Verdict::Continue);
    }

    #[test]
    fn a_nan_is_a_failure_from_the_first_step_on_and_no_part_of_an_average() {
        let median = Median::new(4, 3).unwrap();
        assert_eq!(median.verdict(&trial(3, false, &[f64::NAN]), 1, &[]), Verdict::Fail);
        let mut peers = peers();
        peers[0] = trial(0, true, &[f64::NAN, 0.7, 0.5, 0.6]);
        let verdict = median.verdict(&trial(3, false, &[0.51; 4]), 4, &peers);
        assert_eq!(verdict, Verdict::Stop { value: 0.51, bound: 0.5, among: 3 });
    }

    #[test]
    fn settings_out_of_range_name_field_value_and_range() {
        assert_eq!(Median::new(0, 3).unwrap_err().to_string(), "startStep is 0: must be at least 1");
        assert_eq!(Median::new(4, 0).unwrap_err().to_string(), "minTrials is 0: must be at least 1");
    }
}
