//! A replica or MLflow goes away, and comes back: the work goes on by itself, and nothing is done twice.

use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::{message, phase};
use crate::harness::tracker::Tracker;
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

/// Takes MLflow away for a while once `there` is true of the pipeline.
async fn outage(world: &World, name: &str, what: &str, down: Duration, there: impl Fn(&Value) -> bool) {
    world.until("TrainingPipeline", name, what, 240, there).await;
    println!("MLflow stops while {what}");
    world.tracker.stop();
    tokio::time::sleep(down).await;
    world.tracker.start();
}

/// All steps at their first attempt, one run each, promoted.
async fn assert_untouched(world: &World, name: &str) {
    let done = world.succeeded(name, 240).await;
    for candidate in done["status"]["candidates"].as_array().unwrap() {
        assert_eq!(candidate["attempts"], json!({"number": 1}), "trained again: {candidate}");
    }
    let version = world.version_in(&done, "Promoted", 120).await;
    assert_eq!(version["status"]["version"], "1");
    let runs = world.tracker.runs(&world.namespace, name).await;
    let candidates: Vec<_> = runs.counts().1.iter().map(|(_, count)| *count).collect();
    assert_eq!((runs.counts().0, candidates, runs.counts().2), (1, vec![1, 1], 1));
    assert_eq!(runs.states(), [RunStatus::Finished]);
    for run in runs.candidates.values().flatten() {
        assert!(run.data.metric("cv_f1_score").is_some(), "metrics of {:?} are missing", run.info.run_id);
    }
    assert_eq!(world.record(&world.model).await["sequence"], 1);
}

fn candidate_is(seen: &Value, index: usize, phase: &str) -> bool {
    seen["status"]["candidates"][index]["phase"] == phase
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mlflow_status_says_so_and_a_model_finished_meanwhile_is_not_trained_again() {
    let world = World::on("outage", Tracker::own("outage", &["--workers", "1"])).await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    world.tracker.stop();
    world.apply(changed(changed(pipeline(&world, "patient"), promoted(&world)), two_candidates())).await;
    let told = |seen: &Value| {
        seen["status"]["conditions"][0]["reason"] == "TrackingUnreachable" && message(seen).contains("MLflow")
    };
    world.until("TrainingPipeline", "patient", "saying that MLflow is away", 40, told).await;
    assert!(world.list("Job", "").await.is_empty(), "no pod starts without a run to write to");
    world.tracker.start();
    let training = |seen: &Value| candidate_is(seen, 1, "Running");
    outage(&world, "patient", "a candidate trains", Duration::from_secs(15), training).await;
    assert_untouched(&world, "patient").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: MLflow is away for a minute four times"]
async fn mlflow_may_be_away_for_a_minute_in_every_stage() {
    let world = World::on("minutes", Tracker::own("minutes", &["--workers", "1"])).await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    world.apply(changed(changed(pipeline(&world, "steady"), promoted(&world)), two_candidates())).await;
    let minute = Duration::from_secs(60);
    let at_work = |stage: usize| {
        move |seen: &Value| {
            let stage = &seen["status"]["stages"][stage];
            matches!(stage["phase"].as_str(), Some("Running" | "Pending")) && stage["attempts"]["number"] == 1
        }
    };
    outage(&world, "steady", "the data are checked", minute, at_work(0)).await;
    outage(&world, "steady", "a candidate trains", minute, |seen| candidate_is(seen, 1, "Running")).await;
    outage(&world, "steady", "the winner is evaluated", minute, at_work(2)).await;
    outage(&world, "steady", "the version is made", minute, |seen| {
        seen["status"]["modelVersion"].is_string()
    })
    .await;
    assert_untouched(&world, "steady").await;
}
