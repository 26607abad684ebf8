//! Containers that hold GPUs and would go on for minutes, on each way in which their sweep stops them.

use serde_json::{Value, json};

use crate::gpus::until_held;
use crate::harness::changed;
use crate::harness::objects::phase;
use crate::sweep_ends::{alike, end, free, is, start};

/// Containers that work for ten minutes each, two at a time.
fn long(more: Value) -> Value {
    let env = json!([{"name": "WORKS", "value": "10m"}]);
    changed(json!({"trial": {"container": {"env": env}}}), more)
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_whose_operator_is_dead_give_their_gpus_back_at_their_deadline_and_the_next_one_fails_their_trials()
 {
    let limits = json!({"limits": {"trialDeadlineSeconds": 15}, "maxFailedTrials": 1});
    let (_alone, world, operator) =
        start("containers-dead", |world| alike(world, long(limits.clone()))).await;
    until_held(&world, 2, "two containers run").await;
    operator.kill();
    free(&world).await;
    let _operator = world.lead().await;
    let seen = world
        .until("HyperparameterSweep", "tune", "ended", 90, |seen| seen["status"]["run"]["closed"] == true)
        .await;
    assert_eq!((phase(&seen), &seen["status"]["run"]["reason"]), ("Failed", &json!("FailureLimit")));
    let told = seen["status"]["message"].as_str().unwrap_or_default();
    assert!(told.contains("it took longer than limits.trialDeadlineSeconds, 15 s"), "{told}");
    free(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_give_their_gpus_back_when_their_sweep_is_suspended_out_of_time_or_deleted() {
    let (_alone, world, _operator) = start("containers-stopped", |world| alike(world, long(json!({})))).await;
    until_held(&world, 2, "two containers run").await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"suspend": true}})).await;
    free(&world).await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"suspend": false}})).await;
    until_held(&world, 2, "two containers run again").await;
    world.change("HyperparameterSweep", "tune", json!({"spec": {"timeLimitSeconds": 1}})).await;
    is(&end(&world).await, "Failed", "TimeLimit");
    let again = json!({"spec": {"timeLimitSeconds": null, "algorithm": {"seed": 99}}});
    world.change("HyperparameterSweep", "tune", again).await;
    until_held(&world, 2, "two containers of another run").await;
    world.delete("HyperparameterSweep", "tune").await;
    free(&world).await;
}
