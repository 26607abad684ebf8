//! Writes what a desk says is to be written, and tells the desk what came of it.

use k8s_openapi::jiff::Timestamp;

use super::Table;
use crate::api::conditions::reasons;
use crate::plan::trials::{Refusal, Write, Written};
use crate::plan::{Known, Pin, Query, Reading, Trouble};
use crate::reconcile::Context;

impl Context {
    /// As [`Self::write`], where nobody asked for it.
    pub(super) async fn put_down(&self, table: &Table, write: &Write) -> Result<(), Trouble> {
        match self.write(table, write).await {
            // A trial whose run is gone is given out again, and nothing waits for it.
            Ok(_) | Err(Refusal::Conflict(_)) => Ok(()),
            Err(refusal) => {
                Err(Trouble { reason: reasons::TRACKING_UNREACHABLE, message: refusal.to_string() })
            }
        }
    }

    /// Writes what a desk says, and tells it so. Whoever calls this is to see it to its end: a write that is given up is told to the desk as
    /// one of unknown outcome.
    pub(super) async fn write(&self, table: &Table, write: &Write) -> Result<Written, Refusal> {
        let guard = Unfinished { table, write, is_told: false };
        match self.put(table, write).await {
            Err(trouble) if is_refusal(&trouble) => self.refused(guard, trouble.message).await,
            done => guard.tell(done),
        }
    }

    async fn put(&self, table: &Table, write: &Write) -> Result<Option<String>, Trouble> {
        let done = self.carry(table, write).await;
        hear(table, &done, (self.now)());
        done
    }

    async fn carry(&self, table: &Table, write: &Write) -> Result<Option<String>, Trouble> {
        let pin = self.tracking.carry_out(&table.grant, &write.effect).await?;
        let Some((run_id, is_fresh)) = pin.and_then(run_of) else { return Ok(None) };
        if let Some(renewal) = write.renewal(&run_id).filter(|_| !is_fresh) {
            self.tracking.carry_out(&table.grant, &renewal).await?;
        }
        Ok(Some(run_id))
    }

    /// MLflow refuses a write. Unless somebody changed the run in just that moment it would do so again: the run was deleted, or what the
    /// trial came to can't be written.
    async fn refused(&self, guard: Unfinished<'_>, message: String) -> Result<Written, Refusal> {
        let Unfinished { table, write, .. } = guard;
        let Some(run_id) = write.run_id() else { return Err(guard.put_off(message)) };
        let mut known = Known::default();
        self.answer(&table.grant, vec![Query::Run(run_id.to_owned())], &mut known).await;
        match known.run(run_id) {
            Ok(Reading::Found(run)) if !run.deleted && write.is_end() => self.once_more(guard).await,
            Ok(Reading::Found(run)) if !run.deleted => Err(guard.put_off(message)),
            Ok(Reading::Found(_) | Reading::Missing) => {
                drop(guard);
                table.desk().run_is_gone(write.number, run_id);
                Err(Refusal::Conflict(format!(
                    "the run of trial {} was deleted in MLflow; the trial is given out again",
                    write.number
                )))
            }
            Ok(Reading::Unreachable(_)) | Err(_) => Err(guard.put_off(message)),
        }
    }

    /// The end of a trial, a second time; refused again, the trial failed for that reason.
    async fn once_more(&self, guard: Unfinished<'_>) -> Result<Written, Refusal> {
        let Unfinished { table, write, .. } = guard;
        match self.put(table, write).await {
            Err(trouble) if is_refusal(&trouble) => {
                drop(guard);
                let failed = table.desk().unwritable(write, &trouble.message, (self.now)());
                let failed = failed.ok_or(Refusal::NotReady)?;
                let guard = Unfinished { table, write: &failed, is_told: false };
                let done = self.put(table, &failed).await;
                guard.tell(done)
            }
            done => guard.tell(done),
        }
    }
}

/// The desk hears whether MLflow answered; a refusal is an answer.
pub(super) fn hear<T>(table: &Table, done: &Result<T, Trouble>, now: Timestamp) {
    match done {
        Err(trouble) if !is_refusal(trouble) => table.desk().unheard(trouble, now),
        Ok(_) | Err(_) => table.desk().heard(now),
    }
}

fn is_refusal(trouble: &Trouble) -> bool {
    trouble.reason == reasons::TRACKING_REFUSED
}

/// A write that the desk waits for. Should its caller be dropped in between, the desk is told that nobody knows.
struct Unfinished<'a> {
    table: &'a Table,
    write: &'a Write,
    is_told: bool,
}

impl Unfinished<'_> {
    /// It is not written, for now.
    fn put_off(self, why: String) -> Refusal {
        drop(self);
        Refusal::Tracking(why)
    }

    fn tell(mut self, done: Result<Option<String>, Trouble>) -> Result<Written, Refusal> {
        self.is_told = true;
        let mut desk = self.table.desk();
        match done {
            Ok(run_id) => Ok(desk.written(self.write, run_id)),
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

fn run_of(pin: Pin) -> Option<(String, bool)> {
    match pin {
        Pin::Run { run_id, fresh, .. } => Some((run_id, fresh)),
        Pin::Parent { .. } | Pin::Version(_) => None,
    }
}
