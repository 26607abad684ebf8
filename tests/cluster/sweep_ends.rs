//! Every way in which a sweep ends, on GPUs: no worker runs afterwards, and none is bound.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::containers::containers;
use crate::gpus::{holders, two_gpus, until_held};
use crate::harness::objects::{message, phase, reason};
use crate::harness::operator::Operator;
use crate::harness::{World, changed, sweep};

pub type Alone = tokio::sync::MutexGuard<'static, ()>;

/// A network by two workers with a GPU each, which no container here sees.
fn network(world: &World, more: Value) -> Value {
    let network = json!({"spec": {
        "objective": {"metric": "log_loss", "goal": "Minimize"},
        "parameters": [{"name": "learning_rate", "double": {"min": "0.0001", "max": "0.1", "scale": "Log"}}],
        "trial": {"algorithm": "TorchMLP", "parameters": {"max_iter": null, "hidden": [8], "epochs": 10}},
        "resources": {"cpu": "300m", "memory": "768Mi", "gpu": {"count": 1, "fallback": "Cpu"}},
    }});
    changed(changed(sweep(world, "tune", 1_000, 2), network), json!({"spec": more}))
}

/// So many epochs that no trial ends.
fn endless() -> Value {
    json!({"trial": {"parameters": {"epochs": 100_000}}})
}

pub async fn start(name: &str, object: impl Fn(&World) -> Value) -> (Alone, World, Operator) {
    let alone = two_gpus().await;
    let world = World::new(name).await;
    world.breast_cancer().await;
    let operator = world.lead_with_trials().await;
    world.apply(object(&world)).await;
    (alone, world, operator)
}

