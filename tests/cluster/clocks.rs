//! One replica leads, whatever the clocks say: another one follows it within the lease time, and at once when it stops.

use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::machine::shifted_clock;
use crate::harness::manifests::promoted;
use crate::harness::objects::phase;
use crate::harness::once::assert_one_of_each;
use crate::harness::{World, changed, pipeline};

/// How long a lease counts after its last change, and how often others look.
const LEASE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(5);

fn two_candidates() -> Value {
    json!({"spec": {"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression"},
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 300}},
    ]}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_replica_takes_over_within_the_lease_time_and_at_once_when_the_first_one_stops() {
    let world = World::new("replicas").await;
    world.breast_cancer().await;
    let first = world.lead().await;
    let second = world.start("second");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(first.is_leader().await && !second.is_leader().await, "one leads");
    world.apply(changed(changed(pipeline(&world, "handed-on"), promoted(&world)), two_candidates())).await;
    let training = |seen: &Value| phase(seen) == "Training";
    world.until("TrainingPipeline", "handed-on", "in training", 60, training).await;
    first.kill();
    let dead = Instant::now();
    second.leads(LEASE + LOOK + Duration::from_secs(5)).await;
    println!("the second replica leads {:?} after the first one was killed", dead.elapsed());
    let done = world.succeeded("handed-on", 120).await;
    world.version_in(&done, "Promoted", 60).await;
    let runs = world.tracker.runs(&world.namespace, "handed-on").await;
    assert_eq!(
        (runs.counts(), runs.states()),
        ((1, vec![("forest", 1), ("logistic", 1)], 1), vec![RunStatus::Finished])
    );

    let third = world.start("third");
    tokio::time::sleep(Duration::from_secs(2)).await;
    second.stop().await;
    let stopped = Instant::now();
    third.leads(Duration::from_secs(15)).await;
    println!("the third replica leads {:?} after the second one was told to stop", stopped.elapsed());
    assert_eq!(world.get("Lease", "leader").await["spec"]["leaseTransitions"], 2);
}

/// Writes the lease as a leader whose clock is off by so many seconds.
async fn renew(world: &World, off: i64, count: i64) {
    let now = Timestamp::now().checked_add(SignedDuration::from_secs(off)).unwrap();
    world
        .apply(json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "leader", "namespace": world.namespace, "annotations": {"test/renewal": count.to_string()}},
            "spec": {"holderIdentity": "another", "leaseDurationSeconds": 30, "leaseTransitions": 7,
                "acquireTime": MicroTime(now), "renewTime": MicroTime(now)}}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_whose_clock_is_a_minute_off_is_left_alone_while_it_renews_and_followed_once_it_is_dead() {
    let world = World::new("clocks").await;
    // A clock that is late makes each renewal look long expired.
    renew(&world, -60, 0).await;
    let operator = world.start("us");
    for count in 1..=9 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        renew(&world, -60, count).await;
        assert!(!operator.is_leader().await, "the lease was taken from a leader that is alive");
    }
    // One that is early makes it look fresh for long.
    renew(&world, 60, 10).await;
    let dead = Instant::now();
    operator.leads(LEASE + LOOK + Duration::from_secs(5)).await;
    println!("followed {:?} after the last renewal", dead.elapsed());
    assert!(dead.elapsed() > LEASE - LOOK, "followed too early");
    assert_eq!(world.get("Lease", "leader").await["spec"]["leaseTransitions"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_whose_clocks_are_two_minutes_apart_lead_one_after_the_other_and_do_the_work_once() {
    let world = World::new("apart").await;
    world.breast_cancer().await;
    let ahead = world.lead_with(shifted_clock(60)).await;
    let behind = world.start_as("behind", shifted_clock(-60));
    world.apply(changed(changed(pipeline(&world, "timeless"), promoted(&world)), two_candidates())).await;
    let training = |seen: &Value| phase(seen) == "Training";
    let seen = world.until("TrainingPipeline", "timeless", "in training", 60, training).await;
    let said: Timestamp = seen["status"]["run"]["startedAt"].as_str().unwrap().parse().unwrap();
    assert!(said > Timestamp::now() + SignedDuration::from_secs(30), "the clock of the leader is not ahead");
    assert!(!behind.is_leader().await, "both lead");
    ahead.kill();
    let dead = Instant::now();
    behind.leads(LEASE + LOOK + Duration::from_secs(5)).await;
    println!("the replica behind leads {:?} after the one ahead was killed", dead.elapsed());
    let done = world.succeeded("timeless", 120).await;
    world.version_in(&done, "Promoted", 60).await;
    assert_one_of_each(&world, &world, "timeless", &[("forest", 1), ("logistic", 1)]).await;
    for candidate in done["status"]["candidates"].as_array().unwrap() {
        assert_eq!(candidate["attempts"], json!({"number": 1}), "trained again: {candidate}");
    }
}
