//! The desks of open sweeps, and the calls that workers put to them. What a desk says is to be written is written here, and
//! nothing is answered before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};
use tokio::sync::mpsc::UnboundedSender;

use super::Context;
use crate::api::conditions::reasons;
use crate::cluster::watch::Key;
use crate::domain::sweep::HostedSweep;
use crate::plan::sweep::{Opening, Terms};
use crate::plan::trials::{Desk, Loss, Refusal, Turn, View, Worker, Write, Written, read};
use crate::plan::{CloseAs, Effect, Known, Pin, Query, Reading, Trouble};
use crate::settings::Grant;

/// Least time between two wakings of a sweep's reconciler by what its trials come to.
const WAKE: Duration = Duration::from_secs(1);

/// One open sweep.
pub(super) struct Table {
    namespace: String,
    name: String,
    grant: Grant,
    desk: Mutex<Desk>,
    woken: Mutex<Option<Instant>>,
}

impl Table {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The desks of all open sweeps, by uid.
#[derive(Default)]
pub struct Trials {
    tables: Mutex<HashMap<String, Arc<Table>>>,
    wake: Mutex<Option<UnboundedSender<Key>>>,
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

    pub(super) fn table(&self, uid: &str) -> Option<Arc<Table>> {
        self.tables().get(uid).cloned()
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

impl Context {
    /// A worker asks for a trial.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn ask(&self, worker: &Worker, call: &Ask) -> Result<Asked, Refusal> {
        let table = self.seat(worker)?;
        let now = (self.now)();
        let (turn, is_news) = {
            let mut desk = table.desk();
            let before = desk.data().is_some();
            let turn = desk.ask(&worker.job, call, now)?;
            (turn, !before && desk.data().is_some())
        };
        if is_news {
            self.trials.wake(&table, true);
        }
        match turn {
            Turn::Answer(asked) => Ok(asked),
            Turn::Write(write) => match self.write(&table, &write).await? {
                Written::Given(asked) => Ok(asked),
                Written::Ended => Err(Refusal::NotReady),
            },
        }
    }

    /// A worker reports steps.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn report(&self, worker: &Worker, call: &Report) -> Result<Reported, Refusal> {
        let table = self.seat(worker)?;
        let now = (self.now)();
        // The guard must go before the table does.
        let mut desk = table.desk();
        desk.report(&worker.job, call, now)
    }

    /// A worker tells the end of its trial.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn tell(&self, worker: &Worker, call: &Tell) -> Result<Told, Refusal> {
        let table = self.seat(worker)?;
        let now = (self.now)();
        let turn = table.desk().tell(&worker.job, call, now)?;
        match turn {
            Turn::Answer(told) => Ok(told),
            Turn::Write(write) => {
                self.write(&table, &write).await?;
                let is_over = table.desk().view(now).ending.is_some();
                self.trials.wake(&table, is_over);
                Ok(Told::Accepted)
            }
        }
    }

    /// The desk of a worker's sweep, while this process leads.
    fn seat(&self, worker: &Worker) -> Result<Arc<Table>, Refusal> {
        if !self.leadership.may_write() {
            return Err(Refusal::NotLeader);
        }
        let table = self.trials.table(&worker.sweep_uid).ok_or(Refusal::NotReady)?;
        if table.namespace != worker.namespace {
            let message = format!("sweep {} is not in namespace {}", worker.sweep_uid, worker.namespace);
            return Err(Refusal::Unknown(message));
        }
        Ok(table)
    }

    /// Writes what a desk says, and tells it so. Carried out to its end also where the caller has hung up: a desk that is not
    /// told would wait for ever.
    pub(super) async fn write(&self, table: &Arc<Table>, write: &Write) -> Result<Written, Refusal> {
        let guard = Unfinished { table, write, is_told: false };
        let done = self.tracking.carry_out(&table.grant, &write.effect).await;
        guard.tell(done)
    }

