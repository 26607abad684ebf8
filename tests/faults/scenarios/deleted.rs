//! A pipeline that somebody deletes, at each single write of its life: nothing runs on, nothing stays open, nothing is there twice.

use std::collections::BTreeMap;

use podium::plan::RunState;
use podium_contract::KEY_TAG;

use super::every_write::LIFE;
use crate::injector::Fault;
use crate::lives::{before, faultless};
use crate::state::State;
use crate::world::World;

/// What must not be, once everything has settled.
fn wrong(state: &State) -> Vec<String> {
    let mut wrong = Vec::new();
    let jobs = state.cluster.all("jobs");
    wrong.extend(jobs.iter().map(|(id, _)| format!("the Job {} is there", id.name)));
    let runs = state.mlflow.runs.values().filter(|run| !run.deleted && run.tags.contains_key(KEY_TAG));
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *keys.entry(run.tags[KEY_TAG].as_str()).or_default() += 1;
        if run.state == RunState::Open {
            wrong.push(format!("the run {} is open", run.name));
        }
        if run.ends > 1 {
            wrong.push(format!("the run {} was closed {} times", run.name, run.ends));
        }
    }
    wrong.extend(
        keys.iter().filter(|(_, count)| **count > 1).map(|(key, count)| format!("{count} runs of {key}")),
    );
    for model in state.mlflow.models.values() {
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        for run in model.versions.values().filter_map(|version| version.run_id.as_deref()) {
            *made.entry(run).or_default() += 1;
        }
        wrong.extend(
            made.iter()
                .filter(|(_, count)| **count > 1)
                .map(|(run, count)| format!("{count} versions of {run}")),
        );
    }
    for (_, object) in state.cluster.all("configmaps") {
        let record: serde_json::Value =
            serde_json::from_str(object["data"]["record.json"].as_str().unwrap()).unwrap();
        if !record["intent"].is_null() {
            wrong.push(format!("an intent is open: {}", record["intent"]));
        }
    }
    wrong
}

#[tokio::test]
async fn a_pipeline_deleted_at_any_write_leaves_no_pod_no_open_run_no_second_version_and_no_open_intent() {
    let (_, snapshots, writes) = faultless(&LIFE).await;
    let mut found = Vec::new();
    for (number, write) in writes.iter().enumerate() {
        let mut world = World::at(before(&snapshots, number));
        world.with(|state| state.injector.planned = Some((number, Fault::Deleted)));
        world.end_step().await;
        // Whoever wrote into a run while it was swept away is behind it by now.
        let ending = world.end_step().await;
        assert!(ending.pipelines.is_empty(), "{number}, {write}");
        let wrong = world.with(|state| wrong(state));
        found.extend(wrong.into_iter().map(|wrong| format!("{number}, {write}: {wrong}")));
    }
    assert!(found.is_empty(), "{} are wrong:\n{}", found.len(), found.join("\n"));
}
