//! Effects as a sequence of single writes, in the order of the real port.

use std::collections::BTreeSet;

use podium::plan::{CloseAs, Effect, Pin, RunState, Tags, Trouble};
use podium_contract::{KEY_TAG, Outcome, RESULT_TAG, ROLE_TAG, StageResult};

use super::op::Op;
use super::port::FakeTracking;
use super::store::{Mlflow, Run};

pub async fn carry_out(port: &FakeTracking, effect: &Effect) -> Result<Option<Pin>, Trouble> {
    match effect {
        Effect::EnsureParent { experiment, key, name, tags, started_at, .. } => {
            let experiment_id = ensure_experiment(port, experiment).await?;
            let create = Op::CreateRun {
                experiment: experiment_id.clone(),
                name: name.clone(),
                tags: keyed(tags, key),
                started_ms: started_at.as_millisecond(),
            };
            let (run_id, fresh) = run(port, key, create).await?;
            Ok(Some(Pin::Parent { experiment_id, run_id, fresh }))
        }
        Effect::EnsureRun { slot, key, experiment_id, name, tags, started_at } => {
            let create = Op::CreateRun {
                experiment: experiment_id.clone(),
                name: name.clone(),
                tags: keyed(tags, key),
                started_ms: started_at.as_millisecond(),
            };
            let (run_id, fresh) = run(port, key, create).await?;
            Ok(Some(Pin::Run { slot: slot.clone(), run_id, fresh }))
        }
        Effect::CreateRun { slot, key, experiment_id, name, tags, started_at } => {
            let create = Op::CreateRun {
                experiment: experiment_id.clone(),
                name: name.clone(),
                tags: keyed(tags, key),
                started_ms: started_at.as_millisecond(),
            };
            let run_id = port.write(create).await?;
            Ok(Some(Pin::Run { slot: slot.clone(), run_id, fresh: true }))
        }
        Effect::TagRun { run_id, tags, reopen } => {
            for (key, value) in tags.clone() {
                port.write(Op::TagRun { id: run_id.clone(), key, value }).await?;
            }
            if *reopen {
                port.write(Op::EndRun { id: run_id.clone(), state: RunState::Open }).await?;
            }
            Ok(None)
        }
        Effect::LogTrial { run_id, metrics, .. } => {
            let points = metrics.iter().map(|point| (point.key.clone(), point.step, point.value.0)).collect();
            port.write(Op::LogTrial { id: run_id.clone(), points, tags: Tags::new() }).await.map(|_| None)
        }
        Effect::EndTrial { run_id, status, metrics, tags, .. } => {
            let points = metrics.iter().map(|point| (point.key.clone(), point.step, point.value.0)).collect();
            port.write(Op::LogTrial { id: run_id.clone(), points, tags: tags.clone() }).await?;
            port.write(Op::EndRun { id: run_id.clone(), state: end(*status) }).await.map(|_| None)
        }
        Effect::CloseSweep { run_id, open, status, tags, .. } => {
            close_trials(port, run_id, open).await?;
            close(port, run_id, end(*status), tags).await.map(|()| None)
        }
        Effect::PutFiles { run_id, files } => {
            for (path, bytes) in files.clone() {
                port.write(Op::PutFile { id: run_id.clone(), path, bytes }).await?;
            }
            Ok(None)
        }
        Effect::CloseRun { run_id, status, .. } => {
            close(port, run_id, end(*status), &Tags::new()).await.map(|()| None)
        }
        Effect::DeleteRun { run_id } => port.write(Op::DeleteRun { id: run_id.clone() }).await.map(|_| None),
        Effect::CloseRuns { run_id, pinned, status, tags, .. } => {
            close_children(port, run_id, pinned, end(*status)).await?;
            close(port, run_id, end(*status), tags).await.map(|()| None)
        }
        Effect::EnsureModel { model, tags } => {
            if !port.read(|state| state.mlflow.models.contains_key(model)).await? {
                port.write(Op::CreateModel { name: model.clone(), tags: tags.clone() }).await?;
            }
            Ok(None)
        }
        Effect::EnsureVersion { model, key, source, run_id, tags, .. } => {
            let create = Op::CreateVersion {
                model: model.clone(),
                source: source.clone(),
                run_id: run_id.clone(),
                tags: keyed(tags, key),
            };
            version(port, model, key, create).await.map(|number| Some(Pin::Version(number.to_string())))
        }
        Effect::TagModel { model, tags } => {
            for (key, value) in tags.clone() {
                port.write(Op::TagModel { name: model.clone(), key, value }).await?;
            }
            Ok(None)
        }
        Effect::TagVersion { model, version, tags } => {
            for (key, value) in tags.clone() {
                let version = version.parse().unwrap();
                port.write(Op::TagVersion { model: model.clone(), version, key, value }).await?;
            }
            Ok(None)
        }
        Effect::SetAlias { model, alias, version } => {
            let version = version.parse().unwrap();
            port.write(Op::SetAlias { model: model.clone(), alias: alias.clone(), version }).await?;
            Ok(None)
        }
        Effect::DeleteVersion { model, version } => {
            delete_version(port, model, version.parse().unwrap()).await.map(|()| None)
        }
    }
}

