//! When a sweep ends.

use std::time::Duration;

/// When a sweep ends, and how much of it runs at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Trials in all, at least 1.
    pub max_trials: u64,
    /// Trials at the same time, at least 1.
    pub parallelism: u32,
    /// Failed trials that are borne; one more ends the sweep.
    pub max_failed_trials: Option<u64>,
    /// Time that the sweep may run.
    pub time_limit: Option<Duration>,
    /// Value of the objective that is good enough.
    pub target: Option<f64>,
}

impl Limits {
    /// So many trials, so many at once, and no other limit.
    #[must_use]
    pub fn trials(max_trials: u64, parallelism: u32) -> Self {
        Self { max_trials, parallelism, max_failed_trials: None, time_limit: None, target: None }
    }
}
