//! Room `reconcile`: glue, one short file a kind: observe, validate, plan, apply, report.

mod backoff;
mod effects;
mod orphans;
mod pipeline;
mod sweep;
mod trials;
mod version;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use podium_contract::Service;

use crate::cluster::lease::Leadership;
use crate::cluster::watch::Key;
use crate::cluster::{self, Cluster, Events};
use crate::settings::Settings;
use crate::telemetry::{MODEL_VERSION, Metrics, ObjectKey, PIPELINE, SWEEP};
use crate::tracking::Tracking;

pub use orphans::sweep_forever;
pub use trials::Trials;

/// The ports and settings that reconcilers need.
pub struct Context {
    /// The API server.
    pub cluster: Cluster,
    /// MLflow.
    pub tracking: Arc<dyn Tracking>,
    /// The operator's configuration.
    pub settings: Settings,
    /// Events.
    pub events: Events,
    /// Counters.
    pub metrics: Metrics,
    /// Epoch of this leader.
    pub leadership: Arc<Leadership>,
    /// The time; tests give their own.
    pub now: fn() -> Timestamp,
    /// Desks of the open sweeps.
    pub trials: Trials,
    /// Where workers of sweeps find their trials, or why there is no such place.
    pub service: Result<Service, String>,
    /// Failures in a row by object.
    failures: Mutex<HashMap<(&'static str, Key), u32>>,
}

impl Context {
    /// The context of all reconcilers.
    pub fn new(
        cluster: Cluster,
        tracking: Arc<dyn Tracking>,
        settings: Settings,
        events: Events,
        metrics: Metrics,
        leadership: Arc<Leadership>,
    ) -> Self {
        Self {
            cluster: cluster.showing_on(metrics.clone()),
            tracking,
            settings,
            events,
            metrics,
            leadership,
            now: Timestamp::now,
            trials: Trials::default(),
            service: Err("the trial service is not set up yet".to_owned()),
            failures: Mutex::default(),
        }
    }

    /// Reconciles a pipeline. Returns when to look again without being woken.
    pub async fn pipeline(&self, key: Key) -> Option<Duration> {
        if self.settings.ignores(&key.namespace) {
            return None;
        }
        let begin = Instant::now();
        let result = pipeline::reconcile(self, &key).await;
        self.metrics.took(PIPELINE, begin.elapsed());
        self.conclude(PIPELINE, key, result)
    }

    /// Reconciles a model version. Returns when to look again without being woken.
    pub async fn version(&self, key: Key) -> Option<Duration> {
        if self.settings.ignores(&key.namespace) {
            return None;
        }
        let begin = Instant::now();
        let result = version::reconcile(self, &key).await;
        self.metrics.took(MODEL_VERSION, begin.elapsed());
        self.conclude(MODEL_VERSION, key, result)
    }

    /// Reconciles a sweep. Returns when to look again without being woken.
    pub async fn sweep_object(&self, key: Key) -> Option<Duration> {
        if self.settings.ignores(&key.namespace) {
            return None;
        }
        let begin = Instant::now();
        let result = sweep::reconcile(self, &key).await;
        self.metrics.took(SWEEP, begin.elapsed());
        self.conclude(SWEEP, key, result)
    }

    /// Stops showing the objects of a kind that are not there any more.
    pub fn retain(&self, kind: &str, is_there: &dyn Fn(&Key) -> bool) {
        let key = |shown: &ObjectKey| Key { namespace: shown.namespace.clone(), name: shown.name.clone() };
        self.metrics.retain(kind, |shown| is_there(&key(shown)));
    }

    fn forget(&self, kind: &'static str, key: &Key) {
        let Key { namespace, name } = key.clone();
        self.metrics.forget(&ObjectKey { kind, namespace, name });
    }

    fn conclude(
        &self,
        kind: &'static str,
        key: Key,
        result: Result<Option<Duration>, Error>,
    ) -> Option<Duration> {
        let entry = (kind, key);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        self.metrics.reconciled(kind, result.as_ref().err().map(Error::reason));
        match result {
            Ok(again) => {
                failures.remove(&entry);
                again
            }
            // Not a failure: somebody else was quicker, and what is there now decides.
            Err(Error::Cluster(cluster::Error::Conflict(_))) => Some(Duration::ZERO),
            Err(error) => {
                let (_, Key { namespace, name }) = &entry;
                tracing::warn!(kind, namespace, name, %error, "reconcile failed");
                let count = failures.entry(entry).or_default();
                *count = count.saturating_add(1);
                Some(backoff::delay(*count))
            }
        }
    }
}

/// Why a reconcile failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// Planning asked for more and more.
    #[error("the planner still asks after {0} rounds: a bug, please report it")]
    Rounds(usize),
}

impl Error {
    fn reason(&self) -> &'static str {
        match self {
            Self::Cluster(error) => error.reason(),
            Self::Rounds(_) => "Rounds",
        }
    }
}
