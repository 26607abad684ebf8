//! The sweep with the rules of the real port.

use podium::plan::{RunState, Trouble};
use podium::settings::Grant;
use podium::tracking::Living;
use podium_contract::{INSTALLATION_TAG, KEY_TAG, OWNER_UID_TAG};

use super::effects;
use super::op::Op;
use super::port::FakeTracking;
use super::store::Run;

pub async fn sweep(port: &FakeTracking, grant: &Grant, living: &Living) -> Result<usize, Trouble> {
    let open: Vec<(String, Run)> = port
        .read(|state| {
            let mlflow = &state.mlflow;
            let ours = |run: &Run| {
                mlflow
                    .experiments
                    .get(&run.experiment)
                    .is_some_and(|name| name.starts_with(&grant.experiment_prefix))
            };
            let found = mlflow.with_tag(INSTALLATION_TAG, &living.installation).into_iter();
            found.filter(|(_, run)| run.state == RunState::Open && ours(run)).collect()
        })
        .await?;
    let mut touched = 0;
    for (id, run) in open {
        if let Some(op) = fate(&id, &run, living) {
            let copy = matches!(op, Op::EndRun { .. }) && is_copy(port, &run).await?;
            port.write(if copy { Op::DeleteRun { id } } else { op }).await?;
            touched += 1;
        }
    }
    for model in &grant.models {
        touched += stray_versions(port, model).await?;
    }
    Ok(touched)
}

async fn is_copy(port: &FakeTracking, run: &Run) -> Result<bool, Trouble> {
    let Some(key) = run.tags.get(KEY_TAG) else { return Ok(false) };
    Ok(port.read(|state| state.mlflow.with_tag(KEY_TAG, key).len()).await? > 1)
}

/// Of several versions of one key the smallest number counts.
async fn stray_versions(port: &FakeTracking, model: &str) -> Result<usize, Trouble> {
    let versions = port
        .read(|state| state.mlflow.models.get(model).map(|model| model.versions.clone()).unwrap_or_default())
        .await?;
    let mut seen = std::collections::BTreeSet::new();
    let strays: Vec<u64> = versions
        .iter()
        .filter(|(_, version)| version.tags.get(KEY_TAG).is_some_and(|key| !seen.insert(key.clone())))
        .map(|(number, _)| *number)
        .collect();
    for number in &strays {
        effects::delete_version(port, model, *number).await?;
    }
    Ok(strays.len())
}

fn fate(id: &str, run: &Run, living: &Living) -> Option<Op> {
    let uid = run.tags.get(OWNER_UID_TAG)?;
    if run.started_ms >= living.before_ms {
        return None;
    }
    let close = Op::EndRun { id: id.to_owned(), state: RunState::Killed };
    let Some(owner) = living.owners.get(uid) else { return Some(close) };
    if owner.pinned.contains(id) {
        return None;
    }
    let of_open_run = owner.open_run.is_some() && run.tags.get("podium.dev/run") == owner.open_run.as_ref();
    Some(if of_open_run { Op::DeleteRun { id: id.to_owned() } } else { close })
}
