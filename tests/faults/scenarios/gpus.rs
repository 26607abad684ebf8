//! A budget of GPU seconds: counted by whoever leads, over restarts and a time without any leader, and never twice.

use serde_json::{Value, json};

use crate::api_server::Id;
use crate::sample;
use crate::world::World;

/// Two workers with a GPU each, whose trials take for ever.
async fn held(limit: i64) -> World {
    let mut world = World::new();
    world.with(|state| state.workers.hold_from = Some(0));
    let mut sweep = sample::sweep("tune");
    sweep["spec"]["trial"]["algorithm"] = json!("TorchMLP");
    sweep["spec"]["parameters"] = json!([{"name": "learning_rate", "double": {"min": "0.01", "max": "1"}}]);
    sweep["spec"]["resources"] = json!({"gpu": {"count": 1}});
    sweep["spec"]["gpuTimeLimitSeconds"] = json!(limit);
    world.create_sweep(sweep);
    world.pass(0).await;
    world
}

fn status(world: &World) -> Value {
    let id = Id::new("hyperparametersweeps", "ml", "tune");
    world.with(|state| state.cluster.get(&id).unwrap()["status"].clone())
}

fn seconds(world: &World) -> i64 {
    status(world)["run"]["gpu"]["seconds"].as_i64().unwrap()
}

fn status_writes(world: &World) -> usize {
    world
        .writes()
        .iter()
        .filter(|write| write.contains("hyperparametersweeps") && write.contains("status"))
        .count()
}

#[tokio::test]
async fn a_run_ends_when_its_pods_have_held_as_much_as_they_may() {
    let mut world = held(60).await;
    world.pass(20).await;
    assert_eq!(status(&world)["phase"], "Running");
    world.pass(11).await;
    let status = status(&world);
    assert_eq!((&status["phase"], &status["run"]["reason"]), (&json!("Failed"), &json!("GpuTimeLimit")));
    assert_eq!(seconds(&world), 60);
    assert_eq!(world.with(|state| state.cluster.all("jobs").len()), 0);
    assert!(status["run"]["gpu"]["pods"].as_array().is_none_or(Vec::is_empty), "{status}");
}

#[tokio::test]
async fn other_leaders_go_on_from_the_sum_and_time_alone_is_no_write() {
    let mut world = held(60).await;
    let before = status_writes(&world);
    for _ in 0..5 {
        world.pass(5).await;
        world.restart();
    }
    world.pass(2).await;
    assert_eq!(status_writes(&world), before);
    world.pass(10).await;
    assert_eq!((seconds(&world), &status(&world)["run"]["reason"]), (60, &json!("GpuTimeLimit")));
}

#[tokio::test]
async fn a_pod_that_goes_with_its_job_while_nobody_leads_counts_until_that_is_seen() {
    let mut world = held(600).await;
    world.pass(20).await;
    world.with(|state| {
        state.pass(30);
        let (job, _) = state.cluster.all("jobs").remove(0);
        state.cluster.remove(&job);
    });
    world.restart();
    world.pass(0).await;
    assert_eq!(seconds(&world), 100, "two pods for 50 s");
    world.pass(50).await;
    world.edit_sweep(|sweep| sweep["spec"]["gpuTimeLimitSeconds"] = json!(100));
    world.pass(0).await;
    assert_eq!(status(&world)["run"]["reason"], "GpuTimeLimit");
    assert_eq!(
        seconds(&world),
        200,
        "the one that stayed and the one that took the other's place, 50 s each"
    );
}

#[tokio::test]
async fn a_suspended_sweep_holds_nothing() {
    let mut world = held(600).await;
    world.pass(20).await;
    world.edit_sweep(|sweep| sweep["spec"]["suspend"] = json!(true));
    world.pass(1000).await;
    assert_eq!(seconds(&world), 40);
    world.edit_sweep(|sweep| sweep["spec"]["suspend"] = json!(false));
    world.pass(10).await;
    world.edit_sweep(|sweep| sweep["spec"]["suspend"] = json!(true));
    world.pass(0).await;
    assert_eq!(seconds(&world), 60);
}
