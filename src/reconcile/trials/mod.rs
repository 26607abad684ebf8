//! The desks of open sweeps. What a desk says is to be written is written here, and nothing is answered before.

mod calls;
mod desk;
mod earlier;
mod look;
mod own_jobs;
mod show;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use crate::api::conditions::reasons;
use crate::cluster::watch::Key;
use crate::domain::names::is_pod_of_child;
use crate::plan::sweep::Terms;
use crate::plan::trials::{Desk, View};
use crate::plan::{Subject, SubjectKind, Trouble};
use crate::settings::Grant;

/// Least time between two wakings of a sweep's reconciler by what its trials come to.
const WAKE: Duration = Duration::from_secs(1);

/// One open sweep.
struct Table {
    namespace: String,
    name: String,
    /// Key of its run.
    run: String,
    grant: Grant,
    desk: Mutex<Desk>,
    woken: Mutex<Option<Instant>>,
}

impl Table {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subject(&self, uid: &str) -> Subject {
        Subject::new(SubjectKind::Sweep, &self.namespace, &self.name, uid)
    }
}

/// The desks of all open sweeps, by uid.
#[derive(Default)]
pub struct Trials {
    tables: Mutex<HashMap<String, Arc<Table>>>,
    wake: Mutex<Option<UnboundedSender<Key>>>,
    /// What was seen of sweeps without a desk.
    looks: look::Looks,
    /// Trials that are being shown.
    showings: show::Showings,
}

impl Trials {
    /// Who is woken when a sweep's trials have come to something.
    pub fn wake_by(&self, sender: UnboundedSender<Key>) {
        *self.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    }

    /// What the desk of a sweep shows.
    pub fn view(&self, uid: &str, now: Timestamp) -> Option<View> {
        self.table(uid).map(|table| table.desk().view(now))
    }

    /// Runs of all trials that count, ended ones too.
    pub fn runs(&self, uid: &str) -> Option<Vec<String>> {
        self.table(uid).map(|table| table.desk().runs().map(str::to_owned).collect())
    }

    /// The desk follows the spec.
    pub fn adjust(&self, uid: &str, terms: &Terms) {
        if let Some(table) = self.table(uid) {
            table.desk().adjust(&terms.limits, terms.backoff_limit, terms.clock, terms.is_open);
        }
    }

    /// The open sweep that a pod of this name would work for. A name proves nothing.
    pub fn claimed(&self, namespace: &str, pod: &str) -> Option<Subject> {
        let tables = self.tables();
        let mut found = tables
            .iter()
            .filter(|(_, table)| table.namespace == namespace && is_pod_of_child(&table.name, pod));
        found.next().map(|(uid, table)| table.subject(uid))
    }

    /// The desk is not needed any more.
    pub fn forget(&self, uid: &str) {
        self.tables().remove(uid);
    }

    /// The desk of a sweep that is gone.
    pub fn forget_named(&self, namespace: &str, name: &str) {
        self.tables().retain(|_, table| table.namespace != namespace || table.name != name);
    }

    fn tables(&self) -> MutexGuard<'_, HashMap<String, Arc<Table>>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self, uid: &str) -> Option<Arc<Table>> {
        self.tables().get(uid).cloned()
    }

    /// The open sweep of which this is the run.
    fn with_run(&self, run: &str) -> Option<Subject> {
        let tables = self.tables();
        let found = tables.iter().find(|(_, table)| table.run == run);
        found.map(|(uid, table)| table.subject(uid))
    }

    /// Wakes the reconciler: at once when the sweep is over, else not too often.
    fn wake(&self, table: &Table, is_over: bool) {
        let mut woken = table.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_over && woken.is_some_and(|at| at.elapsed() < WAKE) {
            return;
        }
        *woken = Some(Instant::now());
        if let Some(sender) = &*self.wake.lock().unwrap_or_else(PoisonError::into_inner) {
            // Nobody is left to be woken when the process ends.
            let _ = sender.send(Key { namespace: table.namespace.clone(), name: table.name.clone() });
        }
    }
}

/// A question without an answer is no answer that there is nothing.
fn not_read(what: &str) -> Trouble {
    Trouble { reason: reasons::TRACKING_UNREACHABLE, message: format!("MLflow: {what} could not be read") }
}
