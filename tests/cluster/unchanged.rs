//! What did not change causes no work: applied again, suspended, judged by other bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::{message, phase};
use crate::harness::once::assert_one_of_each;
use crate::harness::world::torch_image;
use crate::harness::{World, changed, pipeline};

/// resourceVersions of all that the operator may write about a pipeline.
async fn versions(world: &World) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for kind in ["TrainingPipeline", "ModelVersion", "Job", "ConfigMap"] {
        for object in world.list(kind, "").await {
            let meta = &object["metadata"];
            let key = format!("{kind}/{}", meta["name"].as_str().unwrap());
            versions.insert(key, meta["resourceVersion"].as_str().unwrap().to_owned());
        }
    }
    versions
}

/// The operator's requests to MLflow that write, by operation.
fn writes(metrics: &str) -> Vec<String> {
    let reads = ["get", "search", "list", "download", "health", "version", "server"];
    metrics
        .lines()
        .filter_map(|line| line.strip_prefix("podium_mlflow_requests_total{operation=\""))
        .filter(|line| !reads.iter().any(|read| line.contains(read)))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_applied_a_hundred_times_unchanged_causes_no_write_anywhere() {
    let world = World::new("unchanged").await;
    world.breast_cancer().await;
    let operator = world.lead().await;
    let manifest = changed(pipeline(&world, "same"), promoted(&world));
    world.apply(manifest.clone()).await;
    let done = world.succeeded("same", 90).await;
    world.version_in(&done, "Promoted", 60).await;
    // The last Jobs get their ttl, the last Events are written.
    tokio::time::sleep(Duration::from_secs(4)).await;

    let before = (versions(&world).await, writes(&operator.metrics().await));
    assert!(!before.1.is_empty(), "the operator counts what it writes to MLflow");
    let runs = world.tracker.runs(&world.namespace, "same").await.all().cloned().collect::<Vec<_>>();
    for _ in 0..100 {
        world.apply(manifest.clone()).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = (versions(&world).await, writes(&operator.metrics().await));
    assert_eq!(after, before);
    let now = world.tracker.runs(&world.namespace, "same").await.all().cloned().collect::<Vec<_>>();
    assert_eq!(now, runs, "MLflow is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_and_resumed_in_mid_run_a_finished_candidate_is_kept_and_a_changed_bound_trains_nothing() {
    let world = World::new("suspend").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let candidates = json!({"spec": {"candidates": [
        {"name": "quick", "algorithm": "LogisticRegression"},
        {"name": "slow", "algorithm": "RandomForest", "parameters": {"n_estimators": 2000}},
    ]}});
    let never = json!({"spec": {"registration": {"promotion": {"mode": "Never"}}}});
    world
        .apply(changed(changed(changed(pipeline(&world, "paused"), promoted(&world)), never), candidates))
        .await;
    let half = |seen: &Value| {
        let all = &seen["status"]["candidates"];
        all[0]["phase"] == "Succeeded" && all[1]["phase"] == "Running"
    };
    let seen = world.until("TrainingPipeline", "paused", "half trained", 90, half).await;
    let quick = seen["status"]["candidates"][0].clone();
    let suspend = |suspend: bool| json!({"spec": {"suspend": suspend}});
    world.change("TrainingPipeline", "paused", suspend(true)).await;
    world.until("TrainingPipeline", "paused", "suspended", 30, |seen| phase(seen) == "Suspended").await;
    world.idle(40).await;
    assert_eq!(
        world.get("TrainingPipeline", "paused").await["status"]["candidates"][1]["phase"],
        "Suspended"
    );

    world.change("TrainingPipeline", "paused", suspend(false)).await;
    let done = world.succeeded("paused", 180).await;
    assert_eq!(done["status"]["candidates"][0], quick, "the finished candidate is as it was");
    assert_eq!(done["status"]["candidates"][1]["attempts"], json!({"number": 2}), "stopping is no failure");
    assert_eq!(done["status"]["run"]["number"], 1);
    world.version_in(&done, "Evaluated", 60).await;

    let jobs = world.list("Job", "").await.len();
    for (min, verdict) in [("0.9999", "Rejected"), ("0.91", "Evaluated")] {
        let gates = json!([{"name": "quality", "metric": "f1_score", "min": min}]);
        world.change("TrainingPipeline", "paused", json!({"spec": {"registration": {"gates": gates}}})).await;
        let version = world.version_in(&done, verdict, 30).await;
        assert!(message(&version).contains(min), "{}", message(&version));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = world.get("TrainingPipeline", "paused").await;
    assert_eq!((&seen["status"]["run"], phase(&seen)), (&done["status"]["run"], "Succeeded"));
    assert_eq!(world.list("Job", "").await.len(), jobs, "no Job was made");
    let runs = world.tracker.runs(&world.namespace, "paused").await;
    assert_eq!(runs.counts(), (1, vec![("quick", 1), ("slow", 1)], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_of_operator_and_trainer_in_mid_run_trains_nothing_again() {
    let world = World::new("upgrade").await;
    world.breast_cancer().await;
    let operator = world.lead().await;
    let candidates = json!({"spec": {"candidates": [
        {"name": "quick", "algorithm": "LogisticRegression"},
        {"name": "slow", "algorithm": "RandomForest", "parameters": {"n_estimators": 2000}},
    ]}});
    world.apply(changed(changed(pipeline(&world, "upgraded"), promoted(&world)), candidates)).await;
    let half = |seen: &Value| {
        let all = &seen["status"]["candidates"];
        all[0]["phase"] == "Succeeded" && all[1]["phase"] == "Running"
    };
    world.until("TrainingPipeline", "upgraded", "half trained", 90, half).await;
    let trained = world.list("Job", "podium.dev/stage=Train").await;
    operator.stop().await;
    // The image with libtorch is the release that comes after: it has the same program under another name.
    let next =
        torch_image().expect("PODIUM_TORCH_IMAGE is not set: scripts/torch, then scripts/images makes it");
    world.configure(changed(world.configuration(), json!({"trainerImage": next})));
    let _operator = world.lead().await;
    let done = world.succeeded("upgraded", 180).await;
    world.version_in(&done, "Promoted", 60).await;
    assert_one_of_each(&world, &world, "upgraded", &[("quick", 1), ("slow", 1)]).await;
    for candidate in done["status"]["candidates"].as_array().unwrap() {
        assert_eq!(candidate["attempts"], json!({"number": 1}), "trained again: {candidate}");
    }
    let uids = |jobs: &[Value]| jobs.iter().map(|job| job["metadata"]["uid"].clone()).collect::<Vec<_>>();
    assert_eq!(uids(&world.list("Job", "podium.dev/stage=Train").await), uids(&trained));
    let evaluated = world.list("Pod", "podium.dev/stage=Evaluate").await;
    assert_eq!(
        evaluated[0]["spec"]["containers"][0]["image"],
        json!(next),
        "what begins later has the new image"
    );
}
