//! Retries, deadlines and what is kept, with their defaults.

use std::time::Duration;

use crate::api::Limits;

/// Limits of a pipeline, defaults resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidLimits {
    /// Failed attempts of one Job before it fails for good.
    pub backoff_limit: i32,
    /// From the start of a run.
    pub active_deadline: Option<Duration>,
    /// Seconds that a finished Job stays.
    pub ttl_seconds: i32,
    /// Ended runs in status.
    pub history: usize,
    /// How long a finished pod tries to deliver.
    pub tracking_timeout: Duration,
}

pub(super) fn limits(limits: Option<&Limits>) -> ValidLimits {
    let limits = limits.cloned().unwrap_or_default();
    let seconds = |value: i64| Duration::from_secs(value.unsigned_abs());
    ValidLimits {
        backoff_limit: limits.backoff_limit.unwrap_or(2),
        active_deadline: limits.active_deadline_seconds.map(seconds),
        ttl_seconds: limits.ttl_seconds_after_finished.unwrap_or(86_400),
        history: limits.history_limit.map_or(10, |limit| limit.unsigned_abs() as usize),
        tracking_timeout: seconds(limits.tracking_timeout_seconds.unwrap_or(1800)),
    }
}
