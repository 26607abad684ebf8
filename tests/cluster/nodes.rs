//! A node that goes away: its pods count no more, and the run goes on where there is a node.

use std::time::Instant;

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::node::{Lost, Spare, until_given_up};
use crate::harness::objects::message;
use crate::harness::{World, changed, pipeline};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: no other pod starts on this machine meanwhile"]
async fn the_pod_of_a_lost_node_holds_nothing_counts_as_no_failure_and_the_run_goes_on() {
    let world = World::new("node").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let slow = json!({"spec": {"candidates": [
        {"name": "slow", "algorithm": "RandomForest", "parameters": {"n_estimators": 5000}},
    ]}});
    world.apply(changed(pipeline(&world, "moved"), slow)).await;
    let trains = |seen: &Value| seen["status"]["candidates"][0]["phase"] == "Running";
    world.until("TrainingPipeline", "moved", "in training", 60, trains).await;
    let _spare = Spare::node(&world).await;
    let lost = Lost::node();
    until_given_up(&world).await;
    let known = Instant::now();
    // The container may go on where nobody sees it: then its result counts, else there is another attempt.
    let goes_on = |seen: &Value| {
        let candidate = &seen["status"]["candidates"][0];
        candidate["attempts"]["number"] == 2 || candidate["phase"] == "Succeeded"
    };
    let seen = world.until("TrainingPipeline", "moved", "going on", 60, goes_on).await;
    println!("the run went on {:?} after that", known.elapsed());
    assert_eq!(
        seen["status"]["candidates"][0]["attempts"]["failures"],
        Value::Null,
        "a lost node counts not"
    );
    // The new pod waits for a node; the old one holds nothing.
    let waits = |seen: &Value| message(seen).contains("Unschedulable");
    world.until("TrainingPipeline", "moved", "saying that no node takes the pod", 60, waits).await;
    assert_eq!(world.holding().await.len(), 1);
    drop(lost);
    world.succeeded("moved", 300).await;
    let runs = world.tracker.runs(&world.namespace, "moved").await;
    assert_eq!((runs.counts(), runs.states()), ((1, vec![("slow", 1)], 1), vec![RunStatus::Finished]));
}
