//! Effects, carried out. What creates is searched by its key first, since nothing that creates is idempotent in MLflow.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use podium_artifacts::StoreError;
use podium_contract::{KEY_TAG, Outcome, RESULT_TAG, StageResult};
use podium_mlflow::{
    Batch, Class, Client, CreateModelVersion, CreateRun, Error, ExperimentId, Filter, ModelVersionQuery, Run,
    RunId, RunQuery, RunStatus, Tag, UpdateRun, VersionNumber,
};

use super::{files, trials, trouble};
use crate::plan::{CloseAs, Effect, Pin, Tags, Trouble};
use crate::settings::Grant;

/// Most runs or versions that one search returns.
const MOST: usize = 10_000;

pub(super) async fn carry_out(
    client: &Client,
    grant: &Grant,
    effect: &Effect,
) -> Result<Option<Pin>, Trouble> {
    write(client, grant, effect).await.map_err(|error| trouble::of_store(&error))
}

async fn put(
    client: &Client,
    grant: &Grant,
    run_id: &str,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), StoreError> {
    let run = client.get_run(&RunId::new(run_id)).await?;
    trials::put(&files::store(client, grant, run.info.artifact_root())?, files).await
}

async fn write(client: &Client, grant: &Grant, effect: &Effect) -> Result<Option<Pin>, StoreError> {
    let pin = match effect {
        Effect::EnsureParent { experiment, experiment_tags, key, name, tags, started_at } => {
            let found = client.get_or_create_experiment(experiment, &list(experiment_tags)).await?;
            let create = create_run(found.experiment_id.clone(), name, tags, key, *started_at);
            let (run_id, fresh) = ensure_run(client, &create, key).await?;
            let experiment_id = found.experiment_id.as_str().to_owned();
            Some(Pin::Parent { experiment_id, run_id, fresh })
        }
        Effect::EnsureRun { slot, key, experiment_id, name, tags, started_at } => {
            let create = create_run(ExperimentId::new(experiment_id), name, tags, key, *started_at);
            let (run_id, fresh) = ensure_run(client, &create, key).await?;
            Some(Pin::Run { slot: slot.clone(), run_id, fresh })
        }
        Effect::CreateRun { slot, key, experiment_id, name, tags, started_at } => {
            let create = create_run(ExperimentId::new(experiment_id), name, tags, key, *started_at);
            let run_id = client.create_run(&create).await?.info.run_id.as_str().to_owned();
            Some(Pin::Run { slot: slot.clone(), run_id, fresh: true })
        }
        Effect::TagRun { run_id, tags, reopen } => {
            let id = RunId::new(run_id);
            let batch = Batch { tags: list(tags), ..Batch::default() };
            client.log_all(&id, batch).await?;
            if *reopen {
                let open = UpdateRun { status: Some(RunStatus::Running), ..UpdateRun::default() };
                client.update_run(&id, &open).await?;
            }
            None
        }
        Effect::LogTrial { run_id, params, metrics } => {
            trials::show(client, run_id, params, metrics).await?;
            None
        }
        Effect::EndTrial { run_id, status, at, params, metrics, tags } => {
            let end = UpdateRun::end(run_status(*status), at.as_millisecond());
            trials::end(client, run_id, params, metrics, tags, &end).await?;
            None
        }
        Effect::CloseSweep { experiment_id, run_id, open, status, at, tags } => {
            let at_ms = at.as_millisecond();
            trials::close_open(client, experiment_id, run_id, open, at_ms).await?;
            close(client, run_id, &UpdateRun::end(run_status(*status), at_ms), tags).await?;
            None
        }
        Effect::PutFiles { run_id, files } => {
            put(client, grant, run_id, files).await?;
            None
        }
        Effect::CloseRuns { experiment_id, run_id, pinned, status, at, tags } => {
            let end = UpdateRun::end(run_status(*status), at.as_millisecond());
            close_children(client, experiment_id, run_id, pinned, &end).await?;
            close(client, run_id, &end, tags).await?;
            None
        }
        Effect::CloseRun { run_id, status, at } => {
            let end = UpdateRun::end(run_status(*status), at.as_millisecond());
            close(client, run_id, &end, &Tags::new()).await?;
            None
        }
        Effect::DeleteRun { run_id } => {
            client.delete_run(&RunId::new(run_id)).await?;
            None
        }
        Effect::EnsureModel { model, tags } => {
            client.get_or_create_registered_model(model, "", &list(tags)).await?;
            None
        }
        Effect::EnsureVersion { model, key, source, run_id, tags, description } => {
            let create = CreateModelVersion {
                name: model.clone(),
                source: source.clone(),
                run_id: run_id.as_ref().map(RunId::new),
                model_id: None,
                tags: keyed(tags, key),
                description: description.clone(),
            };
            Some(Pin::Version(ensure_version(client, &create, key).await?))
        }
        Effect::TagModel { model, tags } => {
            for tag in list(tags) {
                client.set_registered_model_tag(model, &tag).await?;
            }
            None
        }
        Effect::TagVersion { model, version, tags } => {
            for tag in list(tags) {
                client.set_model_version_tag(model, number(version), &tag).await?;
            }
            None
        }
        Effect::SetAlias { model, alias, version } => {
            client.set_registered_model_alias(model, alias, number(version)).await?;
            None
        }
        Effect::DeleteVersion { model, version } => {
            delete_version(client, model, version).await?;
            None
        }
    };
    Ok(pin)
}

fn create_run(
    experiment_id: ExperimentId,
    name: &str,
    tags: &Tags,
    key: &str,
    started_at: Timestamp,
) -> CreateRun {
    CreateRun {
        experiment_id,
        run_name: Some(name.to_owned()),
        start_time_ms: started_at.as_millisecond(),
        tags: keyed(tags, key),
    }
}

