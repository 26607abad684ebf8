//! What a user changes, before, during and after a run.

use serde_json::{Value, json};

use crate::api_server::Id;
use crate::ending::Ending;
use crate::sample;
use crate::trainer::Behaviour;
use crate::world::World;

/// A run whose candidate net never ends.
async fn in_mid_run() -> World {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Hang));
    world.run_sample().await;
    assert_eq!(world.status()["phase"], "Training");
    world
}

fn annotate(pipeline: &mut Value, action: &str) {
    pipeline["metadata"]["annotations"] = json!({"podium.dev/action": action});
}

#[tokio::test]
async fn a_spec_changed_in_mid_run_kills_the_old_runs_and_starts_exactly_one_new() {
    let mut world = in_mid_run().await;
    world.with(|state| state.trainer.told.clear());
    world.edit(|pipeline| pipeline["spec"]["split"] = json!({"seed": 3}));
    world.settle().await;
    let ending = world.with(|state| Ending::of(state));
    let first: Vec<_> = ending.runs.iter().filter(|(run, _)| run.starts_with("run 1")).collect();
    let expected = [
        "run 1 candidate forest finished",
        "run 1 candidate logistic finished",
        "run 1 candidate net killed",
        "run 1 pipeline killed",
    ];
    assert_eq!(first, expected.map(str::to_owned).iter().map(|run| (run, &1)).collect::<Vec<_>>());
    assert_eq!(world.status()["run"]["number"], 2);
    assert_eq!(world.status()["phase"], "Succeeded");
    assert_eq!((ending.active_jobs, ending.registered), (0, [("run 2".to_owned(), 1)].into()));
}

#[tokio::test]
async fn each_field_that_makes_a_run_starts_exactly_one_new_when_it_changes_in_mid_run() {
    let changes: [(&str, Value); 6] = [
        ("data", json!({"uri": "s3://lake/churn.csv", "target": "churned", "features": {"exclude": ["id"]}})),
        ("checks", json!({"minRows": 2})),
        ("preparation", json!({"scaling": "None"})),
        ("candidates", json!([{"name": "logistic", "algorithm": "LogisticRegression"}])),
        ("evaluation", json!({"metric": "accuracy"})),
        ("tuning", json!({"maxTrials": 3})),
    ];
    for (field, value) in changes {
        let mut world = in_mid_run().await;
        world.with(|state| state.trainer.told.clear());
        world.edit(|pipeline| pipeline["spec"][field] = value.clone());
        world.settle().await;
        assert_eq!(world.status()["run"]["number"], 2, "{field}: {}", world.status()["message"]);
        let ending = world.with(|state| Ending::of(state));
        let of_pipeline: Vec<_> = ending.runs.iter().filter(|(run, _)| run.contains(" pipeline ")).collect();
        assert_eq!(of_pipeline[0], (&"run 1 pipeline killed".to_owned(), &1), "{field}");
        assert_eq!(of_pipeline.len(), 2, "{field}: {of_pipeline:?}");
    }
}

#[tokio::test]
async fn limits_registration_and_scheduling_are_live_in_mid_run_and_train_nothing_again() {
    let mut world = in_mid_run().await;
    let made = |world: &World| world.writes().iter().filter(|write| write.starts_with("Create jobs")).count();
    let before = made(&world);
    world.edit(|pipeline| {
        pipeline["spec"]["limits"] = json!({"backoffLimit": 5, "historyLimit": 3});
        pipeline["spec"]["registration"]["gates"] =
            json!([{"name": "quality", "metric": "f1_score", "min": "0.99"}]);
        pipeline["spec"]["scheduling"] = json!({"nodeSelector": {"disk": "fast"}});
    });
    world.settle().await;
    assert_eq!((&world.status()["run"]["number"], made(&world)), (&json!(1), before));
    world.with(|state| state.trainer.told.clear());
    world.settle().await;
    assert_eq!(
        (&world.status()["run"]["number"], &world.status()["phase"]),
        (&json!(1), &json!("Succeeded"))
    );
    let versions = world.with(|state| state.cluster.all("modelversions"));
    let gates: Vec<Value> =
        versions.iter().map(|(_, version)| version["spec"]["gates"][0]["min"].clone()).collect();
    assert_eq!(gates, [json!("0.99")], "the bound that was changed in mid-run counts");
}

