//! The calls that workers put to the desk of their sweep.

use std::sync::Arc;

use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};

use super::Table;
use crate::plan::Subject;
use crate::plan::trials::{Forbidden, Over, Refusal, Turn, Worker, Written};
use crate::reconcile::Context;

/// Where a worker's call is answered.
enum Seat {
    /// At the desk of its sweep.
    Desk(Arc<Table>),
    /// There is no desk any more, and nothing goes on.
    Over(Over),
}

impl Context {
    /// A worker asks for a trial.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn ask(&self, worker: &Worker, call: &Ask) -> Result<Asked, Refusal> {
        let table = match self.seat(worker, &call.run).await? {
            Seat::Desk(table) => table,
            Seat::Over(over) => return Ok(Asked::Leave { reason: over.message }),
        };
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
    pub async fn report(&self, worker: &Worker, call: &Report) -> Result<Reported, Refusal> {
        let table = match self.seat(worker, &call.run).await? {
            Seat::Desk(table) => table,
            Seat::Over(_) => return Ok(Reported::Drop),
        };
        let now = (self.now)();
        let answer = table.desk().report(&worker.job, call, now)?;
        if let Some(place) = self.trials.showings.place() {
            let showing = table.desk().show(call.number, now);
            if let Some(showing) = showing {
                self.show(table, showing, place);
            }
        }
        Ok(answer)
    }

    /// A worker tells the end of its trial.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn tell(&self, worker: &Worker, call: &Tell) -> Result<Told, Refusal> {
        let table = match self.seat(worker, &call.run).await? {
            Seat::Desk(table) => table,
            Seat::Over(over) => return Err(over.untold()),
        };
        let now = (self.now)();
        let turn = table.desk().tell(&worker.job, call, now)?;
        match turn {
            Turn::Answer(told) => Ok(told),
            Turn::Write(write) => {
                self.write(&table, &write).await?;
                let is_over = table.desk().over(now).is_some();
                self.trials.wake(&table, is_over);
                Ok(Told::Accepted)
            }
        }
    }

    /// The desk of a worker's sweep, while this process leads; or that its run is over, as its status has it.
    async fn seat(&self, worker: &Worker, run: &str) -> Result<Seat, Refusal> {
        if !self.leadership.may_write() {
            return Err(Refusal::NotLeader);
        }
        let table = self.trials.table(&worker.sweep_uid);
        if let Some(table) = table.as_ref().filter(|table| table.namespace != worker.namespace) {
            return Err(strange(table, worker));
        }
        if let Some(table) = table.as_ref().filter(|table| table.run == run) {
            return Ok(Seat::Desk(Arc::clone(table)));
        }
        if let Some(other) = self.trials.with_run(run) {
            return Err(of_another(other, worker));
        }
        match table {
            Some(table) => Ok(Seat::Desk(table)),
            None => self.without_desk(worker, run).await.map(Seat::Over),
        }
    }
}

/// A worker that speaks of the run of another sweep. It hears nothing about that one, which is told of it.
fn of_another(other: Subject, worker: &Worker) -> Refusal {
    let message = format!(
        "Job {}/{} works for the sweep {}, and speaks of the run of another one",
        worker.namespace, worker.job, worker.sweep
    );
    Refusal::Forbidden(Box::new(Forbidden { reason: "OtherSweep", message, about: Some(other) }))
}

/// Owners prove nothing across namespaces: whoever makes a Job can write any uid into it.
fn strange(table: &Table, worker: &Worker) -> Refusal {
    let message = format!(
        "Job {}/{} names a sweep of namespace {} as its controller, and is none of its workers",
        worker.namespace, worker.job, table.namespace
    );
    let about = Some(table.subject(&worker.sweep_uid));
    Refusal::Forbidden(Box::new(Forbidden { reason: "OtherNamespace", message, about }))
}
