//! What a run costs the API server: its writes, each of which somebody stores and every watch is told of.

use std::collections::BTreeMap;

use crate::sample;
use crate::world::World;

/// Verb and kind.
fn without_name(title: &str) -> String {
    title.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_new_pipeline_has_its_first_job_after_one_read_and_one_write_of_its_status() {
    let mut world = World::new();
    world.run_sample().await;
    let requests = world.with(|state| state.injector.requests.clone());
    let first_job = requests.iter().position(|request| request.starts_with("Create jobs")).unwrap();
    let requests: Vec<String> = requests[..=first_job].iter().map(|request| without_name(request)).collect();
    assert_eq!(requests, ["Get trainingpipelines", "Replace trainingpipelines/status", "Create jobs"]);
}

#[tokio::test]
async fn a_run_of_three_jobs_writes_each_thing_once_and_its_status_only_where_something_is_to_be_seen() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["candidates"].as_array_mut().unwrap().truncate(1);
    world.create(pipeline);
    world.settle().await;
    let mut counts = BTreeMap::new();
    for write in world.writes().iter().filter(|write| !write.starts_with("mlflow")) {
        *counts.entry(without_name(write)).or_default() += 1;
    }
    let expected = [
        // The ids before each of three Jobs, the Job, its pod's start; the end.
        ("Replace trainingpipelines/status", 10),
        ("Create jobs", 3),
        // Their ttl, once what they found stands in status.
        ("Merge jobs", 3),
        ("Apply modelversions", 1),
        // Its source, its number, its promotion.
        ("Replace modelversions/status", 3),
        // The model's claim; the intent, that the alias was moved, the end.
        ("Create configmaps", 1),
        ("Replace configmaps", 3),
        ("Create events", 3),
    ];
    assert_eq!(counts, expected.map(|(what, count)| (what.to_owned(), count)).into());
}