/// Waits for the end of a sweep that held GPUs on the way, and until none is bound; its phase, reason and message.
pub async fn end(world: &World) -> (String, String, String) {
    let (begin, mut most) = (Instant::now(), 0);
    let done = loop {
        most = most.max(holders(world).await.len());
        let seen = world.get("HyperparameterSweep", "tune").await;
        if matches!(phase(&seen), "Succeeded" | "Failed") && seen["status"]["run"]["closed"] == true {
            break seen;
        }
        assert!(begin.elapsed() < Duration::from_secs(180), "not ended: {}", seen["status"]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!((1..=2).contains(&most), "{most} pods held a GPU");
    free(world).await;
    (phase(&done).to_owned(), reason(&done).to_owned(), message(&done).to_owned())
}

pub async fn free(world: &World) {
    until_held(world, 0, "the sweep ended").await;
    world.idle(30).await;
}

pub fn is(end: &(String, String, String), phase: &str, reason: &str) {
    assert_eq!((end.0.as_str(), end.1.as_str()), (phase, reason), "{}", end.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_whose_trials_all_ended_holds_no_gpu() {
    let (_alone, world, _operator) =
        start("ends-done", |world| network(world, json!({"maxTrials": 4}))).await;
    is(&end(&world).await, "Succeeded", "Done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_reached_its_target_holds_no_gpu() {
    let target = json!({"objective": {"target": "100"}});
    let (_alone, world, _operator) = start("ends-target", |world| network(world, target.clone())).await;
    is(&end(&world).await, "Succeeded", "TargetReached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_no_longer_improves_holds_no_gpu() {
    let patience = json!({"earlyStopping": {"patience": 1}});
    let (_alone, world, _operator) = start("ends-patience", |world| network(world, patience.clone())).await;
    is(&end(&world).await, "Succeeded", "NoImprovement");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_whose_time_is_over_holds_no_gpu() {
    let limited = changed(endless(), json!({"timeLimitSeconds": 20}));
    let (_alone, world, _operator) = start("ends-time", |world| network(world, limited.clone())).await;
    is(&end(&world).await, "Failed", "TimeLimit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_of_workers_whose_gpu_seconds_are_used_up_holds_no_gpu() {
    let limited = changed(endless(), json!({"gpuTimeLimitSeconds": 20}));
    let (_alone, world, _operator) = start("ends-gpu-time", |world| network(world, limited.clone())).await;
    is(&end(&world).await, "Failed", "GpuTimeLimit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_without_a_device_fails_and_holds_no_gpu() {
    let strict = json!({"resources": {"gpu": {"fallback": null}}});
    let (_alone, world, _operator) = start("ends-device", |world| network(world, strict.clone())).await;
    is(&end(&world).await, "Failed", "DeviceMissing");
}

/// Containers with a GPU each, which all do the same.
pub fn alike(world: &World, more: Value) -> Value {
    let gpu = json!({"parallelism": 2, "resources": {"cpu": "100m", "memory": "64Mi", "gpu": {"count": 1}}});
    containers(world, "tune", 100, changed(gpu, more))
}

fn failing() -> Value {
    let env = json!([{"name": "FAILS", "value": "all"}]);
    json!({"trial": {"container": {"env": env}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_with_too_many_failed_trials_holds_no_gpu_and_says_the_last_error() {
    let limited = changed(failing(), json!({"maxFailedTrials": 3}));
    let (_alone, world, _operator) = start("ends-failures", |world| alike(world, limited.clone())).await;
    let end = end(&world).await;
    is(&end, "Failed", "FailureLimit");
    assert!(end.2.contains("no such column"), "{}", end.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_whose_trials_all_failed_holds_no_gpu_and_says_the_last_error() {
    let (_alone, world, _operator) = start("ends-all-failed", |world| alike(world, failing())).await;
    let end = end(&world).await;
    is(&end, "Failed", "AllFailed");
    assert!(end.2.contains("no such column"), "{}", end.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_whose_metric_no_trial_logs_ends_after_the_first_few_and_names_those_that_were_logged() {
    let other = json!({"objective": {"metric": "accuracy"}});
    let (_alone, world, _operator) = start("ends-no-objective", |world| alike(world, other.clone())).await;
    let end = end(&world).await;
    is(&end, "Failed", "NoObjective");
    assert!(end.2.contains("accuracy") && end.2.contains("loss"), "{}", end.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_sweep_holds_no_gpu() {
    let (_alone, world, _operator) = start("ends-deleted", |world| network(world, endless())).await;
    until_held(&world, 2, "two workers run").await;
    world.delete("HyperparameterSweep", "tune").await;
    free(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_sweep_holds_no_gpu() {
    let (_alone, world, _operator) = start("ends-suspended", |world| network(world, endless())).await;
    until_held(&world, 2, "two workers run").await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"suspend": true}})).await;
    free(&world).await;
    assert_eq!(phase(&world.get("HyperparameterSweep", "tune").await), "Suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_whose_operator_is_dead_give_their_gpus_back_and_the_next_one_goes_on() {
    let limits = json!({
        "maxTrials": 16,
        "limits": {"operatorTimeoutSeconds": 10},
        "trial": {"parameters": {"epochs": 150}},
    });
    let (_alone, world, operator) = start("ends-dead", |world| network(world, limits.clone())).await;
    let some = |seen: &Value| seen["status"]["trials"]["complete"].as_i64().unwrap_or(0) >= 2;
    world.until("HyperparameterSweep", "tune", "on its way", 90, some).await;
    operator.kill();
    free(&world).await;
    let _operator = world.lead_with_trials().await;
    is(&end(&world).await, "Succeeded", "Done");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallelism_that_changes_is_followed_while_the_sweep_runs() {
    let (_alone, world, _operator) =
        start("ends-live", |world| network(world, json!({"parallelism": 1}))).await;
    until_held(&world, 1, "one worker runs").await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"parallelism": 2}})).await;
    until_held(&world, 2, "another worker was asked for").await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"parallelism": 1}})).await;
    until_held(&world, 1, "one worker was told to leave").await;
    let seen = world.get("HyperparameterSweep", "tune").await;
    assert_eq!((phase(&seen), &seen["status"]["run"]["number"]), ("Running", &json!(1)));
    assert_eq!(seen["status"]["trials"]["failed"], 0, "{}", seen["status"]);
}
