//! What is not a change: nothing is written, nothing is trained again.

use serde_json::json;

use crate::ending::Ending;
use crate::sample;
use crate::world::World;

#[tokio::test]
async fn an_unchanged_pipeline_reconciled_100_times_makes_no_write_anywhere() {
    let mut world = World::new();
    world.run_sample().await;
    let (writes, version) = (world.writes(), world.with(|state| state.cluster.version));
    for _ in 0..100 {
        world.restart();
        world.settle().await;
    }
    assert_eq!(world.writes(), writes);
    assert_eq!(world.with(|state| state.cluster.version), version);
}

#[tokio::test]
async fn suspend_on_and_off_a_changed_gate_and_another_trainer_image_train_nothing_again() {
    let mut world = World::new();
    world.run_sample().await;
    let work = world.work();
    world.edit(|pipeline| pipeline["spec"]["suspend"] = true.into());
    world.settle().await;
    world.edit(|pipeline| pipeline["spec"]["suspend"] = false.into());
    world.settle().await;
    world.edit(|pipeline| pipeline["spec"]["registration"]["gates"][0]["min"] = "0.7".into());
    world.settle().await;
    world.settings.trainer_image = "trainer:2".into();
    world.restart();
    world.settle().await;
    assert_eq!(world.work(), work);
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.pipelines["churn"]["run"]["number"], 1);
    let (_, version) = world.newest_version();
    assert_eq!(version["spec"]["gates"][0]["min"], "0.7");
    assert_eq!(version["status"]["phase"], "Promoted");
}

#[tokio::test]
async fn a_pipeline_suspended_before_its_first_run_makes_nothing_and_starts_when_it_goes_on() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["suspend"] = true.into();
    world.create(pipeline);
    world.settle().await;
    assert_eq!(world.status()["phase"], "Suspended");
    let made = world.with(|state| (state.mlflow.runs.len(), state.cluster.all("jobs").len()));
    assert_eq!(made, (0, 0));
    world.edit(|pipeline| pipeline["spec"]["suspend"] = false.into());
    world.settle().await;
    assert_eq!(world.status()["phase"], "Succeeded");
}

#[tokio::test]
async fn resources_and_limits_changed_after_the_run_train_nothing_again() {
    let mut world = World::new();
    world.run_sample().await;
    let work = world.work();
    world.edit(|pipeline| {
        pipeline["spec"]["limits"] = json!({"backoffLimit": 5, "historyLimit": 3});
        pipeline["spec"]["resources"] = json!({"cpu": "2", "memory": "4Gi"});
        pipeline["spec"]["scheduling"] = json!({"nodeSelector": {"zone": "a"}});
    });
    world.settle().await;
    assert_eq!(world.work(), work);
    assert_eq!(world.status()["observedGeneration"], 2);
}
