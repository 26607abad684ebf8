//! The curve of a trial that takes long stands in MLflow before the trial has ended.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use podium_mlflow::{Run, RunStatus};
use serde_json::json;

use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, sweep};
use crate::sweeps::ended;

/// Ten trees are a step.
const TREES: i64 = 10_000;

/// The only trial's run.
async fn trial(world: &World) -> Option<Run> {
    world.tracker.runs_of_role(&world.namespace, "long", "trial").await.into_iter().next()
}

async fn until_shown(world: &World) -> Run {
    let begin = Instant::now();
    loop {
        let run = trial(world).await;
        if let Some(run) = run.filter(|run| run.data.metrics.iter().any(|point| point.key == "cv_log_loss")) {
            return run;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "no curve of the trial that runs");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curve_of_a_long_trial_stands_in_mlflow_while_it_runs_and_has_each_point_once_at_its_end() {
    let world = World::new("sweep-curve").await;
    world.breast_cancer().await;
    let operator = world.lead_with_trials().await;
    let forest = json!({"spec": {
        "objective": {"metric": "log_loss", "goal": "Minimize"},
        "parameters": [{"name": "min_samples_leaf", "int": {"min": 1, "max": 3}}],
        "trial": {"algorithm": "RandomForest", "parameters": {"max_iter": null, "n_estimators": TREES}},
    }});
    world.apply(changed(sweep(&world, "long", 1, 1), forest)).await;

    let shown = until_shown(&world).await;
    assert_eq!(shown.info.status.known(), Some(RunStatus::Running));
    let names: Vec<_> = shown.data.params.iter().map(|param| param.key.as_str()).collect();
    assert_eq!(names, ["min_samples_leaf"]);

    // The next leader is told all of it again, and shows it again.
    operator.kill();
    let _operator = world.lead_with_trials().await;
    let done = ended(&world, "long", 300).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "the one trial ended"));
    let id = shown.info.run_id;
    let curve = world.tracker.client.get_metric_history(&id, "cv_log_loss").await.unwrap();
    let steps: Vec<i64> = curve.iter().map(|point| point.step).collect();
    let different: BTreeSet<i64> = steps.iter().copied().collect();
    assert_eq!(different, (1..=TREES / 10).collect());
    // The value of the whole model is the last step's too, where it differs from what was reported there.
    assert!(steps.len() - different.len() <= 1, "{} points at {} steps", steps.len(), different.len());
}
