//! Trials with Jobs of their own: their runs in MLflow before their Jobs are made, and what they logged when they ended.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;

use super::not_read;
use crate::domain::pipeline::Owner;
use crate::domain::sweep::HostedSweep;
use crate::plan::sweep::trial_job_name;
use crate::plan::trials::{Exit, Settlement};
use crate::plan::{Known, Query, Reading, Trouble};
use crate::reconcile::Context;

impl Context {
    /// Gives out trials, as many as there are and `most` at the most; how many those were.
    ///
    /// # Errors
    /// When MLflow does not take one; those before it are given out.
    pub(in crate::reconcile) async fn hand_out(
        &self,
        uid: &str,
        owner: &Owner,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(0) };
        for given in 0..most {
            let next = {
                let mut desk = table.desk();
                let run = desk.run().to_owned();
                desk.hand_out(|number, attempt| trial_job_name(owner, &run, number, attempt), now)
            };
            let Some(write) = next else { return Ok(given) };
            self.put_down(&table, &write).await?;
        }
        Ok(most)
    }

    /// Writes what a trial came to, by what its Job came to and what stands in its run.
    ///
    /// # Errors
    /// When MLflow can't be read, or does not take it.
    pub(in crate::reconcile) async fn settle(
        &self,
        uid: &str,
        sweep: &HostedSweep,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(()) };
        let logged = match settlement.exit {
            Exit::Completed => self.logged(sweep, settlement).await?,
            Exit::Failed(_) => Some(BTreeMap::new()),
        };
        let Some(logged) = logged else {
            // What it logged is gone with its run: it is run again, in another one.
            table.desk().run_is_gone(settlement.number, &settlement.run_id);
            return Ok(());
        };
        let write = table.desk().settle(settlement, &logged, now);
        match write {
            Some(write) => self.put_down(&table, &write).await,
            None => Ok(()),
        }
    }

    /// The last value of each metric in a trial's run; `None` when somebody deleted it.
    async fn logged(
        &self,
        sweep: &HostedSweep,
        settlement: &Settlement,
    ) -> Result<Option<BTreeMap<String, f64>>, Trouble> {
        let run_id = &settlement.run_id;
        let mut known = Known::default();
        self.answer(&sweep.grant, vec![Query::Run(run_id.clone())], &mut known).await;
        match known.run(run_id) {
            Ok(Reading::Found(run)) if !run.deleted => {
                Ok(Some(run.metrics.iter().map(|(name, point)| (name.clone(), point.value)).collect()))
            }
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
            Ok(Reading::Found(_) | Reading::Missing) => Ok(None),
            // Only what MLflow itself says is a deletion: the trial would be run twice.
            Err(_) => Err(not_read(&format!("run {run_id}"))),
        }
    }
}