async fn ensure_experiment(port: &FakeTracking, name: &str) -> Result<String, Trouble> {
    let known = port
        .read(|state| {
            state.mlflow.experiments.iter().find(|(_, known)| *known == name).map(|(id, _)| id.clone())
        })
        .await?;
    match known {
        Some(id) => Ok(id),
        None => port.write(Op::CreateExperiment { name: name.to_owned() }).await,
    }
}

/// Of several runs with one key the smallest id counts.
async fn run(port: &FakeTracking, key: &str, create: Op) -> Result<(String, bool), Trouble> {
    let search = |mlflow: &Mlflow| -> Vec<String> {
        mlflow.with_tag(KEY_TAG, key).into_iter().map(|(id, _)| id).collect()
    };
    let mut ids = port.read(|state| search(&state.mlflow)).await?;
    let mut created = None;
    if ids.is_empty() {
        created = Some(port.write(create).await?);
        ids = port.read(|state| search(&state.mlflow)).await?;
    }
    let first = ids.remove(0);
    for id in ids {
        port.write(Op::DeleteRun { id }).await?;
    }
    let fresh = created.as_ref() == Some(&first);
    Ok((first, fresh))
}

async fn version(port: &FakeTracking, model: &str, key: &str, create: Op) -> Result<u64, Trouble> {
    let search = |mlflow: &Mlflow| -> Vec<u64> {
        let versions = mlflow.models.get(model).map(|model| model.versions.clone()).unwrap_or_default();
        let hits =
            versions.into_iter().filter(|(_, v)| v.tags.get(KEY_TAG).is_some_and(|found| found == key));
        hits.map(|(number, _)| number).collect()
    };
    let mut numbers = port.read(|state| search(&state.mlflow)).await?;
    if numbers.is_empty() {
        port.write(create).await?;
        numbers = port.read(|state| search(&state.mlflow)).await?;
    }
    let first = numbers.remove(0);
    for number in numbers {
        delete_version(port, model, number).await?;
    }
    Ok(first)
}

/// A version with an alias is left alone: MLflow would delete both.
pub async fn delete_version(port: &FakeTracking, model: &str, version: u64) -> Result<(), Trouble> {
    let free = port
        .read(|state| {
            let found = state.mlflow.models.get(model);
            found.is_some_and(|model| {
                model.versions.contains_key(&version) && !model.aliases.values().any(|held| *held == version)
            })
        })
        .await?;
    if free {
        port.write(Op::DeleteVersion { model: model.to_owned(), version }).await?;
    }
    Ok(())
}

fn end(status: CloseAs) -> RunState {
    match status {
        CloseAs::Finished => RunState::Finished,
        CloseAs::Failed => RunState::Failed,
        CloseAs::Killed => RunState::Killed,
    }
}

async fn close_children(
    port: &FakeTracking,
    parent: &str,
    pinned: &BTreeSet<String>,
    end: RunState,
) -> Result<(), Trouble> {
    let children = port.read(|state| state.mlflow.with_tag("mlflow.parentRunId", parent)).await?;
    for (id, run) in children.into_iter().filter(|(_, run)| run.state == RunState::Open) {
        if run.tags.contains_key(KEY_TAG) && !pinned.contains(&id) {
            port.write(Op::DeleteRun { id }).await?;
            continue;
        }
        let state = match end {
            _ if has_good_result(&run) => RunState::Finished,
            RunState::Finished => RunState::Failed,
            end => end,
        };
        port.write(Op::EndRun { id, state }).await?;
    }
    Ok(())
}

async fn close_trials(port: &FakeTracking, parent: &str, open: &BTreeSet<String>) -> Result<(), Trouble> {
    let children = port.read(|state| state.mlflow.with_tag("mlflow.parentRunId", parent)).await?;
    let is_trial = |run: &Run| run.tags.get(ROLE_TAG).is_some_and(|role| role == "trial");
    for (id, run) in children.into_iter().filter(|(_, run)| run.state == RunState::Open && is_trial(run)) {
        let write = if open.contains(&id) {
            Op::EndRun { id, state: RunState::Killed }
        } else {
            Op::DeleteRun { id }
        };
        drop(run);
        port.write(write).await?;
    }
    Ok(())
}

async fn close(port: &FakeTracking, id: &str, state: RunState, tags: &Tags) -> Result<(), Trouble> {
    let run = port.read(|state| state.mlflow.runs.get(id).cloned()).await?;
    if run.is_some_and(|run| run.state == RunState::Open && !run.deleted) {
        for (key, value) in tags.clone() {
            port.write(Op::TagRun { id: id.to_owned(), key, value }).await?;
        }
        port.write(Op::EndRun { id: id.to_owned(), state }).await?;
    }
    Ok(())
}

fn has_good_result(run: &Run) -> bool {
    let result = run.tags.get(RESULT_TAG).and_then(|text| serde_json::from_str::<StageResult>(text).ok());
    result.is_some_and(|result| !matches!(result.outcome, Outcome::Failed(_)))
}

fn keyed(tags: &Tags, key: &str) -> Tags {
    let mut tags = tags.clone();
    tags.insert(KEY_TAG.to_owned(), key.to_owned());
    tags
}
