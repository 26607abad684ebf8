//! A node that goes away: its pods count no more, and the run goes on where there is a node.

use std::process::Command;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::machine::root;
use crate::harness::objects::message;
use crate::harness::{World, changed, pipeline};

/// The node's kubelet, stopped in mid-air; it goes on when this is dropped, and at the latest after some minutes.
struct Lost(String);

impl Lost {
    fn node() -> Self {
        let status = cluster(&["status"]);
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

fn cluster(arguments: &[&str]) -> String {
    let output = Command::new(root().join("cluster/cluster")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A second node that is alive and takes no pod: where every node is lost, Kubernetes takes itself for the one that is
/// cut off and gives up no pod.
struct Spare(String);

impl Spare {
    async fn node(world: &World) -> Self {
        let name = format!("spare-{}", std::process::id());
        world
            .apply(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"podium.dev/test": "yes"}},
                "spec": {"unschedulable": true}}))
            .await;
        let now = Timestamp::now();
        let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
            "message": "kept alive by a test", "lastHeartbeatTime": Time(now), "lastTransitionTime": Time(now)}]}});
        let nodes: Api<Node> = Api::all(world.client.clone());
        nodes.patch_status(&name, &PatchParams::default(), &Patch::Strategic(&ready)).await.unwrap();
        let (leases, of) = (Api::<Lease>::namespaced(world.client.clone(), "kube-node-lease"), name.clone());
        tokio::spawn(async move {
            loop {
                let spec = json!({"holderIdentity": of, "leaseDurationSeconds": 40, "renewTime": MicroTime(Timestamp::now())});
                let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": of}, "spec": spec});
                let written =
                    leases.patch(&of, &PatchParams::apply("test").force(), &Patch::Apply(&lease)).await;
                written.unwrap();
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        Self(name)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        cluster(&["kubectl", "delete", "node", &self.0, "--wait=false"]);
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
    let begin = Instant::now();
    while !given_up(&world).await {
        assert!(begin.elapsed() < Duration::from_secs(180), "Kubernetes never gave up the lost node's pods");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("Kubernetes gave up the pod after {:?}", begin.elapsed());
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
