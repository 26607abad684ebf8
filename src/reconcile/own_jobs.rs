//! Trials with Jobs of their own: their runs in MLflow before their Jobs are made, and what they logged when they ended.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;

use super::Context;
use super::trials::Table;
use crate::api::conditions::reasons;
use crate::domain::pipeline::Owner;
use crate::domain::sweep::HostedSweep;
use crate::plan::sweep::trial_job_name;
use crate::plan::trials::{Exit, Settlement, Write};
use crate::plan::{Known, Query, Reading, Trouble};

impl Context {
    /// Gives out trials, as many as there are and `most` at the most; how many those were.
    ///
    /// # Errors
    /// When MLflow does not take one; those before it are given out.
    pub(super) async fn hand_out(
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
    pub(super) async fn settle(
        &self,
        uid: &str,
        sweep: &HostedSweep,
        settlement: &Settlement,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(table) = self.trials.table(uid) else { return Ok(()) };
        let logged = match settlement.exit {
            Exit::Completed => self.logged(sweep, settlement).await?,
            Exit::Failed(_) => BTreeMap::new(),
        };
        let write = table.desk().settle(settlement, &logged, now);
        match write {
            Some(write) => self.put_down(&table, &write).await,
            None => Ok(()),
        }
    }

    /// The last value of each metric in a trial's run.
    async fn logged(
        &self,
        sweep: &HostedSweep,
        settlement: &Settlement,
    ) -> Result<BTreeMap<String, f64>, Trouble> {
        let run_id = &settlement.run_id;
        let mut known = Known::default();
        self.answer(&sweep.grant, vec![Query::Run(run_id.clone())], &mut known).await;
        match known.run(run_id) {
            Ok(Reading::Found(run)) if !run.deleted => {
                Ok(run.metrics.iter().map(|(name, point)| (name.clone(), point.value)).collect())
            }
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
            Ok(Reading::Found(_) | Reading::Missing) | Err(_) => Err(Trouble {
                reason: reasons::TRACKING_REFUSED,
                message: format!(
                    "run {run_id} of trial {} was deleted in MLflow: restore it, or start another run of the sweep",
                    settlement.number
                ),
            }),
        }
    }

    async fn put_down(&self, table: &std::sync::Arc<Table>, write: &Write) -> Result<(), Trouble> {
        let written = self.write(table, write).await;
        written.map(drop).map_err(|refusal| Trouble {
            reason: reasons::TRACKING_UNREACHABLE,
            message: refusal.to_string(),
        })
    }
}
