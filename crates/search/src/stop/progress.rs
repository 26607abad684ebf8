//! What a trial has reported so far.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// The reports of one trial, by step. Arrival plays no part: late and repeated reports leave the same progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    number: i64,
    is_complete: bool,
    reports: BTreeMap<i64, f64>,
}

impl Progress {
    /// A trial that has reported nothing yet.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self { number, is_complete: false, reports: BTreeMap::new() }
    }

    /// Takes a value in, lower is better, NaN and infinities too. Of two reports of one step the first counts.
    ///
    /// Returns whether the step is new.
    pub fn report(&mut self, step: i64, value: f64) -> bool {
        let is_new = !self.reports.contains_key(&step);
        self.reports.entry(step).or_insert(value);
        is_new
    }

    /// Marks the trial as run to its end.
    pub fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Number of the trial.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Whether the trial ran to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The value reported at exactly this step.
    #[must_use]
    pub fn at(&self, step: i64) -> Option<f64> {
        self.reports.get(&step).copied()
    }

    /// The last step reported, with its value.
    #[must_use]
    pub fn last(&self) -> Option<(i64, f64)> {
        self.reports.last_key_value().map(|(step, value)| (*step, *value))
    }

    /// The first report among these steps.
    pub(super) fn first(&self, steps: impl RangeBounds<i64>) -> Option<(i64, f64)> {
        self.reports.range(steps).next().map(|(step, value)| (*step, *value))
    }

    /// The best finite value up to a step.
    pub(super) fn best(&self, step: i64) -> Option<f64> {
        self.until(step).min_by(f64::total_cmp)
    }

    /// The mean of the finite values up to a step.
    pub(super) fn mean(&self, step: i64) -> Option<f64> {
        let (sum, count) =
            self.until(step).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        (count > 0.0).then_some(sum / count)
    }

    fn until(&self, step: i64) -> impl Iterator<Item = f64> {
        self.reports.range(..=step).map(|(_, value)| *value).filter(|value| value.is_finite())
    }
}
