//! The sweep with the rules of the real port.

use podium::plan::{RunState, Trouble};
use podium::tracking::Living;
use podium_contract::{INSTALLATION_TAG, OWNER_UID_TAG};

use super::op::Op;
use super::port::FakeTracking;
use super::store::Run;

pub async fn sweep(port: &FakeTracking, prefix: &str, living: &Living) -> Result<usize, Trouble> {
    let open: Vec<(String, Run)> = port
        .read(|state| {
            let mlflow = &state.mlflow;
            let ours = |run: &Run| mlflow.experiments.get(&run.experiment).is_some_and(|name| name.starts_with(prefix));
            let found = mlflow.with_tag(INSTALLATION_TAG, &living.installation).into_iter();
            found.filter(|(_, run)| run.state == RunState::Open && ours(run)).collect()
        })
        .await?;
    let mut touched = 0;
    for (id, run) in open {
        if let Some(op) = fate(&id, &run, living) {
            port.write(op).await?;
            touched += 1;
        }
    }
    Ok(touched)
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
