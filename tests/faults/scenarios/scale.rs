//! The largest that the schema allows.

use serde_json::json;

use crate::ending::Ending;
use crate::sample;
use crate::world::World;

#[tokio::test]
async fn a_hundred_candidates_are_trained_once_each_and_the_best_wins() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    let candidates = (0..100).map(|n| json!({"name": format!("c{n}"), "algorithm": "LogisticRegression"}));
    pipeline["spec"]["candidates"] = candidates.collect();
    world.with(|state| state.trainer.scores.insert("c57".into(), 0.9));
    world.create(pipeline);
    world.settle().await;
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(world.status()["best"]["candidate"], "c57");
    assert_eq!((ending.runs.len(), ending.work.len()), (102, 102));
    assert!(ending.runs.values().all(|count| *count == 1));
}

#[tokio::test]
async fn names_of_253_characters_work() {
    let mut world = World::new();
    let name = format!("a{}z", ".b-c".repeat(63).get(..251).unwrap());
    assert_eq!(name.len(), 253);
    world.create(sample::pipeline(&name));
    world.settle().await;
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.pipelines[&name]["phase"], "Succeeded");
    let jobs = world.with(|state| state.cluster.all("jobs"));
    assert!(jobs.iter().all(|(id, _)| id.name.len() <= 63), "{jobs:?}");
    assert_eq!(ending.moves, ["champion to run 1"]);
}
