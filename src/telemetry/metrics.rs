//! Metrics in the OpenMetrics format: what was done and what objects say, never a run id or a parameter in a label.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podium_mlflow::{Observation, Observer};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::objects::{Board, MODEL_VERSION, ObjectKey, PIPELINE, SWEEP, of_pipeline, of_sweep, of_version};
use super::trials::TrialCalls;
use crate::api::{
    HyperparameterSweep, HyperparameterSweepStatus, ModelVersion, ModelVersionStatus, TrainingPipeline,
    TrainingPipelineStatus,
};

/// All metrics of the operator.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    reconciles: Family<Kind, Counter>,
    errors: Family<KindReason, Counter>,
    durations: Family<Kind, Histogram>,
    leader: Gauge,
    requests: Family<Request, Counter>,
    request_durations: Family<Operation, Histogram>,
    trial_calls: TrialCalls,
    board: Arc<Board>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindReason {
    kind: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    operation: &'static str,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 15));
        let mut metrics = Self {
            registry: Arc::default(),
            reconciles: Family::default(),
            errors: Family::default(),
            durations: Family::new_with_constructor(seconds),
            leader: Gauge::default(),
            requests: Family::default(),
            request_durations: Family::new_with_constructor(seconds),
            trial_calls: TrialCalls::default(),
            board: Arc::default(),
        };
        metrics.registry = Arc::new(metrics.register());
        metrics
    }
}

impl Metrics {
    fn register(&self) -> Registry {
        let mut registry = Registry::with_prefix("podium");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Version of the operator", build);
        registry.register("reconcile", "Reconciles by kind", self.reconciles.clone());
        registry.register("reconcile_errors", "Failed reconciles by kind and reason", self.errors.clone());
        registry.register_with_unit(
            "reconcile_duration",
            "Time of a reconcile",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("leader", "1 while this replica leads", self.leader.clone());
        registry.register(
            "mlflow_requests",
            "Requests to MLflow by operation and code",
            self.requests.clone(),
        );
        let durations = self.request_durations.clone();
        registry.register_with_unit(
            "mlflow_request_duration",
            "Time of a request to MLflow",
            Unit::Seconds,
            durations,
        );
        self.trial_calls.register(&mut registry);
        registry.register_collector(Box::new(Arc::clone(&self.board)));
        registry
    }

    /// Counts a reconcile; `error` is the reason of its failure.
    pub fn reconciled(&self, kind: &'static str, error: Option<&'static str>) {
        self.reconciles.get_or_create(&Kind { kind }).inc();
        if let Some(reason) = error {
            self.errors.get_or_create(&KindReason { kind, reason }).inc();
        }
    }

    /// Notes how long a reconcile took.
    pub fn took(&self, kind: &'static str, duration: Duration) {
        self.durations.get_or_create(&Kind { kind }).observe(duration.as_secs_f64());
    }

    /// Notes whether this replica leads.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// Counts a call of the trial service.
    pub fn answered_worker(&self, call: &'static str, code: u16, duration: Duration) {
        self.trial_calls.answered(call, code, duration);
    }

    /// Counts a call of the trial service that was not let in: 401 from nobody knows whom, 403 from somebody who is no worker.
    pub fn forbade_worker(&self, code: u16, reason: &'static str) {
        self.trial_calls.forbade(code, reason);
    }

    /// Shows a pipeline whose status went from `old` to `new`, which stands on the API server now; both may be equal.
    pub fn pipeline(
        &self,
        object: &TrainingPipeline,
        old: &TrainingPipelineStatus,
        new: &TrainingPipelineStatus,
    ) {
        let key = key(PIPELINE, &object.metadata);
        let facts = of_pipeline(&key, object, old, new);
        self.board.show(key, facts);
    }

    /// Shows a sweep whose status went from `old` to `new`, which stands on the API server now; both may be equal.
    pub fn sweep(
        &self,
        object: &HyperparameterSweep,
        old: &HyperparameterSweepStatus,
        new: &HyperparameterSweepStatus,
    ) {
        let key = key(SWEEP, &object.metadata);
        let facts = of_sweep(&key, object, old, new);
        self.board.show(key, facts);
    }

    /// Shows a model version whose status went from `old` to `new`, which stands on the API server now; both may be equal.
    pub fn version(&self, object: &ModelVersion, old: &ModelVersionStatus, new: &ModelVersionStatus) {
        let key = key(MODEL_VERSION, &object.metadata);
        let facts = of_version(&key, object, old, new);
        self.board.show(key, facts);
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, key: &ObjectKey) {
        self.board.forget(key);
    }

    /// Forgets the objects of a kind of which `is_there` is not true.
    pub fn retain(&self, kind: &str, is_there: impl Fn(&ObjectKey) -> bool) {
        self.board.retain(kind, is_there);
    }

    /// The metrics as text.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into a String can't fail.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

fn key(kind: &'static str, metadata: &ObjectMeta) -> ObjectKey {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    ObjectKey { kind, namespace: text(&metadata.namespace), name: text(&metadata.name) }
}

impl Observer for Metrics {
    fn observe(&self, observation: Observation) {
        let operation = observation.operation;
        self.requests.get_or_create(&Request { operation, code: observation.code }).inc();
        let duration = observation.duration.as_secs_f64();
        self.request_durations.get_or_create(&Operation { operation }).observe(duration);
    }
}
