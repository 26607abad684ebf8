//! A pipeline deleted at any moment leaves no pod, and its runs are closed.

use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

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
