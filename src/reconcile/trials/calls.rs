//! The calls that workers put to the desk of their sweep.

use std::sync::Arc;

use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};

use super::Table;
use crate::plan::trials::{Refusal, Turn, Worker, Written};
use crate::reconcile::Context;

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
                let is_over = table.desk().over(now).is_some();
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
}
