//! A node that goes away while its pods run.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::World;
use super::machine::{root, variable};

/// A node that is gone: its kubelet stopped in mid-air, and what it ran for a namespace killed. The kubelet goes on when this is
/// dropped, and at the latest after some minutes.
pub struct Lost(String);

impl Lost {
    pub fn node(namespace: &str) -> Self {
        let status = cluster(&["status"]);
        let line =
            status.lines().find(|line| line.starts_with("kubelet ")).expect("a full cluster has a kubelet");
        let pid = line.split_whitespace().nth(2).unwrap().to_owned();
        // Even when this process is killed.
        let later = format!("(sleep 240; kill -CONT {pid}) >/dev/null 2>&1 &");
        assert!(Command::new("bash").args(["-c", &later]).status().unwrap().success());
        let lost = Self(pid);
        lost.signal("-STOP");
        let ours = format!("labels.\"io.kubernetes.pod.namespace\"=={namespace}");
        for container in containers(&["containers", "list", "--quiet", &ours]).lines() {
            containers(&["tasks", "kill", "--signal", "SIGKILL", container]);
        }
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

/// Asks the node's containerd.
fn containers(arguments: &[&str]) -> String {
    let socket = Path::new(&variable("CLUSTER_DIR")).join("containerd.sock");
    let mut asked = Command::new("ctr");
    let output = asked.arg("--address").arg(socket).args(["--namespace", "k8s.io"]).args(arguments).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn cluster(arguments: &[&str]) -> String {
    let output = Command::new(root().join("cluster/cluster")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A second node that is alive: where every node is lost, Kubernetes takes itself for the one that is cut off and gives up no
/// pod. Pods are bound to it, and nothing runs them there.
pub struct Spare(pub String);

impl Spare {
    pub async fn node(world: &World) -> Self {
        let name = format!("spare-{}", std::process::id());
        world
            .apply(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"podium.dev/test": "yes"}}}))
            .await;
        let now = Timestamp::now();
        let room = json!({"cpu": "4", "memory": "8Gi", "ephemeral-storage": "20Gi", "pods": "20"});
        let ready = json!({"status": {"capacity": room, "allocatable": room, "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
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

/// Waits until Kubernetes gives up the pods of a lost node.
pub async fn until_given_up(world: &World) {
    let begin = Instant::now();
    while !given_up(world).await {
        assert!(begin.elapsed() < Duration::from_secs(180), "Kubernetes never gave up the lost node's pods");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("Kubernetes gave up the pods after {:?}", begin.elapsed());
}

/// Whether the API server has given up the node's pods.
async fn given_up(world: &World) -> bool {
    world.list("Pod", "podium.dev/stage=Train").await.iter().any(|pod| {
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        pod["metadata"]["deletionTimestamp"].is_string()
            && conditions.iter().any(|one| one["type"] == "DisruptionTarget" && one["status"] == "True")
    })
}
