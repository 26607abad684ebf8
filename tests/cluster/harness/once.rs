//! Exactly one effect: what must be true of a promoted pipeline, whatever died on the way.

use std::collections::BTreeSet;

use podium_mlflow::RunStatus;
use serde_json::json;

use super::World;
use super::tracker::record;

/// One parent run, so many runs a candidate, one evaluation, one version, one move of the alias; the model's record
/// lies in the namespace of `home`, where the operator lives.
pub async fn assert_one_of_each(world: &World, home: &World, name: &str, candidates: &[(&str, usize)]) {
    let runs = world.tracker.runs(&world.namespace, name).await;
    assert_eq!(runs.counts(), (1, candidates.to_vec(), 1));
    assert_eq!(runs.states(), [RunStatus::Finished]);
    assert_eq!(world.tracker.versions(&world.model).await.len(), 1);
    assert_eq!(world.tracker.alias(&world.model, "champion").await, Some(1));
    let record = home.record(&world.model).await;
    assert_eq!(record["sequence"], 1, "one move was ever opened: {record}");
    let history = record["aliases"]["champion"]["history"].as_array().unwrap();
    let moves: Vec<_> = history.iter().map(|one| (&one["action"], &one["version"])).collect();
    assert_eq!(moves, [(&json!("Promote"), &json!("1"))], "{record}");
}

/// These trials of a sweep have a run that is there, and no trial has two.
pub async fn assert_each_has_one_run(world: &World, sweep: &str, trials: &[i64]) {
    let runs = world.tracker.runs_of_role(&world.namespace, sweep, "trial").await;
    let all: Vec<i64> = runs.iter().map(|run| record(run).number).collect();
    let different: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!(different.len(), all.len(), "{all:?}");
    assert!(trials.iter().all(|trial| different.contains(trial)), "{trials:?} of {all:?}");
}
