//! Sweeps whose trials are containers of a user's own image: a Job each, which logs to the MLflow run that it is given.

use std::time::Duration;

use podium_mlflow::{Run, RunStatus};
use serde_json::{Value, json};

use crate::gpus::two_gpus;
use crate::harness::objects::{message, phase, reason};
use crate::harness::once::assert_each_has_one_run;
use crate::harness::tracker::{Tracker, record};
use crate::harness::{World, changed, image, sweep};
use crate::sweeps::{ended, until_trials};

/// A sweep of containers; `more` is merged into its spec.
pub fn containers(world: &World, name: &str, trials: i32, more: Value) -> Value {
    let own = json!({"spec": {
        "objective": {"metric": "loss", "goal": "Minimize"},
        "trial": {
            "data": null, "algorithm": null, "parameters": null,
            "container": {
                "image": image::trial(),
                "args": ["--c={C}"],
                "env": [{"name": "FAILS", "value": "4"}],
            },
        },
        "resources": {"cpu": "100m", "memory": "64Mi"},
    }});
    changed(changed(sweep(world, name, trials, 3), own), json!({"spec": more}))
}

/// What went wrong with the trials that failed, by their numbers.
async fn failures(world: &World, name: &str) -> Vec<(i64, String)> {
    let runs = world.tracker.runs_of_role(&world.namespace, name, "trial").await;
    let failed = runs.iter().filter(|run| run.info.status.is(RunStatus::Failed));
    let told = |run: &Run| run.data.tag(podium_contract::TRIAL_RESULT_TAG).unwrap_or_default().to_owned();
    failed.map(|run| (record(run).number, told(run))).collect()
}

