//! A node that goes away: its pods count no more, and the run goes on where there is a node.

use std::process::Command;
use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::machine::root;
use crate::harness::objects::message;
use crate::harness::{World, changed, pipeline};

/// The node's kubelet, stopped in mid-air; it goes on when this is dropped, and at the latest after some minutes.
struct Lost(String);

impl Lost {
    fn node() -> Self {
        let status = Command::new(root().join("cluster/cluster")).arg("status").output().unwrap();
        let status = String::from_utf8(status.stdout).unwrap();
        let line =
            status.lines().find(|line| line.starts_with("kubelet ")).expect("a full cluster has a kubelet");
        let pid = line.split_whitespace().nth(2).unwrap().to_owned();
        // Even when this process is killed.
        let later = format!("(sleep 240; kill -CONT {pid}) >/dev/null 2>&1 &");
        assert!(Command::new("bash").args(["-c", &later]).status().unwrap().success());
        let lost = Self(pid);
        lost.signal("-STOP");
        lost
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0]).status().unwrap().success());
    }
}

impl Drop for Lost {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

/// Whether the API server has given up the node's pods.
async fn given_up(world: &World) -> bool {
    world.list("Pod", "podium.dev/stage=Train").await.iter().any(|pod| {
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        pod["metadata"]["deletionTimestamp"].is_string()
            && conditions.iter().any(|one| one["type"] == "DisruptionTarget" && one["status"] == "True")
    })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: no other pod starts on this machine meanwhile"]
async fn a_lost_node_is_told_its_pods_are_given_up_and_the_candidate_is_tried_again() {
    let world = World::new("node").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let slow = json!({"spec": {"candidates": [
        {"name": "slow", "algorithm": "RandomForest", "parameters": {"n_estimators": 5000}},
    ]}});
    world.apply(changed(pipeline(&world, "moved"), slow)).await;
    let trains = |seen: &Value| seen["status"]["candidates"][0]["phase"] == "Running";
    world.until("TrainingPipeline", "moved", "in training", 60, trains).await;
    let lost = Lost::node();
    let begin = Instant::now();
    while !given_up(&world).await {
        assert!(begin.elapsed() < Duration::from_secs(180), "Kubernetes never gave up the lost node's pods");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("Kubernetes gave up the pod after {:?}", begin.elapsed());
    let known = Instant::now();
    let again = |seen: &Value| seen["status"]["candidates"][0]["attempts"]["number"] == 2;
    let seen = world.until("TrainingPipeline", "moved", "at the next attempt", 60, again).await;
    println!("the next attempt was made {:?} after that", known.elapsed());
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
    world.succeeded("moved", 240).await;
    let runs = world.tracker.runs(&world.namespace, "moved").await;
    assert_eq!((runs.counts(), runs.states()), ((1, vec![("slow", 1)], 1), vec![RunStatus::Finished]));
}
