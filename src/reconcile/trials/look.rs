//! How sweeps without a desk stand on the API server: looked at each two seconds, however many workers ask meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api::HyperparameterSweep;
use crate::cluster::watch::Key;
use crate::plan::trials::{Over, Refusal, Worker, standing};
use crate::reconcile::Context;

/// How long a look counts. Until then an old answer makes a worker repeat its call, and nothing worse.
const KEPT: SignedDuration = SignedDuration::from_secs(2);

type Found = Option<Arc<HyperparameterSweep>>;

/// What was seen when.
#[derive(Default)]
pub(super) struct Looks(Mutex<HashMap<Key, (Timestamp, Found)>>);

impl Looks {
    fn get(&self, key: &Key, now: Timestamp) -> Option<Found> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(key).filter(|(at, _)| is_young(*at, now)).map(|(_, found)| found.clone())
    }

    fn put(&self, key: Key, found: Found, now: Timestamp) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.retain(|_, (at, _)| is_young(*at, now));
        looks.insert(key, (now, found));
    }
}

fn is_young(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at).abs() < KEPT
}

impl Context {
    /// How the run of a worker stands whose sweep has no desk.
    ///
    /// # Errors
    /// See [`standing`].
    pub(super) async fn without_desk(&self, worker: &Worker, run: &str) -> Result<Over, Refusal> {
        let key = Key { namespace: worker.namespace.clone(), name: worker.sweep.clone() };
        let now = (self.now)();
        let found = match self.trials.looks.get(&key, now) {
            Some(found) => found,
            None => {
                let found = self.look(&key).await?;
                self.trials.looks.put(key, found.clone(), now);
                found
            }
        };
        standing(worker, found.as_deref(), run)
    }

    async fn look(&self, key: &Key) -> Result<Found, Refusal> {
        match self.cluster.look_at_sweep(&key.namespace, &key.name).await {
            Ok(found) => Ok(found.map(Arc::new)),
            Err(error) => {
                tracing::debug!(%error, "how a sweep stands can't be told to its worker");
                Err(Refusal::NotReady)
            }
        }
    }
}
