//! Tuning in a pipeline: a sweep over the best candidate by real workers, one more model where it is better, whoever dies.

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::objects::phase;
use crate::harness::{World, changed, pipeline};

fn tuned(world: &World, name: &str) -> Value {
    // One tree of one level is the better of the two and easily beaten.
    let candidates = json!([
        {"name": "weak", "algorithm": "LogisticRegression", "parameters": {"C": 0.0001}},
        {"name": "dull", "algorithm": "RandomForest", "parameters": {"n_estimators": 1, "max_depth": 1}},
    ]);
    let tuning = json!({"maxTrials": 12, "parallelism": 2, "algorithm": {"name": "Random", "seed": 3}});
    let spec = json!({"spec": {"candidates": candidates, "tuning": tuning, "resources": {"cpu": "200m", "memory": "192Mi"}}});
    changed(pipeline(world, name), spec)
}

/// Percent of the baseline by which another value is better, more being better.
fn percent(baseline: f64, value: f64) -> f64 {
    100.0 * (value - baseline) / baseline.abs()
}

/// Baseline, tuned value and both improvements, in MLflow and in status.
fn improvement_stands_with_what_it_was_made_of(done: &Value, evaluations: &[podium_mlflow::Run]) {
    let [evaluation] = evaluations else { panic!("{} evaluations", evaluations.len()) };
    let metric = |name: &str| evaluation.data.metric(name).unwrap_or_else(|| panic!("no {name}")).value.get();
    let near = |one: f64, other: f64| {
        assert!((one - other).abs() <= 1e-9 * other.abs().max(1.0), "{one} is not {other}")
    };
    near(metric("improvement_pct"), percent(metric("baseline_f1_score"), metric("f1_score")));
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let best = &done["status"]["best"];
    near(number(&best["value"]), metric("f1_score"));
    near(number(&best["baseline"]), metric("baseline_f1_score"));
    // In status percents have two digits.
    let percent_in_status = |value: &Value, exact: f64| {
        assert!((number(value) - exact).abs() <= 0.0051, "{value} is not {exact}")
    };
    percent_in_status(&best["improvementPercent"], metric("improvement_pct"));
    assert!(metric("cv_improvement_pct").is_finite());
    let tuned = &done["status"]["tuned"][0];
    percent_in_status(
        &tuned["cvImprovementPercent"],
        percent(number(&tuned["untuned"]), number(&tuned["tuned"])),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_candidate_is_tuned_and_wins_with_what_was_found_though_the_operator_dies_on_the_way() {
    let world = World::new("tuning").await;
    world.breast_cancer().await;
    let mut operator = world.lead_with_trials().await;
    world.apply(tuned(&world, "tune")).await;
    for trials in [2, 6] {
        let progressed = |seen: &Value| {
            let told = seen["status"]["tuned"][0]["progress"].as_str().unwrap_or("0/");
            told.split('/').next().unwrap().parse::<i64>().unwrap() >= trials
        };
        world.until("TrainingPipeline", "tune", "searching", 120, progressed).await;
        operator.kill();
        operator = world.lead_with_trials().await;
    }
    let done = world.succeeded("tune", 180).await;

    let tuned = &done["status"]["tuned"];
    assert_eq!((tuned.as_array().unwrap().len(), &tuned[0]["candidate"]), (1, &json!("dull")));
    assert_eq!((&tuned[0]["phase"], &tuned[0]["progress"]), (&json!("Succeeded"), &json!("12/12")));
    let gain: f64 = tuned[0]["cvImprovementPercent"].as_str().unwrap().parse().unwrap();
    assert!(gain > 0.0, "{tuned}");
    assert_eq!(tuned[0]["fit"]["score"], tuned[0]["tuned"], "the same folds give the same score");
    assert_eq!(done["status"]["best"]["candidate"], "dull (tuned)");

    let sweeps = world.list("HyperparameterSweep", "").await;
    assert_eq!(sweeps.iter().map(phase).collect::<Vec<_>>(), ["Succeeded"]);
    assert_eq!(sweeps[0]["metadata"]["ownerReferences"][0]["name"], "tune");
    let runs = async |role| world.tracker.runs_of_role(&world.namespace, "tune", role).await;
    let names = |runs: &[podium_mlflow::Run]| {
        let mut names: Vec<String> = runs.iter().map(|run| run.info.run_name.clone()).collect();
        names.sort();
        names
    };
    let (candidates, trials) = (runs("candidate").await, runs("trial").await);
    assert_eq!(names(&candidates), ["dull", "dull (tuned)", "weak"]);
    assert_eq!((trials.len(), runs("sweep").await.len(), runs("pipeline").await.len()), (12, 1, 1));
    improvement_stands_with_what_it_was_made_of(&done, &runs("evaluation").await);
    let finished = |run: &podium_mlflow::Run| run.info.status.is(RunStatus::Finished);
    assert!(candidates.iter().chain(&trials).all(finished));
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_pipeline_stops_its_search_and_a_deleted_one_takes_it_along() {
    let world = World::new("tuning-suspend").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    let many = json!({"spec": {"tuning": {"maxTrials": 5000}}});
    world.apply(changed(tuned(&world, "tune"), many)).await;
    let runs = |seen: &Value| seen["status"]["tuned"][0]["progress"].is_string();
    world.until("TrainingPipeline", "tune", "searching", 120, runs).await;

    world.change("TrainingPipeline", "tune", json!({"spec": {"suspend": true}})).await;
    let sweep = world.list("HyperparameterSweep", "").await.remove(0);
    let name = sweep["metadata"]["name"].as_str().unwrap();
    world.until("HyperparameterSweep", name, "suspended", 60, |seen| phase(seen) == "Suspended").await;
    world.idle(60).await;
    world.change("TrainingPipeline", "tune", json!({"spec": {"suspend": false}})).await;
    let going = |seen: &Value| seen["status"]["tuned"][0]["phase"] == "Running";
    world.until("TrainingPipeline", "tune", "searching again", 60, going).await;

    world.delete("TrainingPipeline", "tune").await;
    world.gone("HyperparameterSweep", name, 60).await;
    world.idle(60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grid_of_a_learner_is_tried_as_a_whole() {
    let world = World::new("tuning-grid").await;
    world.breast_cancer().await;
    let _operator = world.lead_with_trials().await;
    let candidates =
        json!([{"name": "weak", "algorithm": "LogisticRegression", "parameters": {"C": 0.0001}}]);
    let tuning = json!({"maxTrials": null, "parallelism": 2, "preset": "Grid", "algorithm": null});
    world
        .apply(changed(tuned(&world, "grid"), json!({"spec": {"candidates": candidates, "tuning": tuning}})))
        .await;
    let done = world.succeeded("grid", 180).await;
    assert_eq!(done["status"]["tuned"][0]["progress"], "18/18");
    let trials = world.tracker.runs_of_role(&world.namespace, "grid", "trial").await;
    let point = |run: &podium_mlflow::Run| {
        ["C", "max_iter"].map(|name| run.data.param(name).unwrap().parse::<f64>().unwrap())
    };
    let mut points: Vec<[f64; 2]> = trials.iter().map(point).collect();
    points.sort_by(|one, other| one.partial_cmp(other).unwrap());
    let strengths = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0];
    let all = strengths.iter().flat_map(|c| [500.0, 1000.0, 2000.0].map(|iterations| [*c, iterations]));
    assert_eq!(points, all.collect::<Vec<_>>());
}
