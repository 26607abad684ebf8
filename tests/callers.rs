//! Who calls the trial service, on a real API server: its tokens, its pods, its owners. And the certificate authority, which is
//! kept there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::time::{Duration, Instant};

use podium::cluster::authority::Authority;
use podium::cluster::workers::{Rejection, Workers};
use serde_json::{Value, json};
use support::ControlPlane;

const NAMESPACE: &str = "ml";

fn create(plane: &ControlPlane, object: &Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), object.to_string()).unwrap();
    plane.kubectl(&["create", "-n", NAMESPACE, "-f", file.path().to_str().unwrap()]).unwrap();
}

fn container() -> Value {
    json!([{"name": "trainer", "image": "podium-trainer:test"}])
}

/// A worker's Job as the operator makes them; the pod comes from Kubernetes' own controller.
fn create_job(plane: &ControlPlane, name: &str, owner: &Value) {
    create(
        plane,
        &json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "ownerReferences": [owner]},
            "spec": {"template": {
                "metadata": {"labels": {"podium.dev/worker": name}},
                "spec": {"restartPolicy": "Never", "containers": container()},
            }},
        }),
    );
}

fn sweep(name: &str) -> Value {
    json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "name": name, "uid": format!("{name}-uid"),
        "controller": true,
    })
}

/// The pod of a Job, once it is there.
fn pod_of(plane: &ControlPlane, job: &str) -> String {
    let selector = format!("job-name={job}");
    let path = "jsonpath={.items[*].metadata.name}";
    let start = Instant::now();
    loop {
        let name = plane.kubectl(&["get", "pods", "-n", NAMESPACE, "-l", &selector, "-o", path]).unwrap();
        if !name.is_empty() {
            return name;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{job} has no pod");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A token as the kubelet mounts it into a pod.
fn token(plane: &ControlPlane, pod: &str, audience: &str) -> String {
    let bound = ["--bound-object-kind", "Pod", "--bound-object-name", pod, "--audience", audience];
    let create = ["create", "token", "default", "-n", NAMESPACE];
    plane.kubectl(&[&create[..], &bound].concat()).unwrap()
}

async fn refused(workers: &Workers, token: &str) -> (&'static str, String) {
    match workers.caller(token).await.unwrap_err() {
        Rejection::Forbidden(forbidden) => (forbidden.reason, forbidden.message),
        Rejection::Unauthenticated(why) => ("Unauthenticated", why),
        other => panic!("{other}"),
    }
}

fn prepare(plane: &ControlPlane) {
    plane.kubectl(&["create", "namespace", NAMESPACE]).unwrap();
    let wait = ["wait", "--for=create", "--timeout=30s", "-n", NAMESPACE, "serviceaccount/default"];
    plane.kubectl(&wait).unwrap();
    create_job(plane, "churn-0", &sweep("churn"));
    create_job(plane, "wine-0", &sweep("wine"));
    let pipeline = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline", "name": "churn", "uid": "pipeline-uid",
        "controller": true,
    });
    create_job(plane, "train-0", &pipeline);
    create(
        plane,
        &json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "copy", "labels": {"podium.dev/worker": "churn-0"}},
            "spec": {"restartPolicy": "Never", "containers": container()},
        }),
    );
}

#[tokio::test]
async fn the_api_server_s_word_and_controller_owners_decide_who_calls() {
    let plane = ControlPlane::start();
    prepare(&plane);
    let workers = Workers::new(plane.client().await);
    assert_eq!(workers.may_review().await, Ok(()));

    // Each worker is its own sweep's.
    for name in ["churn", "wine"] {
        let pod = pod_of(&plane, &format!("{name}-0"));
        let caller = workers.caller(&token(&plane, &pod, "podium")).await.unwrap();
        assert_eq!((caller.sweep.name, caller.worker.sweep_uid), (name.to_owned(), format!("{name}-uid")));
        assert_eq!((caller.worker.namespace.as_str(), caller.worker.job), (NAMESPACE, format!("{name}-0")));
    }

    // A token for the API server, one of nobody's pod, a forged one.
    let pod = pod_of(&plane, "churn-0");
    let elsewhere = token(&plane, &pod, "https://kubernetes.default.svc");
    assert_eq!(refused(&workers, &elsewhere).await.0, "Unauthenticated");
    let unbound =
        plane.kubectl(&["create", "token", "default", "-n", NAMESPACE, "--audience", "podium"]).unwrap();
    assert_eq!(refused(&workers, &unbound).await.0, "NotAPod");
    let mut forged = token(&plane, &pod, "podium");
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    assert_eq!(refused(&workers, &forged).await.0, "Unauthenticated");

    // A pod that only looks like a worker, and one of something else than a sweep.
    let (reason, message) = refused(&workers, &token(&plane, "copy", "podium")).await;
    assert_eq!(reason, "NotOfAJob");
    assert!(message.contains("pod ml/copy"), "{message}");
    let trainer = pod_of(&plane, "train-0");
    assert_eq!(refused(&workers, &token(&plane, &trainer, "podium")).await.0, "NotOfASweep");

    // A token ends with its pod. Its digest is new to these workers, so nothing is remembered.
    let last = token(&plane, &pod, "podium");
    plane.kubectl(&["delete", "job", "-n", NAMESPACE, "churn-0", "--cascade=orphan"]).unwrap();
    plane.kubectl(&["delete", "pod", "-n", NAMESPACE, &pod, "--force", "--grace-period=0"]).unwrap();
    assert_eq!(refused(&workers, &last).await.0, "Unauthenticated");

    without_its_cluster_role_the_operator_says_what_it_lacks(&plane).await;
    the_authority_is_kept_and_read_again(&plane).await;
}

async fn without_its_cluster_role_the_operator_says_what_it_lacks(plane: &ControlPlane) {
    let login = plane.login_of(NAMESPACE, "default");
    let config = kube::Config::from_custom_kubeconfig(login, &Default::default()).await.unwrap();
    let workers = Workers::new(kube::Client::try_from(config).unwrap());
    let told = workers.may_review().await.unwrap_err();
    assert!(told.to_string().contains("ClusterRole"), "{told}");
    assert_eq!(workers.caller("token").await, Err(told));
}

async fn the_authority_is_kept_and_read_again(plane: &ControlPlane) {
    let client = plane.client().await;
    let first = Authority::obtain(&client, NAMESPACE, "leader").await.unwrap();
    let again = Authority::obtain(&client, NAMESPACE, "leader").await.unwrap();
    assert_eq!(first.certificate(), again.certificate());

    let broken = json!({"stringData": {"ca.key": "nonsense"}}).to_string();
    plane.kubectl(&["patch", "secret", "-n", NAMESPACE, "leader-trials", "-p", &broken]).unwrap();
    let Err(error) = Authority::obtain(&client, NAMESPACE, "leader").await else { panic!("it was used") };
    assert!(error.to_string().contains("Secret ml/leader-trials") && error.to_string().contains("delete it"));
}
