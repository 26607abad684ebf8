//! What goes: a pipeline deleted at any moment leaves no pod and no open run; a version goes with its object where that
//! was asked for and nobody uses it.

use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::phase;
use crate::harness::{World, changed, pipeline};

/// Waits until a pod of a stage is there; a quick one ends before the kubelet has called it running.
async fn stage_is_at_work(world: &World, name: &str, wanted: &str) {
    let begin = Instant::now();
    loop {
        let labels = format!("podium.dev/owner={name},podium.dev/stage={wanted}");
        if world.list("Pod", &labels).await.iter().any(|pod| matches!(phase(pod), "Pending" | "Running")) {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "no pod of {name} is in the stage {wanted}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_deleted_in_any_stage_leaves_no_pod_and_its_runs_are_closed_as_killed() {
    let world = World::new("deletion").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let forest = json!({"spec": {"candidates": [
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 1000}},
    ]}});
    let stages = [("in-validate", "Validate"), ("in-train", "Train"), ("in-evaluate", "Evaluate")];
    for (name, _) in stages {
        world.apply(changed(pipeline(&world, name), forest.clone())).await;
    }
    let deletions = stages.map(|(name, stage)| {
        let world = &world;
        async move {
            stage_is_at_work(world, name, stage).await;
            world.delete("TrainingPipeline", name).await;
        }
    });
    futures::future::join_all(deletions).await;
    world.idle(60).await;
    assert_eq!(world.list("TrainingPipeline", "").await, Vec::<Value>::new());

    // The sweeper leaves runs younger than two minutes alone and looks each minute.
    let begin = Instant::now();
    loop {
        let mut open = Vec::new();
        for (name, _) in stages {
            let runs = world.tracker.runs(&world.namespace, name).await;
            assert_eq!(runs.parents.len(), 1, "{name}");
            let parent = runs.parents[0].info.status.known().unwrap();
            assert!(matches!(parent, RunStatus::Running | RunStatus::Killed), "{name}: {parent:?}");
            let running = |state: &RunStatus| matches!(state, RunStatus::Running | RunStatus::Scheduled);
            if runs.states().iter().any(running) {
                open.push(name);
            }
        }
        if open.is_empty() {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(240), "runs of {open:?} are still open");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let train = world.tracker.runs(&world.namespace, "in-train").await;
    assert_eq!(train.states(), [RunStatus::Killed], "parent and candidate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_goes_from_mlflow_with_its_object_where_that_is_asked_for_and_it_holds_no_alias() {
    let world = World::new("leaving").await;
    let _operator = world.lead().await;
    let model = &world.model;
    let goes = json!({"spec": {"deletionPolicy": "Delete"}});
    for (name, mode, policy) in
        [("loser", "Never", &goes), ("kept", "Never", &json!({})), ("holder", "Auto", &goes)]
    {
        let version = world.version_by_hand(model, 0.9).await;
        let object = world.model_version(name, model, json!({"version": version}), mode);
        world.apply(changed(object, policy.clone())).await;
    }
    world.version_is("loser", "Evaluated", "Evaluated", 30).await;
    world.version_is("kept", "Evaluated", "Evaluated", 30).await;
    world.version_is("holder", "Promoted", "Promoted", 30).await;
    for name in ["loser", "kept", "holder"] {
        world.delete("ModelVersion", name).await;
    }
    for name in ["loser", "kept", "holder"] {
        world.gone("ModelVersion", name, 30).await;
    }
    let mut left: Vec<_> =
        world.tracker.versions(model).await.iter().map(|version| version.version.get()).collect();
    left.sort_unstable();
    assert_eq!(left, [2, 3]);
    assert_eq!(world.tracker.alias(model, "champion").await, Some(3));
    let why = world.until_told("holder", "VersionKept", 10).await;
    assert_eq!(why, format!("version 3 of model {model:?} stays in MLflow: it holds champion"));
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_jobs_go_after_their_time_and_what_they_found_stays() {
    let world = World::new("ttl").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let soon = json!({"spec": {"limits": {"ttlSecondsAfterFinished": 3}}});
    world.apply(changed(changed(pipeline(&world, "brief"), promoted(&world)), soon)).await;
    let done = world.succeeded("brief", 120).await;
    world.version_in(&done, "Promoted", 60).await;
    let begin = Instant::now();
    while !(world.list("Job", "").await.is_empty() && world.list("Pod", "").await.is_empty()) {
        assert!(begin.elapsed() < Duration::from_secs(60), "Jobs or pods stay");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Nothing takes their absence for a loss.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let seen = world.get("TrainingPipeline", "brief").await;
    assert_eq!((phase(&seen), &seen["status"]), ("Succeeded", &done["status"]));
    assert!(world.list("Job", "").await.is_empty(), "nothing is trained again");
    assert_eq!(world.tracker.runs(&world.namespace, "brief").await.counts(), (1, vec![("logistic", 1)], 1));
}