    /// Reads the trials that stand in MLflow and puts them on a desk.
    ///
    /// # Errors
    /// When MLflow can't be read.
    pub async fn open_desk(
        &self,
        sweep: &HostedSweep,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let terms = &opening.terms;
        let refused = |error: &dyn std::fmt::Display| Trouble {
            reason: reasons::TRACKING_REFUSED,
            message: error.to_string(),
        };
        let mut desk = Desk::new(&opening.sweep, opening.place.clone(), terms.clock, terms.backoff_limit)
            .map_err(|error| refused(&error))?;
        if opening.own_jobs {
            desk = desk.with_own_jobs();
        }
        desk.adjust(&terms.limits, terms.backoff_limit, terms.clock, terms.is_open);
        let runs = self.read_trials(&sweep.grant, opening).await?;
        let strays = read(&mut desk, runs, now).map_err(|error| refused(&error))?;
        if strays.ignored > 0 {
            tracing::warn!(
                sweep = sweep.owner.name,
                ignored = strays.ignored,
                "trials in MLflow don't fit the space"
            );
        }
        let delete = strays.runs.into_iter().map(|run_id| Effect::DeleteRun { run_id });
        let close =
            strays.unclosed.into_iter().map(|(run_id, status)| Effect::CloseRun { run_id, status, at: now });
        let mend: Vec<Effect> = delete.chain(close).collect();
        if let (_, Some(trouble)) = self.carry_out(&sweep.grant, &mend).await {
            return Err(trouble);
        }
        let table = Table {
            namespace: sweep.owner.namespace.clone(),
            name: sweep.owner.name.clone(),
            grant: sweep.grant.clone(),
            desk: Mutex::new(desk),
            woken: Mutex::default(),
        };
        self.trials.tables().insert(sweep.owner.uid.clone(), Arc::new(table));
        Ok(())
    }

    async fn read_trials(
        &self,
        grant: &Grant,
        opening: &Opening,
    ) -> Result<Vec<crate::plan::trials::TrialRun>, Trouble> {
        let (experiment, parent) = (&opening.place.experiment_id, &opening.place.parent_run_id);
        let mut known = Known::default();
        self.answer(grant, vec![Query::Trials(experiment.clone(), parent.clone())], &mut known).await;
        match known.trials(experiment, parent) {
            Ok(Reading::Found(runs)) => Ok(runs.clone()),
            Ok(Reading::Missing) | Err(_) => Ok(Vec::new()),
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
        }
    }

    /// A worker is gone; where its trial fails by that, it is written.
    ///
    /// # Errors
    /// When MLflow does not take it.
    pub(super) async fn lose(&self, uid: &str, loss: &Loss, now: Timestamp) -> Result<(), Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(()) };
        let write = table.desk().lose(loss, now);
        let Some(write) = write else { return Ok(()) };
        let written = self.write(&table, &write).await;
        written.map(drop).map_err(|refusal| Trouble {
            reason: reasons::TRACKING_UNREACHABLE,
            message: refusal.to_string(),
        })
    }

    /// Puts the report on a desk's trials into a run, and closes the run.
    ///
    /// # Errors
    /// When MLflow does not take it.
    pub(super) async fn report_sweep(
        &self,
        uid: &str,
        sweep: &HostedSweep,
        run_id: &str,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(()) };
        let files = table.desk().report_files(&sweep.owner.name, now);
        let put = Effect::PutFiles { run_id: run_id.to_owned(), files };
        let close = Effect::CloseRun { run_id: run_id.to_owned(), status: CloseAs::Finished, at: now };
        for effect in [put, close] {
            self.tracking.carry_out(&sweep.grant, &effect).await?;
        }
        Ok(())
    }
}

/// A write that the desk waits for. Should its caller be dropped in between, the desk is told that nobody knows.
struct Unfinished<'a> {
    table: &'a Table,
    write: &'a Write,
    is_told: bool,
}

impl Unfinished<'_> {
    fn tell(mut self, done: Result<Option<Pin>, Trouble>) -> Result<Written, Refusal> {
        self.is_told = true;
        let mut desk = self.table.desk();
        match done {
            Ok(pin) => Ok(desk.written(self.write, pin.and_then(run_of))),
            Err(trouble) => {
                desk.not_written(self.write);
                Err(Refusal::Tracking(trouble.message))
            }
        }
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.table.desk().not_written(self.write);
        }
    }
}

fn run_of(pin: Pin) -> Option<String> {
    match pin {
        Pin::Run { run_id, .. } => Some(run_id),
        Pin::Parent { .. } | Pin::Version(_) => None,
    }
}
