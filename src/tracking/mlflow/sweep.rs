//! Runs that nobody owns any more: closed as KILLED; and strays of a dead leader, runs and versions: deleted.

use std::collections::{BTreeMap, BTreeSet};

use podium_contract::{INSTALLATION_TAG, KEY_TAG, OWNER_UID_TAG};
use podium_mlflow::{
    Client, Error, ExperimentId, Filter, ModelVersionQuery, Run, RunQuery, RunStatus, UpdateRun,
};

use super::{trouble, write};
use crate::plan::Trouble;
use crate::settings::Grant;
use crate::tracking::{Living, LivingOwner};

const MOST: usize = 10_000;
/// Newest versions of a model that are looked at for strays.
const NEWEST: u32 = 200;

/// What a run without a living owner, or unknown to it, deserves.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Keep,
    Close,
    Delete,
}

pub(super) async fn sweep(client: &Client, grant: &Grant, living: &Living) -> Result<usize, Trouble> {
    let all = async {
        let mut touched = judge_all(client, &grant.experiment_prefix, living).await?;
        for model in &grant.models {
            touched += stray_versions(client, model, &living.installation).await?;
        }
        Ok(touched)
    };
    all.await.map_err(|error: Error| trouble::of(&error))
}

/// A creation that arrived after its leader had died, and after the version was pinned, made a second version of one key.
/// The smallest number counts, as when versions are made. Only the newest are looked at: strays are never old.
async fn stray_versions(client: &Client, model: &str, installation: &str) -> Result<usize, Error> {
    let filter = Filter::attribute("name").eq(model).and(Filter::tag(INSTALLATION_TAG).eq(installation));
    let order_by = vec!["version_number DESC".to_owned()];
    let query = ModelVersionQuery { filter, order_by, page_size: Some(NEWEST) };
    let page = client.search_model_versions(&query, None).await?;
    let mut by_key: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for version in &page.items {
        if let Some(key) = version.tags.iter().find(|tag| tag.key == KEY_TAG) {
            by_key.entry(&key.value).or_default().insert(version.version.get());
        }
    }
    let strays: Vec<u64> = by_key.into_values().flat_map(|numbers| numbers.into_iter().skip(1)).collect();
    for stray in &strays {
        write::delete_version(client, model, &stray.to_string()).await?;
    }
    Ok(strays.len())
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
            // Made late by a leader that was dead already: the run of this key that counts is closed.
            Fate::Close if is_copy(client, &run).await? => client.delete_run(&run.info.run_id).await?,
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

/// Whether another run carries the same key.
async fn is_copy(client: &Client, run: &Run) -> Result<bool, Error> {
    let Some(key) = run.data.tag(KEY_TAG) else { return Ok(false) };
    let query = RunQuery::of([run.info.experiment_id.clone()]).filter(Filter::tag(KEY_TAG).eq(key));
    Ok(client.search_all_runs(&query, MOST).await?.len() > 1)
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