#[tokio::test]
async fn an_experiment_changed_in_mid_run_counts_from_the_next_run_on_and_status_says_so() {
    let mut world = in_mid_run().await;
    world.edit(|pipeline| pipeline["spec"]["experiment"] = "elsewhere".into());
    world.settle().await;
    let status = world.status();
    assert_eq!(status["conditions"][0]["reason"], "ChangeRefused");
    assert_eq!(
        status["message"],
        "spec.experiment: \"ml/elsewhere\" counts from the next run on; the open run stays in \"ml/churn\""
    );
    world.with(|state| state.trainer.told.clear());
    world.settle().await;
    assert_eq!(world.status()["phase"], "Succeeded");
    let names = world.with(|state| state.mlflow.experiments.values().cloned().collect::<Vec<_>>());
    assert_eq!(names, ["ml/churn"]);
    world.edit(|pipeline| annotate(pipeline, "run:again"));
    world.settle().await;
    assert_eq!(world.status()["run"]["experiment"], "ml/elsewhere");
}

#[tokio::test]
async fn an_action_runs_once() {
    let mut world = World::new();
    world.run_sample().await;
    world.edit(|pipeline| annotate(pipeline, "run:first"));
    world.settle().await;
    world.restart();
    world.settle().await;
    let status = world.status();
    assert_eq!((&status["run"]["number"], &status["run"]["trigger"]), (&json!(2), &json!("Action")));
    assert_eq!(status["handledAction"], "first");
    world.edit(|pipeline| annotate(pipeline, "run:second"));
    world.settle().await;
    assert_eq!(world.status()["run"]["number"], 3);
}

#[tokio::test]
async fn an_action_in_mid_run_takes_the_place_of_the_open_run_once() {
    let mut world = in_mid_run().await;
    world.with(|state| state.trainer.told.clear());
    world.edit(|pipeline| annotate(pipeline, "run:now"));
    world.settle().await;
    assert_eq!(world.status()["run"]["number"], 2);
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.runs.get("run 1 pipeline killed"), Some(&1));
    assert_eq!(ending.runs.get("run 2 pipeline finished"), Some(&1));
}

#[tokio::test]
async fn history_keeps_what_its_limit_says_and_numbers_go_on() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["limits"] = json!({"historyLimit": 2});
    pipeline["spec"]["registration"]["historyLimit"] = 2.into();
    world.create(pipeline);
    world.settle().await;
    for nonce in ["a", "b", "c", "d"] {
        world.with(|state| state.pass(60));
        world.edit(|pipeline| annotate(pipeline, &format!("run:{nonce}")));
        world.settle().await;
    }
    let status = world.status();
    let kept: Vec<_> =
        status["history"].as_array().unwrap().iter().map(|run| run["number"].clone()).collect();
    assert_eq!((&status["run"]["number"], kept), (&json!(5), vec![json!(4), json!(3)]));
    let versions = world.with(|state| state.cluster.all("modelversions").len());
    assert_eq!(versions, 2);
}

#[tokio::test]
async fn a_pipeline_deleted_in_mid_run_leaves_no_pod_and_no_open_run_but_its_models() {
    let mut world = World::new();
    world.run_sample().await;
    world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Hang));
    world.edit(|pipeline| annotate(pipeline, "run:again"));
    world.settle().await;
    world.with(|state| {
        state.cluster.delete(&Id::new("trainingpipelines", "ml", "churn"), state.now).unwrap();
    });
    world.settle().await;
    world.sweep().await;
    world.settle().await;
    let ending = world.with(|state| Ending::of(state));
    assert_eq!((ending.active_jobs, ending.versions.len()), (0, 1));
    assert!(ending.runs.keys().all(|run| !run.ends_with("open")), "{:?}", ending.runs);
}

#[tokio::test]
async fn a_schedule_that_forbids_skips_a_tick_while_a_run_is_open_and_replace_ends_the_open_run() {
    for (policy, number) in [("Forbid", 1), ("Replace", 2)] {
        let mut world = World::new();
        world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Hang));
        let mut pipeline = sample::pipeline("churn");
        pipeline["spec"]["schedule"] = json!({"cron": "0 * * * *", "concurrencyPolicy": policy});
        world.create(pipeline);
        world.pass(5400).await;
        let status = world.status();
        assert_eq!(status["run"]["number"], number, "{policy}");
        assert_eq!(status["lastScheduleTime"], "2026-03-02T09:00:00Z", "{policy}");
        assert_eq!(status["nextScheduleTime"], "2026-03-02T10:00:00Z", "{policy}");
    }
}

#[tokio::test]
async fn a_schedule_runs_at_each_of_its_times_once() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["schedule"] = json!({"cron": "0 * * * *"});
    world.create(pipeline);
    world.pass(3 * 3600 + 60).await;
    world.restart();
    world.pass(60).await;
    let status = world.status();
    assert_eq!((&status["run"]["number"], &status["run"]["trigger"]), (&json!(4), &json!("Schedule")));
}