/// Number, parameter and run of each trial.
async fn trials(world: &World, name: &str) -> Vec<(i64, f64, Run)> {
    let read = |run: Run| {
        let record = record(&run);
        (record.number, record.parameters["C"].as_f64().unwrap(), run)
    };
    let runs = world.tracker.runs_of_role(&world.namespace, name, "trial").await;
    let mut trials: Vec<_> = runs.into_iter().map(read).collect();
    trials.sort_by_key(|(number, ..)| *number);
    trials
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_of_containers_takes_what_they_logged_whoever_dies_on_the_way() {
    let world = World::new("containers").await;
    // Without a trial service: nobody asks for one.
    let mut operator = Some(world.lead().await);
    world.apply(containers(&world, "tune", 12, json!({}))).await;
    for complete in [2, 5] {
        until_trials(&world, "tune", complete, 120).await;
        let pods = world.list("Pod", "podium.dev/owner=tune").await;
        if let Some(pod) = pods.iter().find(|pod| phase(pod) == "Running") {
            world.delete_by_force("Pod", pod["metadata"]["name"].as_str().unwrap()).await;
        }
        operator.take().unwrap().kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        operator = Some(world.lead().await);
    }
    let done = ended(&world, "tune", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 12 trials ended"));
    let failures = failures(&world, "tune").await;
    assert_eq!(failures.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4], "{failures:?}");
    assert_eq!(done["status"]["trials"], json!({"running": 0, "complete": 11, "stopped": 0, "failed": 1}));
    let trials = trials(&world, "tune").await;
    assert_eq!(trials.iter().map(|trial| trial.0).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    let mut least = f64::INFINITY;
    for (number, c, run) in &trials {
        if *number == 4 {
            assert!(run.info.status.is(RunStatus::Failed), "{:?}", run.info.status);
            let told = run.data.tag(podium_contract::TRIAL_RESULT_TAG).unwrap();
            assert!(told.contains("it ended with exit code 3: no such column"), "{told}");
            continue;
        }
        assert!(run.info.status.is(RunStatus::Finished), "trial {number}: {:?}", run.info.status);
        let point = run.data.metric("loss").unwrap();
        assert!((point.value.get() - (c + 1.0 / 3.0)).abs() < 1e-9, "trial {number}: {point:?}");
        assert_eq!(point.step, 3, "what it logged stays as it is");
        assert!(run.data.param("C").unwrap().contains('e'), "spelled as the container did");
        least = least.min(point.value.get());
    }
    let best: f64 = done["status"]["best"]["value"].as_str().unwrap().parse().unwrap();
    assert_eq!(best, least);
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_sweep_of_containers_has_no_pod_and_one_that_can_not_start_says_why() {
    let world = World::new("containers-pause").await;
    let _operator = world.lead().await;
    world.apply(containers(&world, "paused", 1000, json!({}))).await;
    until_trials(&world, "paused", 2, 120).await;
    world.change("HyperparameterSweep", "paused", json!({"spec": {"suspend": true}})).await;
    let held = |seen: &Value| phase(seen) == "Suspended" && seen["status"]["trials"]["running"] == 0;
    let paused = world.until("HyperparameterSweep", "paused", "suspended", 30, held).await;
    world.idle(45).await;
    let counts = &paused["status"]["trials"];
    let before = counts["complete"].as_i64().unwrap() + counts["failed"].as_i64().unwrap();
    world
        .change("HyperparameterSweep", "paused", json!({"spec": {"suspend": false, "maxTrials": before + 4}}))
        .await;
    let done = ended(&world, "paused", 120).await;
    assert_eq!((phase(&done), &done["status"]["run"]["number"]), ("Succeeded", &json!(1)));
    assert_eq!(trials(&world, "paused").await.len(), usize::try_from(before + 4).unwrap());

    let missing = json!({"trial": {"container": {"envFrom": [{"secretRef": {"name": "no-such-secret"}}]}}});
    world.apply(containers(&world, "missing", 5, missing)).await;
    let told = |seen: &Value| message(seen).contains("no-such-secret");
    world.until("HyperparameterSweep", "missing", "telling why", 60, told).await;
    world.delete("HyperparameterSweep", "missing").await;
    world.idle(60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_whose_run_somebody_deletes_is_run_again_in_another_run() {
    let world = World::new("containers-robbed").await;
    let _operator = world.lead().await;
    world.apply(containers(&world, "robbed", 8, json!({}))).await;
    until_trials(&world, "robbed", 1, 120).await;
    let hit = world.tracker.delete_open_trials(&world.namespace, "robbed").await;
    let done = ended(&world, "robbed", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 8 trials ended"));
    let failures = failures(&world, "robbed").await;
    assert_eq!(failures.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4], "{failures:?}");
    assert_eq!(done["status"]["trials"], json!({"running": 0, "complete": 7, "stopped": 0, "failed": 1}));
    assert_each_has_one_run(&world, "robbed", &hit).await;
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_ends_when_its_gpu_seconds_are_used_up_and_holds_none_then() {
    let _alone = two_gpus().await;
    let world = World::new("gpu-seconds").await;
    let mut operator = Some(world.lead().await);
    let limited = json!({
        "parallelism": 2,
        "gpuTimeLimitSeconds": 20,
        "resources": {"cpu": "100m", "memory": "64Mi", "gpu": {"count": 1}},
    });
    world.apply(containers(&world, "tune", 1000, limited)).await;
    until_trials(&world, "tune", 2, 120).await;
    // What was counted before is not lost, and the time in between is counted.
    operator.take().unwrap().kill();
    operator = Some(world.lead().await);
    let done = ended(&world, "tune", 120).await;
    assert_eq!((phase(&done), reason(&done)), ("Succeeded", "GpuTimeLimit"), "{}", message(&done));
    let used = done["status"]["run"]["gpu"]["seconds"].as_i64().unwrap();
    // A pod that had just ended counts up to the look that ends the sweep, and then to its end: a second or two less.
    assert!((16..60).contains(&used), "{used} GPU seconds");
    assert!(done["status"]["trials"]["complete"].as_i64().unwrap() >= 2);
    assert!(world.holding().await.is_empty());
    drop(operator);
}

/// Waits until so many containers of a sweep run.
async fn all_work(world: &World, name: &str, count: usize) {
    for _ in 0..120 {
        let pods = world.list("Pod", &format!("podium.dev/owner={name}")).await;
        if pods.iter().filter(|pod| phase(pod) == "Running").count() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("the {count} containers of {name} do not run at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_whose_trials_take_long_says_that_mlflow_is_away_before_one_of_them_ends() {
    let world = World::on("containers-outage", Tracker::own("containers-outage", &[])).await;
    let _operator = world.lead().await;
    let long = json!({"trial": {"container": {"env": [{"name": "WORKS", "value": "80s"}]}}});
    world.apply(containers(&world, "long", 3, long)).await;
    all_work(&world, "long", 3).await;
    world.tracker.stop();
    let away = |seen: &Value| reason(seen) == "TrackingUnreachable";
    let seen = world.until("HyperparameterSweep", "long", "saying that MLflow is away", 40, away).await;
    assert_eq!(
        (phase(&seen), &seen["status"]["trials"]["running"]),
        ("Running", &json!(3)),
        "{}",
        message(&seen)
    );
    world.tracker.start();
    let back = |seen: &Value| !away(seen);
    world.until("HyperparameterSweep", "long", "saying no more that MLflow is away", 30, back).await;
    let done = ended(&world, "long", 180).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 3 trials ended"));
    assert_eq!(done["status"]["trials"], json!({"running": 0, "complete": 3, "stopped": 0, "failed": 0}));
}
