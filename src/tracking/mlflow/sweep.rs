//! Runs that nobody owns any more: closed as KILLED; and strays of a dead leader: deleted.

use std::collections::BTreeMap;

use podium_contract::{INSTALLATION_TAG, OWNER_UID_TAG};
use podium_mlflow::{Client, Error, ExperimentId, Filter, Run, RunQuery, RunStatus, UpdateRun};

use super::trouble;
use crate::plan::Trouble;
use crate::tracking::{Living, LivingOwner};

const MOST: usize = 10_000;

/// What a run without a living owner, or unknown to it, deserves.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Keep,
    Close,
    Delete,
}

pub(super) async fn sweep(client: &Client, prefix: &str, living: &Living) -> Result<usize, Trouble> {
    judge_all(client, prefix, living).await.map_err(|error| trouble::of(&error))
}

async fn judge_all(client: &Client, prefix: &str, living: &Living) -> Result<usize, Error> {
    let pattern = format!("{}%", prefix.replace('%', "\\%"));
    let experiments = client.search_all_experiments(&Filter::attribute("name").like(pattern), MOST).await?;
    let ids: Vec<ExperimentId> = experiments.into_iter().map(|experiment| experiment.experiment_id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let filter =
        Filter::tag(INSTALLATION_TAG).eq(&living.installation).and(Filter::attribute("status").eq("RUNNING"));
    let mut touched = 0;
    for run in client.search_all_runs(&RunQuery::of(ids).filter(filter), MOST).await? {
        match fate(&run, &living.owners, living.before_ms) {
            Fate::Keep => continue,
            Fate::Close => {
                client
                    .update_run(&run.info.run_id, &UpdateRun::end(RunStatus::Killed, living.now_ms))
                    .await?;
            }
            Fate::Delete => client.delete_run(&run.info.run_id).await?,
        }
        touched += 1;
    }
    Ok(touched)
}

fn fate(run: &Run, owners: &BTreeMap<String, LivingOwner>, before_ms: i64) -> Fate {
    let Some(uid) = run.data.tag(OWNER_UID_TAG) else { return Fate::Keep };
    if run.info.start_time_ms >= before_ms {
        return Fate::Keep;
    }
    match owners.get(uid) {
        None => Fate::Close,
        Some(owner) if owner.pinned.contains(run.info.run_id.as_str()) => Fate::Keep,
        Some(owner) => {
            let of_open_run = owner.open_run.as_deref().is_some()
                && run.data.tag("podium.dev/run") == owner.open_run.as_deref();
            if of_open_run { Fate::Delete } else { Fate::Close }
        }
    }
}
