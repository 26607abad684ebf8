//! The Lease on the API server: read, decide in `plan`, write with the resourceVersion that was read.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt};

use crate::plan::lease::{LeaseDecision, LeaseFacts, decide};

/// The times of an election.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long a lease counts after its last change; whole seconds.
    pub duration: Duration,
    /// How often the leader writes it, and others look.
    pub period: Duration,
    /// Longest wait for the API server; a hung renewal must end before the lease does.
    pub timeout: Duration,
    /// What a lease must have left for a write, so that no write outlives it.
    pub margin: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { duration: seconds(30), period: seconds(5), timeout: seconds(5), margin: seconds(12) }
    }
}

/// Until when this process leads, by its own clock, and with which epoch.
#[derive(Debug, Default)]
pub struct Leadership {
    timing: Timing,
    until: Mutex<Option<Instant>>,
    epoch: AtomicI32,
}

impl Leadership {
    /// Of a process that does not lead yet.
    pub fn new(timing: Timing) -> Self {
        Self { timing, ..Self::default() }
    }

    /// Of a process that leads without a Lease, as the only one there can be: in tests and benches.
    pub fn alone() -> Self {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
        let leadership = Self::default();
        leadership.set(Instant::now().checked_add(YEAR));
        leadership
    }

    /// Whether a write that starts now ends while the lease still counts.
    pub fn may_write(&self) -> bool {
        self.left().is_some_and(|left| left > self.timing.margin)
    }

    /// Whether this process leads.
    pub fn leads(&self) -> bool {
        self.left().is_some()
    }

    /// How often the lease changed hands.
    pub fn epoch(&self) -> i32 {
        self.epoch.load(Ordering::Relaxed)
    }

    fn left(&self) -> Option<Duration> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until?.checked_duration_since(Instant::now())
    }

    fn set(&self, until: Option<Instant>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn current(&self) -> Option<i32> {
        self.leads().then(|| self.epoch())
    }
}

/// The lease of this installation.
pub struct Elector {
    api: Api<Lease>,
    name: String,
    identity: String,
    /// The record last seen and since when it has not changed.
    seen: Option<(String, Instant)>,
    leadership: Arc<Leadership>,
    /// The time as the record states it for people; nothing is decided by it. Tests give their own.
    pub now: fn() -> Timestamp,
}

impl Elector {
    /// Elects in a Lease of the operator's namespace.
    pub fn new(
        client: Client,
        namespace: &str,
        name: &str,
        identity: &str,
        leadership: Arc<Leadership>,
    ) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            seen: None,
            leadership,
            now: Timestamp::now,
        }
    }

    /// Returns once this process leads.
    pub async fn acquire(&mut self) {
        loop {
            let wait = self.round().await;
            if self.leadership.leads() {
                tracing::info!(epoch = self.leadership.epoch(), "leading");
                return;
            }
            tokio::time::sleep(wait.min(self.timing().period)).await;
        }
    }

    /// Renews the lease; returns when it is lost.
    pub async fn hold(&mut self) {
        while self.leadership.leads() {
            tokio::time::sleep(self.timing().period).await;
            self.round().await;
        }
        tracing::error!("the lease was lost");
    }

    /// Gives the lease back, so that another replica need not wait.
    pub async fn release(&mut self) {
        self.leadership.set(None);
        let Ok(Ok(Some(mut lease))) =
            tokio::time::timeout(self.timing().timeout, self.api.get_opt(&self.name)).await
        else {
            return;
        };
        let Some(spec) =
            lease.spec.as_mut().filter(|spec| spec.holder_identity.as_deref() == Some(&self.identity))
        else {
            return;
        };
        spec.holder_identity = Some(String::new());
        let params = PostParams::default();
        let replace = self.api.replace(&self.name, &params, &lease);
        let written = tokio::time::timeout(self.timing().timeout, replace).await;
        if !matches!(written, Ok(Ok(_))) {
            tracing::warn!("the lease could not be given back; the next leader waits until it ends");
        }
    }

    /// One look and, where due, one write. Returns how long nothing will change.
    async fn round(&mut self) -> Duration {
        let lease = match tokio::time::timeout(self.timing().timeout, self.api.get_opt(&self.name)).await {
            Ok(Ok(lease)) => lease,
            Ok(Err(error)) => return self.failed("read", &error),
            Err(_) => return self.failed("read", &"no answer in time"),
        };
        let facts = lease.as_ref().map(facts);
        let still = self.still(lease.as_ref());
        match decide(facts.as_ref(), &self.identity, self.leadership.current(), still) {
            LeaseDecision::Wait(wait) => {
                self.leadership.set(None);
                return wait;
            }
            LeaseDecision::Create => self.write(None, 0).await,
            LeaseDecision::Renew { transitions } | LeaseDecision::Take { transitions } => {
                self.write(lease, transitions).await;
            }
        }
        self.timing().period
    }

    fn timing(&self) -> Timing {
        self.leadership.timing
    }

    fn failed(&self, verb: &str, error: &dyn std::fmt::Display) -> Duration {
        tracing::warn!(lease = self.name, %error, "failed to {verb} the lease");
        self.timing().period
    }

    /// How long the record has stood still, as this process saw it.
    fn still(&mut self, lease: Option<&Lease>) -> Duration {
        let version = lease.and_then(ResourceExt::resource_version).unwrap_or_default();
        match &self.seen {
            Some((seen, since)) if *seen == version => since.elapsed(),
            _ => {
                self.seen = Some((version, Instant::now()));
                Duration::ZERO
            }
        }
    }

    async fn write(&mut self, lease: Option<Lease>, transitions: i32) {
        // Counted from before the request: the answer may be late.
        let until = Instant::now() + self.timing().duration;
        let next = self.record(lease.as_ref(), transitions);
        let params = PostParams::default();
        let request = async {
            match &lease {
                None => self.api.create(&params, &next).await,
                Some(_) => self.api.replace(&self.name, &params, &next).await,
            }
        };
        match tokio::time::timeout(self.timing().timeout, request).await {
            Ok(Ok(written)) => {
                self.seen = written.resource_version().map(|version| (version, Instant::now()));
                self.leadership.epoch.store(transitions, Ordering::Relaxed);
                self.leadership.set(Some(until));
            }
            Ok(Err(error)) => {
                self.failed("write", &error);
            }
            Err(_) => {
                self.failed("write", &"no answer in time");
            }
        }
    }

    fn record(&self, old: Option<&Lease>, transitions: i32) -> Lease {
        let now = MicroTime((self.now)());
        let old_spec = old.and_then(|lease| lease.spec.as_ref());
        let same = old_spec.is_some_and(|spec| spec.lease_transitions == Some(transitions));
        let acquired = old_spec.and_then(|spec| spec.acquire_time.clone()).filter(|_| same);
        Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                resource_version: old.and_then(ResourceExt::resource_version),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(self.identity.clone()),
                lease_duration_seconds: i32::try_from(self.timing().duration.as_secs()).ok(),
                lease_transitions: Some(transitions),
                acquire_time: Some(acquired.unwrap_or_else(|| now.clone())),
                renew_time: Some(now),
                ..LeaseSpec::default()
            }),
        }
    }
}

fn facts(lease: &Lease) -> LeaseFacts {
    let spec = lease.spec.as_ref();
    let seconds = spec.and_then(|spec| spec.lease_duration_seconds).unwrap_or_default();
    LeaseFacts {
        holder: spec.and_then(|spec| spec.holder_identity.clone()).unwrap_or_default(),
        duration: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        transitions: spec.and_then(|spec| spec.lease_transitions).unwrap_or_default(),
    }
}
