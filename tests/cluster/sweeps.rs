//! Sweeps: workers in pods, the operator as a process of this host that serves them their trials, each trial in MLflow.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use podium_contract::TRIAL_RESULT_TAG;
use podium_mlflow::{ArtifactPath, Run, RunStatus};
use serde_json::{Value, json};

use crate::harness::objects::{message, phase};
use crate::harness::once::assert_each_has_one_run;
use crate::harness::tracker::{Tracker, record};
use crate::harness::world::torch_image;
use crate::harness::{World, changed, sweep};

pub async fn ended(world: &World, name: &str, seconds: u64) -> Value {
    let over = |seen: &Value| {
        matches!(phase(seen), "Succeeded" | "Failed") && seen["status"]["run"]["closed"] == true
    };
    world.until("HyperparameterSweep", name, "ended", seconds, over).await
}

pub async fn until_trials(world: &World, name: &str, count: i64, seconds: u64) -> Value {
    let what = format!("at {count} trials");
    let enough = |seen: &Value| seen["status"]["trials"]["complete"].as_i64().unwrap_or(0) >= count;
    world.until("HyperparameterSweep", name, &what, seconds, enough).await
}

/// Each number from 0 once, with its parameters and a value, and all of them closed.
pub async fn assert_each_trial_once(world: &World, name: &str, count: i64) -> BTreeMap<i64, f64> {
    let runs = world.tracker.runs_of_role(&world.namespace, name, "trial").await;
    let mut numbers: Vec<i64> = runs.iter().map(|run| record(run).number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
    let mut points = BTreeMap::new();
    for run in &runs {
        let record = record(run);
        assert!(run.info.status.is(RunStatus::Finished), "trial {}: {:?}", record.number, run.info.status);
        assert!(run.data.tag(TRIAL_RESULT_TAG).is_some(), "trial {} has no result", record.number);
        let stated: f64 = run.data.param("C").unwrap().parse().unwrap();
        assert_eq!(Some(stated), record.parameters["C"].as_f64());
        assert!(
            run.data.metric("cv_f1_score").is_some_and(|point| point.value.get() > 0.5),
            "{:?}",
            run.data.metrics
        );
        points.insert(record.number, stated);
    }
    points
}

/// Every file of a sweep's report as MLflow has it.
async fn report(world: &World, summary: &Run) -> BTreeMap<String, Vec<u8>> {
    let charts = [
        "optimization_history",
        "parameter_importance",
        "parallel_coordinates",
        "parameter_impact",
        "top_trials",
    ];
    let charts = charts.iter().flat_map(|name| ["svg", "png"].map(|kind| format!("charts/{name}.{kind}")));
    let tables = [
        "all_tuning_results.json",
        "all_tuning_results.csv",
        "tuned_model_info.json",
        "tuning_summary_report.json",
    ];
    let mut files = BTreeMap::new();
    for name in charts.chain(tables.map(str::to_owned)) {
        let path: ArtifactPath = name.parse().unwrap();
        let bytes = world.tracker.client.get_artifact(&summary.info.artifact_root(), &path, 1 << 22).await;
        let bytes = bytes.unwrap_or_else(|error| panic!("{name}: {error}")).to_vec();
        let begins = match name.rsplit('.').next() {
            Some("svg") => &b"<svg"[..],
            Some("png") => b"\x89PNG",
            _ => b"",
        };
        assert!(bytes.len() > 100 && bytes.starts_with(begins), "{name} has {} bytes", bytes.len());
        files.insert(name, bytes);
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_runs_its_trials_in_few_pods_and_each_stands_in_mlflow_with_its_report() {
    let world = World::new("sweep").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    world.apply(sweep(&world, "tune", 40, 3)).await;
    let done = ended(&world, "tune", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 40 trials ended"));
    let status = &done["status"];
    assert_eq!(status["trials"], json!({"running": 0, "complete": 40, "stopped": 0, "failed": 0}));
    assert_eq!((&status["progress"], &status["algorithm"]["name"]), (&json!("40/40"), &json!("Random")));
    assert_eq!(status["top"].as_array().unwrap().len(), 10);
    assert_eq!(status["workers"]["made"], 3, "no worker was made twice");
    assert_each_trial_once(&world, "tune", 40).await;

    let parents = world.tracker.runs_of_role(&world.namespace, "tune", "sweep").await;
    assert_eq!(
        parents.iter().map(|run| run.info.status.known()).collect::<Vec<_>>(),
        [Some(RunStatus::Finished)]
    );
    let summary = world.tracker.runs_of_role(&world.namespace, "tune", "summary").await;
    assert_eq!(summary.len(), 1);
    let files = report(&world, &summary[0]).await;
    let best: Value = serde_json::from_slice(&files["tuned_model_info.json"]).unwrap();
    assert_eq!(best["trial"], status["best"]["number"]);
    assert_eq!(best["parameters"], status["best"]["parameters"]);
    let all: Value = serde_json::from_slice(&files["all_tuning_results.json"]).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 40);
    assert_eq!(String::from_utf8_lossy(&files["all_tuning_results.csv"]).lines().count(), 41, "and a header");
    let told: Value = serde_json::from_slice(&files["tuning_summary_report.json"]).unwrap();
    assert_eq!(told["top"].as_array().map_or(0, Vec::len), 10, "{told}");
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_without_mlflow_loses_no_trial_and_gives_none_out_that_is_not_recorded() {
    let world = World::on("sweep-outage", Tracker::own("sweep-outage", &[])).await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    world.apply(sweep(&world, "outage", 400, 2)).await;
    until_trials(&world, "outage", 20, 120).await;
    world.tracker.stop();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let told =
        async || world.get("HyperparameterSweep", "outage").await["status"]["trials"]["complete"].clone();
    let before = told().await;
    tokio::time::sleep(Duration::from_secs(55)).await;
    assert_eq!(told().await, before, "what can't be recorded is not counted");
    let reason = |seen: &Value| seen["status"]["conditions"][0]["reason"].clone();
    let away = world.get("HyperparameterSweep", "outage").await;
    assert_eq!(
        (phase(&away), reason(&away)),
        ("Running", json!("TrackingUnreachable")),
        "{}",
        message(&away)
    );
    world.tracker.start();
    let back = |seen: &Value| reason(seen) != "TrackingUnreachable";
    world.until("HyperparameterSweep", "outage", "saying no more that MLflow is away", 60, back).await;
    let done = ended(&world, "outage", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 400 trials ended"));
    assert_eq!(done["status"]["workers"]["made"], 2, "no worker gave up");
    assert_each_trial_once(&world, "outage", 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hopeless_trials_of_a_network_are_stopped_at_their_epochs_and_their_curves_stand_in_mlflow() {
    assert!(
        torch_image().is_some(),
        "PODIUM_TORCH_IMAGE is not set: scripts/torch, then scripts/images makes it"
    );
    let world = World::new("sweep-asha").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    let network = json!({"spec": {
        "objective": {"metric": "log_loss", "goal": "Minimize"},
        "parameters": [{"name": "learning_rate", "double": {"min": "0.00001", "max": "0.1", "scale": "Log"}}],
        "earlyStopping": {"algorithm": "ASHA", "minSteps": 3, "reductionFactor": 3},
        "trial": {"algorithm": "TorchMLP", "parameters": {"max_iter": null, "hidden": [16], "epochs": 27}},
        "resources": {"cpu": "400m", "memory": "768Mi"},
    }});
    world.apply(changed(sweep(&world, "network", 24, 2), network)).await;
    assert_hopeless_were_stopped(&world, "network", 3..=27).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hopeless_trials_of_a_forest_are_stopped_before_all_their_trees_stand() {
    let world = World::new("sweep-forest").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    let forest = json!({"spec": {
        "objective": {"metric": "log_loss", "goal": "Minimize"},
        "parameters": [{"name": "min_samples_leaf", "int": {"min": 1, "max": 150, "scale": "Log"}}],
        "earlyStopping": {"algorithm": "ASHA", "minSteps": 1, "reductionFactor": 3},
        "trial": {"algorithm": "RandomForest", "parameters": {"max_iter": null, "n_estimators": 600}},
    }});
    world.apply(changed(sweep(&world, "forest", 24, 2), forest)).await;
    // Ten trees are a step.
    assert_hopeless_were_stopped(&world, "forest", 1..=60).await;
}

/// The sweep ends with its 24 trials, some of which were stopped at a step; all of them have their curves in MLflow.
async fn assert_hopeless_were_stopped(world: &World, name: &str, steps: RangeInclusive<i64>) {
    let (first, all) = steps.into_inner();
    let done = ended(world, name, 300).await;
    assert_eq!(phase(&done), "Succeeded", "{}", message(&done));
    let trials = &done["status"]["trials"];
    let (complete, stopped) = (trials["complete"].as_i64().unwrap(), trials["stopped"].as_i64().unwrap());
    assert_eq!((complete + stopped, &trials["failed"]), (24, &json!(0)));
    let mut early = 0;
    for run in world.tracker.runs_of_role(&world.namespace, name, "trial").await {
        let curve = world.tracker.client.get_metric_history(&run.info.run_id, "cv_log_loss").await.unwrap();
        let last = curve.iter().map(|point| point.step).max().unwrap();
        match run.info.status.known() {
            Some(RunStatus::Finished) => {
                assert!(i64::try_from(curve.len()).unwrap() >= all && last == all, "{curve:?}");
            }
            // The word to stop can reach a trial in its very last step.
            Some(RunStatus::Killed) => {
                assert!((first..=all).contains(&last), "{curve:?}");
                early += i64::from(last < all);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(early >= 4, "of {stopped} stopped trials only {early} were stopped before their last step");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_sweep_holds_no_pod_and_goes_on_where_it_was_and_a_deleted_one_leaves_nothing_open() {
    let world = World::new("sweep-pause").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    world.apply(sweep(&world, "paused", 5_000, 2)).await;
    until_trials(&world, "paused", 5, 120).await;
    world.change("HyperparameterSweep", "paused", json!({"spec": {"suspend": true}})).await;
    let held = |seen: &Value| phase(seen) == "Suspended" && seen["status"]["trials"]["running"] == 0;
    let paused = world.until("HyperparameterSweep", "paused", "suspended", 30, held).await;
    world.idle(45).await;
    let before = paused["status"]["trials"]["complete"].as_i64().unwrap();
    let limit = json!({"spec": {"suspend": false, "maxTrials": before + 10}});
    world.change("HyperparameterSweep", "paused", limit).await;
    let done = ended(&world, "paused", 120).await;
    assert_eq!((phase(&done), &done["status"]["run"]["number"]), ("Succeeded", &json!(1)));
    assert_each_trial_once(&world, "paused", before + 10).await;

    world.apply(sweep(&world, "deleted", 5_000, 2)).await;
    until_trials(&world, "deleted", 5, 120).await;
    world.delete("HyperparameterSweep", "deleted").await;
    world.idle(60).await;
    let begin = std::time::Instant::now();
    loop {
        let runs = world.tracker.runs_of_role(&world.namespace, "deleted", "trial").await;
        let parent = world.tracker.runs_of_role(&world.namespace, "deleted", "sweep").await;
        let open = runs.iter().chain(&parent).filter(|run| run.info.status.is(RunStatus::Running)).count();
        if open == 0 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(90), "{open} runs are still open");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_whose_runs_somebody_deletes_are_run_again_in_other_runs_and_hold_nothing_up() {
    let world = World::new("sweep-deleted").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    world.apply(sweep(&world, "robbed", 60, 2)).await;
    let mut hit = Vec::new();
    for complete in [5, 20] {
        until_trials(&world, "robbed", complete, 120).await;
        hit.extend(world.tracker.delete_open_trials(&world.namespace, "robbed").await);
    }
    let done = ended(&world, "robbed", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 60 trials ended"));
    assert_eq!(done["status"]["trials"], json!({"running": 0, "complete": 60, "stopped": 0, "failed": 0}));
    assert_each_has_one_run(&world, "robbed", &hit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_searched_is_said_and_costs_no_pod() {
    let world = World::new("sweep-refused").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    let unknown = json!({"spec": {"parameters": [{"name": "gamma", "double": {"min": "0", "max": "1"}}]}});
    world.apply(changed(sweep(&world, "unknown", 5, 1), unknown)).await;
    let refused =
        world.until("HyperparameterSweep", "unknown", "refused", 30, |seen| phase(seen) == "Failed").await;
    assert!(message(&refused).starts_with("spec.parameters[gamma]: "), "{}", message(&refused));
    assert_eq!(world.list("Job", "").await, Vec::<Value>::new());

    let column = json!({"spec": {"trial": {"data": {"target": "no_such_column"}}}});
    world.apply(changed(sweep(&world, "column", 5, 2), column)).await;
    let failed = ended(&world, "column", 90).await;
    assert_eq!(phase(&failed), "Failed");
    assert!(message(&failed).contains("no_such_column"), "{}", message(&failed));
    world.idle(30).await;
}
