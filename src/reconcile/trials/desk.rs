//! A sweep's desk from its opening to its report.

use std::sync::{Arc, Mutex};

use k8s_openapi::jiff::Timestamp;

use super::{Table, not_read};
use crate::api::conditions::reasons;
use crate::domain::sweep::HostedSweep;
use crate::plan::sweep::Opening;
use crate::plan::trials::{Desk, DeskError, Earlier, Loss, Stored, Strays, read};
use crate::plan::{CloseAs, Effect, Known, Query, Reading, Trouble};
use crate::reconcile::Context;
use crate::settings::Grant;

impl Context {
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
        let stored = self.read_trials(&sweep.grant, opening).await?;
        let earlier = self.taught(&sweep.grant, opening).await?;
        let (mut desk, strays) = desk(opening, stored, earlier.as_ref(), now)
            .map_err(|error| Trouble { reason: reasons::TRACKING_REFUSED, message: error.to_string() })?;
        if strays.ignored > 0 {
            tracing::warn!(
                sweep = sweep.owner.name,
                ignored = strays.ignored,
                "trials in MLflow don't fit the space"
            );
        }
        if let (_, Some(trouble)) = self.carry_out(&sweep.grant, &mended(strays, now)).await {
            return Err(trouble);
        }
        desk.heard((self.now)());
        let table = Table {
            namespace: sweep.owner.namespace.clone(),
            name: sweep.owner.name.clone(),
            run: opening.place.run.clone(),
            grant: sweep.grant.clone(),
            desk: Mutex::new(desk),
            woken: Mutex::default(),
        };
        self.trials.tables().insert(sweep.owner.uid.clone(), Arc::new(table));
        Ok(())
    }

    async fn read_trials(&self, grant: &Grant, opening: &Opening) -> Result<Stored, Trouble> {
        let (experiment, parent) = (&opening.place.experiment_id, &opening.place.parent_run_id);
        let mut known = Known::default();
        self.answer(grant, vec![Query::Trials(experiment.clone(), parent.clone())], &mut known).await;
        match known.trials(experiment, parent) {
            Ok(Reading::Found(stored)) => Ok(stored.clone()),
            Ok(Reading::Missing) => Ok(Stored::default()),
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
            // A desk without trials that stand there would run them again.
            Err(_) => Err(not_read(&format!("the trials of run {parent}"))),
        }
    }

    /// A worker is gone; where its trial fails by that, it is written.
    ///
    /// # Errors
    /// When MLflow does not take it.
    pub(in crate::reconcile) async fn lose(
        &self,
        uid: &str,
        loss: &Loss,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(()) };
        let write = table.desk().lose(loss, now);
        let Some(write) = write else { return Ok(()) };
        self.put_down(&table, &write).await
    }

    /// Looks whether MLflow answers about a run, and tells the desk.
    pub(in crate::reconcile) async fn feel(&self, uid: &str, run_id: &str) {
        let Some(table) = self.trials.table(uid) else { return };
        let mut known = Known::default();
        self.answer(&table.grant, vec![Query::Pulse(run_id.to_owned())], &mut known).await;
        let now = (self.now)();
        match known.pulse(run_id) {
            Ok(Reading::Unreachable(trouble)) => table.desk().unheard(trouble, now),
            Ok(Reading::Found(()) | Reading::Missing) => table.desk().heard(now),
            Err(_) => {}
        }
    }

    /// Puts a page of trials among the artifacts of the parent run. It is a copy: without it nothing is lost but time.
    pub async fn keep_page(&self, uid: &str, page: i64, now: Timestamp) {
        let Some(table) = self.trials.table(uid) else { return };
        let effect = table.desk().page(page);
        let done = self.tracking.carry_out(&table.grant, &effect).await;
        let mut desk = table.desk();
        match done {
            Ok(_) => desk.page_is_kept(page),
            Err(trouble) => {
                desk.page_is_not_kept(now);
                tracing::warn!(
                    sweep = table.name,
                    page,
                    why = trouble.message,
                    "a page of trials could not be written"
                );
            }
        }
    }

    /// Puts the report on a desk's trials into a run, and closes the run.
    ///
    /// # Errors
    /// When MLflow does not take it.
    pub(in crate::reconcile) async fn report_sweep(
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

/// The desk that an opening asks for, its trials on it, and what is to be mended.
fn desk(
    opening: &Opening,
    stored: Stored,
    earlier: Option<&Earlier>,
    now: Timestamp,
) -> Result<(Desk, Strays), DeskError> {
    let terms = &opening.terms;
    let desk = Desk::new(&opening.sweep, opening.place.clone(), terms.clock, terms.backoff_limit)?;
    let desk = if opening.own_jobs { desk.with_own_jobs() } else { desk };
    let desk = match earlier {
        Some(earlier) => desk.taught(earlier),
        None => desk,
    };
    let mut desk = desk.with_pages(stored.pages);
    desk.adjust(&terms.limits, terms.backoff_limit, terms.clock, terms.is_open);
    if let Some(digest) = &opening.data_digest {
        desk.pin(digest);
    }
    let strays = read(&mut desk, stored.runs, now)?;
    Ok((desk, strays))
}

fn mended(strays: Strays, now: Timestamp) -> Vec<Effect> {
    let delete = strays.runs.into_iter().map(|run_id| Effect::DeleteRun { run_id });
    let close =
        strays.unclosed.into_iter().map(|(run_id, status)| Effect::CloseRun { run_id, status, at: now });
    delete.chain(close).collect()
}
