//! GPUs: two at a time on a node that has two, and free again however a run ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::node::{Lost, Spare, until_given_up};
use crate::harness::objects::{message, phase, reason};
use crate::harness::operator::Operator;
use crate::harness::world::torch_image;
use crate::harness::{World, changed, pipeline};

/// A perceptron that asks for a GPU, which no container here sees.
fn perceptron(name: &str, epochs: u32, fallback: bool) -> Value {
    let mut gpu = json!({"count": 1});
    if fallback {
        gpu["fallback"] = json!("Cpu");
    }
    json!({"name": name, "algorithm": "TorchMLP", "parameters": {"hidden": [8], "epochs": epochs},
        "resources": {"cpu": "300m", "memory": "1Gi", "gpu": gpu}})
}

fn with_candidates(world: &World, name: &str, candidates: &[Value]) -> Value {
    changed(pipeline(world, name), json!({"spec": {"candidates": candidates}}))
}

fn has_gpu(pod: &Value) -> bool {
    let all = ["initContainers", "containers"].map(|kind| pod["spec"][kind].as_array().into_iter().flatten());
    all.into_iter().flatten().any(|container| container["resources"]["limits"]["nvidia.com/gpu"].is_string())
}

/// Pods that hold a GPU: on a node, not ended, without a deletion timestamp.
pub async fn holders(world: &World) -> Vec<String> {
    let holds = |pod: &&Value| {
        pod["metadata"].get("deletionTimestamp").is_none()
            && matches!(phase(pod), "Pending" | "Running")
            && pod["spec"]["nodeName"].is_string()
            && has_gpu(pod)
    };
    let pods = world.list("Pod", "").await;
    pods.iter().filter(holds).map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

pub async fn until_held(world: &World, count: usize, why: &str) {
    let begin = Instant::now();
    while holders(world).await.len() != count {
        assert!(
            begin.elapsed() < Duration::from_secs(90),
            "{why}: {:?} hold GPUs, not {count}",
            holders(world).await
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Tests of GPUs need the image with libtorch; the machine has two GPUs, so they share one test at a time.
pub async fn two_gpus() -> tokio::sync::MutexGuard<'static, ()> {
    static GPUS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    assert!(
        torch_image().is_some(),
        "PODIUM_TORCH_IMAGE is not set: scripts/torch, then scripts/images makes it"
    );
    GPUS.lock().await
}

#[tokio::test(flavor = "multi_thread")]
async fn four_gpu_candidates_run_two_at_a_time_and_a_cpu_one_does_not_wait() {
    let _alone = two_gpus().await;
    let world = World::new("two-gpus").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let mut candidates: Vec<_> =
        (1..=4).map(|number| perceptron(&format!("net-{number}"), 60, true)).collect();
    candidates.push(json!({"name": "logistic", "algorithm": "LogisticRegression"}));
    world.apply(with_candidates(&world, "four", &candidates)).await;
    let (mut most, mut waited) = (0, false);
    let begin = Instant::now();
    let done = loop {
        let held = holders(&world).await.len();
        assert!(held <= 2, "{held} pods hold two GPUs");
        most = most.max(held);
        let seen = world.get("TrainingPipeline", "four").await;
        let all = seen["status"]["candidates"].as_array().cloned().unwrap_or_default();
        let nets_open = all.iter().take(4).any(|one| one["phase"] == "Pending");
        waited |= nets_open && all.get(4).is_some_and(|one| one["phase"] == "Succeeded");
        if matches!(phase(&seen), "Succeeded" | "Failed") {
            break seen;
        }
        assert!(begin.elapsed() < Duration::from_secs(300), "not ended: {}", seen["status"]);
        tokio::time::sleep(Duration::from_millis(150)).await;
    };
    assert_eq!(phase(&done), "Succeeded", "{}", message(&done));
    assert_eq!(most, 2, "both GPUs were used at once");
    assert!(waited, "the CPU candidate had ended while a GPU one still waited for a GPU");
    assert_eq!(holders(&world).await, Vec::<String>::new());
    let runs = world.tracker.runs(&world.namespace, "four").await;
    for number in 1..=4 {
        let run = &runs.candidates[&format!("net-{number}")][0];
        assert_eq!(
            run.data.metric("gpu_used").map(|point| point.value.get()),
            Some(0.0),
            "fell back to the CPU"
        );
    }
}

/// Two candidates that would hold a GPU each for hours.
async fn holding_two(
    name: &str,
    run: &str,
    more: Value,
) -> (tokio::sync::MutexGuard<'static, ()>, World, Operator) {
    let alone = two_gpus().await;
    let world = World::new(name).await;
    world.breast_cancer().await;
    let operator = world.lead().await;
    let long = [perceptron("one", 100_000, true), perceptron("two", 100_000, true)];
    world.apply(changed(with_candidates(&world, run, &long), json!({"spec": more}))).await;
    until_held(&world, 2, "two candidates train").await;
    (alone, world, operator)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_without_a_device_fails_and_holds_no_gpu() {
    let _alone = two_gpus().await;
    let world = World::new("gpu-failed").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    world.apply(with_candidates(&world, "failed", &[perceptron("strict", 5, false)])).await;
    let seen = world.ended("failed", 120).await;
    assert_eq!(phase(&seen), "Failed");
    assert!(message(&seen).contains("DeviceMissing"), "{}", message(&seen));
    until_held(&world, 0, "a candidate without a device failed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_pipeline_holds_no_gpu() {
    let (_alone, world, _operator) = holding_two("gpu-deleted", "deleted", json!({})).await;
    world.delete("TrainingPipeline", "deleted").await;
    until_held(&world, 0, "the pipeline was deleted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_pipeline_holds_no_gpu() {
    let (_alone, world, _operator) = holding_two("gpu-suspended", "suspended", json!({})).await;
    world.change("TrainingPipeline", "suspended", json!({"spec": {"suspend": true}})).await;
    until_held(&world, 0, "the pipeline was suspended").await;
    assert_eq!(phase(&world.get("TrainingPipeline", "suspended").await), "Suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_whose_deadline_passed_holds_no_gpu() {
    let limits = json!({"limits": {"activeDeadlineSeconds": 40}});
    let (_alone, world, _operator) = holding_two("gpu-late", "late", limits).await;
    until_held(&world, 0, "the deadline passed").await;
    let seen = world.ended("late", 30).await;
    assert_eq!(reason(&seen), "DeadlineExceeded");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: a Job has a minute more than its run"]
async fn a_pipeline_whose_operator_is_dead_holds_no_gpu_a_minute_after_its_deadline() {
    let limits = json!({"limits": {"activeDeadlineSeconds": 30}});
    let (_alone, world, operator) = holding_two("gpu-dead", "dead", limits).await;
    operator.kill();
    until_held(&world, 0, "the deadline of the Jobs passed").await;
    let _operator = world.lead().await;
    let seen = world.ended("dead", 30).await;
    assert_eq!(reason(&seen), "DeadlineExceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_ends_while_no_operator_runs_holds_no_gpu_and_is_not_trained_again() {
    let _alone = two_gpus().await;
    let world = World::new("gpu-orphaned").await;
    world.breast_cancer().await;
    let operator = world.lead().await;
    world.apply(with_candidates(&world, "orphaned", &[perceptron("short", 20, true)])).await;
    until_held(&world, 1, "a candidate trains").await;
    operator.kill();
    until_held(&world, 0, "the pod ended while no operator ran").await;
    let _operator = world.lead().await;
    let seen = world.succeeded("orphaned", 120).await;
    assert_eq!(seen["status"]["candidates"][0]["attempts"], json!({"number": 1}));
    until_held(&world, 0, "the run succeeded").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: no other pod starts on this machine meanwhile"]
async fn the_gpus_of_a_lost_node_are_held_by_nobody() {
    let _alone = two_gpus().await;
    let world = World::new("gpu-node").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let long = [perceptron("one", 100_000, true), perceptron("two", 100_000, true)];
    world.apply(with_candidates(&world, "lost", &long)).await;
    until_held(&world, 2, "two candidates train").await;
    let _spare = Spare::node(&world).await;
    let lost = Lost::node(&world.namespace);
    until_given_up(&world).await;
    until_held(&world, 0, "their node is lost").await;
    // The next attempts wait for a node that has GPUs.
    let again = |seen: &Value| {
        let all = seen["status"]["candidates"].as_array().cloned().unwrap_or_default();
        all.iter().all(|one| one["attempts"] == json!({"number": 2}))
    };
    world.until("TrainingPipeline", "lost", "trying again elsewhere", 60, again).await;
    assert_eq!(holders(&world).await, Vec::<String>::new());
    drop(lost);
    until_held(&world, 2, "the node is back").await;
    world.delete("TrainingPipeline", "lost").await;
    until_held(&world, 0, "the pipeline was deleted").await;
}
