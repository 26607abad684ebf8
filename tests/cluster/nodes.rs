//! A node that goes away: its pods count no more, and the run goes on where there is a node.

use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::node::{Lost, Spare, until_given_up};
use crate::harness::{World, changed, pipeline};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: no other pod starts on this machine meanwhile"]
async fn the_pod_of_a_lost_node_holds_nothing_counts_as_no_failure_and_the_run_goes_on_elsewhere() {
    let world = World::new("node").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let slow = json!({"spec": {"candidates": [
        {"name": "slow", "algorithm": "RandomForest", "parameters": {"n_estimators": 5000}},
    ]}});
    world.apply(changed(pipeline(&world, "moved"), slow)).await;
    let trains = |seen: &Value| seen["status"]["candidates"][0]["phase"] == "Running";
    world.until("TrainingPipeline", "moved", "in training", 60, trains).await;
    let spare = Spare::node(&world).await;
    let lost = Lost::node(&world.namespace);
    until_given_up(&world).await;
    let known = Instant::now();
    let goes_on = |seen: &Value| seen["status"]["candidates"][0]["attempts"]["number"] == 2;
    world.until("TrainingPipeline", "moved", "at its second attempt", 60, goes_on).await;
    println!("the second attempt was made {:?} after that", known.elapsed());
    // The new pod is on the node that is there; the old one holds nothing.
    let elsewhere = async || {
        let pods = world.list("Pod", "podium.dev/stage=Train").await;
        let stay = |pod: &&Value| pod["metadata"]["deletionTimestamp"].is_null();
        let nodes: Vec<_> = pods.iter().filter(stay).map(|pod| pod["spec"]["nodeName"].clone()).collect();
        nodes == [json!(spare.0)]
    };
    while !elsewhere().await {
        assert!(known.elapsed() < Duration::from_secs(60), "no pod is on the other node");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("the new pod is on the other node {:?} after that", known.elapsed());
    assert_eq!(world.holding().await.len(), 1);
    // People can see why there is a second one.
    world.warned("moved", &["candidate slow: its pod was disrupted: ", "DeletionByTaintManager"]).await;
    let seen = world.get("TrainingPipeline", "moved").await;
    let why =
        seen["status"]["candidates"][0]["attempts"]["lastFailure"].as_str().unwrap_or_default().to_owned();
    assert!(why.starts_with("its pod was disrupted: DeletionByTaintManager"), "{why}");
    // The first node is back, and the other one goes in its turn.
    drop(lost);
    drop(spare);
    let done = world.succeeded("moved", 400).await;
    assert_eq!(
        done["status"]["candidates"][0]["attempts"]["failures"],
        Value::Null,
        "a lost node counts not"
    );
    let runs = world.tracker.runs(&world.namespace, "moved").await;
    assert_eq!((runs.counts(), runs.states()), ((1, vec![("slow", 1)], 1), vec![RunStatus::Finished]));
}