/// Of several runs with one key the smallest id counts; the others were made by a leader that died, or died late. Returns
/// the id, and whether it was created just now.
async fn ensure_run(client: &Client, create: &CreateRun, key: &str) -> Result<(String, bool), Error> {
    let query = RunQuery::of([create.experiment_id.clone()]).filter(Filter::tag(KEY_TAG).eq(key));
    let mut ids = run_ids(client, &query).await?;
    let mut created = None;
    if ids.is_empty() {
        let id = client.create_run(create).await?.info.run_id.as_str().to_owned();
        // Search again: another leader may have created one between our search and our creation.
        ids = run_ids(client, &query).await?;
        ids.insert(id.clone());
        created = Some(id);
    }
    let first = ids.pop_first().unwrap_or_default();
    for stray in &ids {
        client.delete_run(&RunId::new(stray)).await?;
    }
    let fresh = created.as_ref() == Some(&first);
    Ok((first, fresh))
}

async fn run_ids(client: &Client, query: &RunQuery) -> Result<BTreeSet<String>, Error> {
    let runs = client.search_all_runs(query, MOST).await?;
    Ok(runs.into_iter().map(|run| run.info.run_id.as_str().to_owned()).collect())
}

async fn close_children(
    client: &Client,
    experiment: &str,
    parent: &str,
    pinned: &BTreeSet<String>,
    end: &UpdateRun,
) -> Result<(), Error> {
    let filter = Filter::tag("mlflow.parentRunId").eq(parent).and(Filter::attribute("status").eq("RUNNING"));
    let query = RunQuery::of([ExperimentId::new(experiment)]).filter(filter);
    for run in client.search_all_runs(&query, MOST).await? {
        // What a user's own code nested here has no key.
        if run.data.tag(KEY_TAG).is_some() && !pinned.contains(run.info.run_id.as_str()) {
            client.delete_run(&run.info.run_id).await?;
            continue;
        }
        let own = UpdateRun { status: Some(end_of_child(&run, end.status)), ..end.clone() };
        client.update_run(&run.info.run_id, &own).await?;
    }
    Ok(())
}

/// A child without a good result did not succeed, whatever its siblings did.
fn end_of_child(run: &Run, parent: Option<RunStatus>) -> RunStatus {
    match parent {
        _ if has_good_result(run) => RunStatus::Finished,
        Some(RunStatus::Finished) | None => RunStatus::Failed,
        Some(status) => status,
    }
}

/// Whether a pod wrote a good result into a run and died before it closed it.
fn has_good_result(run: &Run) -> bool {
    let result = run.data.tag(RESULT_TAG).and_then(|text| serde_json::from_str::<StageResult>(text).ok());
    result.is_some_and(|result| !matches!(result.outcome, Outcome::Failed(_)))
}

/// Closes a run that is still open.
async fn close(client: &Client, id: &str, end: &UpdateRun, tags: &Tags) -> Result<(), Error> {
    let id = RunId::new(id);
    let run = match client.get_run(&id).await {
        Ok(run) => run,
        Err(error) if error.class() == Class::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let open = matches!(run.info.status.known(), Some(RunStatus::Running | RunStatus::Scheduled) | None);
    if !open || run.info.lifecycle_stage.is(podium_mlflow::LifecycleStage::Deleted) {
        return Ok(());
    }
    for tag in list(tags) {
        client.set_tag(&id, &tag).await?;
    }
    client.update_run(&id, end).await.map(|_| ())
}

async fn ensure_version(client: &Client, create: &CreateModelVersion, key: &str) -> Result<String, Error> {
    let filter = Filter::attribute("name").eq(&create.name).and(Filter::tag(KEY_TAG).eq(key));
    let query = ModelVersionQuery { filter, ..ModelVersionQuery::default() };
    let mut numbers = version_numbers(client, &query).await?;
    if numbers.is_empty() {
        let created = client.create_model_version(create).await?;
        numbers = version_numbers(client, &query).await?;
        numbers.insert(created.version.get());
    }
    let first = numbers.pop_first().unwrap_or_default();
    for stray in &numbers {
        delete_version(client, &create.name, &stray.to_string()).await?;
    }
    Ok(first.to_string())
}

async fn version_numbers(client: &Client, query: &ModelVersionQuery) -> Result<BTreeSet<u64>, Error> {
    let versions = client.search_all_model_versions(query, MOST).await?;
    Ok(versions.into_iter().map(|version| version.version.get()).collect())
}

/// MLflow would delete a version together with its alias, without a word: so it is looked at first.
pub(super) async fn delete_version(client: &Client, model: &str, version: &str) -> Result<(), Error> {
    let registered = match client.get_registered_model(model).await {
        Ok(registered) => registered,
        Err(error) if error.class() == Class::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if registered.aliases.iter().any(|held| held.version == number(version)) {
        return Ok(());
    }
    client.delete_model_version(model, number(version)).await
}

fn number(version: &str) -> VersionNumber {
    VersionNumber::new(version.parse().unwrap_or_default())
}

fn run_status(status: CloseAs) -> RunStatus {
    match status {
        CloseAs::Finished => RunStatus::Finished,
        CloseAs::Failed => RunStatus::Failed,
        CloseAs::Killed => RunStatus::Killed,
    }
}

fn list(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::new(key, value)).collect()
}

fn keyed(tags: &Tags, key: &str) -> Vec<Tag> {
    let mut tags = list(tags);
    tags.push(Tag::new(KEY_TAG, key));
    tags
}
