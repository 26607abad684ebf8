//! Sweeps that earlier ones teach.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::objects::{message, phase, reason};
use crate::harness::{World, changed, sweep};
use crate::sweeps::{assert_each_trial_once, ended, until_trials};

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_learns_from_one_that_is_deleted_and_goes_on_with_what_it_was_taught_after_a_kill() {
    let world = World::new("taught").await;
    world.breast_cancer().await;
    let mut operator = Some(world.lead_with_trials().await);
    world.apply(sweep(&world, "last-week", 12, 3)).await;
    ended(&world, "last-week", 120).await;
    world.delete("HyperparameterSweep", "last-week").await;

    let taught = json!({"spec": {"algorithm": {"name": "TPE"}, "warmStart": {"sweeps": ["last-week"]}}});
    world.apply(changed(sweep(&world, "tune", 20, 2), taught.clone())).await;
    let before = until_trials(&world, "tune", 3, 120).await;
    operator.take().unwrap().kill();
    operator = Some(world.lead_with_trials().await);
    let done = ended(&world, "tune", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 20 trials ended"));
    let pin = &done["status"]["run"]["warmStart"];
    assert_eq!((&pin["trials"], &pin["outside"]), (&json!(12), &json!(0)));
    assert_eq!(*pin, before["status"]["run"]["warmStart"]);
    assert_each_trial_once(&world, "tune", 20).await;
    let told = world.until_told("tune", "WarmStarted", 30).await;
    assert_eq!(told, "warm start: 12 trials of last-week teach the search");

    drop(operator);
}

/// Whoever waits is looked at again and again, and not written each time.
async fn assert_left_alone(world: &World, name: &str) {
    let version =
        async || world.get("HyperparameterSweep", name).await["metadata"]["resourceVersion"].clone();
    // The look that follows the last write.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = version().await;
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_eq!(version().await, before, "{name} is written while it waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn sweeps_of_which_one_teaches_the_other_may_be_applied_in_any_order() {
    let world = World::new("taught-together").await;
    world.breast_cancer().await;
    let mut operator = Some(world.lead_with_trials().await);
    let taught = json!({"spec": {"algorithm": {"name": "TPE"}, "warmStart": {"sweeps": ["first"]}}});
    world.apply(changed(sweep(&world, "second", 6, 2), taught)).await;
    let stalled = world
        .until("HyperparameterSweep", "second", "said what is missing", 30, |seen| {
            reason(seen) == "WarmStartRefused"
        })
        .await;
    assert!(
        message(&stalled).starts_with("spec.warmStart.sweeps[0]: \"first\" is no "),
        "{}",
        message(&stalled)
    );
    assert_eq!((phase(&stalled), &stalled["status"]["run"]), ("Pending", &Value::Null));
    assert_left_alone(&world, "second").await;

    // Suspended: it could have ended before the other looks again.
    world.apply(changed(sweep(&world, "first", 12, 2), json!({"spec": {"suspend": true}}))).await;
    let waiting = world
        .until("HyperparameterSweep", "second", "waiting", 60, |seen| reason(seen) == "WaitingForSweep")
        .await;
    assert_eq!(message(&waiting), "waits for HyperparameterSweep \"first\", which has not run yet");
    operator.take().unwrap().kill();
    operator = Some(world.lead_with_trials().await);
    world.change("HyperparameterSweep", "first", json!({"spec": {"suspend": false}})).await;
    let done = ended(&world, "second", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 6 trials ended"));
    assert_eq!(done["status"]["run"]["warmStart"]["trials"], 12);
    assert_each_trial_once(&world, "second", 6).await;
    drop(operator);
}
