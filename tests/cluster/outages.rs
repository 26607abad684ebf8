//! MLflow goes away, and comes back: the work goes on by itself, and nothing is done twice.

use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::message;
use crate::harness::tracker::Tracker;
use crate::harness::{World, changed, pipeline};

fn two_candidates() -> Value {
    json!({"spec": {"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression"},
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 300}},
    ]}})
}

/// Takes MLflow away for a while once `there` is true of the pipeline.
async fn outage(world: &World, name: &str, what: &str, down: Duration, there: impl Fn(&Value) -> bool) {
    world.until("TrainingPipeline", name, what, 240, there).await;
    println!("MLflow stops while {what}");
    world.tracker.stop();
    tokio::time::sleep(down).await;
    world.tracker.start();
}

/// A minute without MLflow, in which the status of pipeline or version comes to say so.
async fn minute_without(world: &World, name: &str, what: &str, there: impl Fn(&Value) -> bool) {
    world.until("TrainingPipeline", name, what, 240, there).await;
    println!("MLflow stops while {what}");
    world.tracker.stop();
    let begin = Instant::now();
    let mut said = None;
    while begin.elapsed() < Duration::from_secs(60) {
        if said.is_none() && says_so(world, name).await {
            said = Some(begin.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    world.tracker.start();
    println!("status says so after {said:?}");
    assert!(said.is_some(), "nothing says in a minute that MLflow is away, while {what}");
}

async fn says_so(world: &World, name: &str) -> bool {
    let pipeline = world.get("TrainingPipeline", name).await;
    let versions = world.list("ModelVersion", "").await;
    versions.iter().chain([&pipeline]).any(|object| {
        let conditions = object["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|one| one["reason"] == "TrackingUnreachable"))
    })
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
    let at_work = |stage: usize| {
        move |seen: &Value| {
            let stage = &seen["status"]["stages"][stage];
            matches!(stage["phase"].as_str(), Some("Running" | "Pending")) && stage["attempts"]["number"] == 1
        }
    };
    minute_without(&world, "steady", "the data are checked", at_work(0)).await;
    minute_without(&world, "steady", "a candidate trains", |seen| candidate_is(seen, 1, "Running")).await;
    minute_without(&world, "steady", "the winner is evaluated", at_work(2)).await;
    minute_without(&world, "steady", "the version is made", |seen| {
        seen["status"]["modelVersion"].is_string()
    })
    .await;
    assert_untouched(&world, "steady").await;
}
