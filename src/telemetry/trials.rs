//! Metrics of the trial service: what workers call, and whom nobody lets in.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Calls of workers.
#[derive(Clone)]
pub(super) struct TrialCalls {
    calls: Family<Call, Counter>,
    durations: Family<Name, Histogram>,
    forbidden: Family<Refused, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    call: &'static str,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    call: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: u16,
    reason: &'static str,
}

impl Default for TrialCalls {
    fn default() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 15));
        Self {
            calls: Family::default(),
            durations: Family::new_with_constructor(seconds),
            forbidden: Family::default(),
        }
    }
}

impl TrialCalls {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("trial_calls", "Calls of workers by call and code", self.calls.clone());
        registry.register_with_unit(
            "trial_call_duration",
            "Time of a call of a worker",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "trial_calls_forbidden",
            "Calls that were not let in by code and reason",
            self.forbidden.clone(),
        );
    }

    pub(super) fn answered(&self, call: &'static str, code: u16, duration: Duration) {
        self.calls.get_or_create(&Call { call, code }).inc();
        self.durations.get_or_create(&Name { call }).observe(duration.as_secs_f64());
    }

    pub(super) fn forbade(&self, code: u16, reason: &'static str) {
        self.forbidden.get_or_create(&Refused { code, reason }).inc();
    }
}
