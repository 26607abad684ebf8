//! Who calls the trial service, on a real API server: its tokens, its pods, its owners. The operator asks with the rights that
//! the chart gives it, for all namespaces and for one, and says what it lacks where it has none.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use podium::cli::{Cli, Command, RunArgs};
use podium::cluster::authority::Authority;
use podium::cluster::lease::Leadership;
use podium::cluster::workers::{Rejection, Workers};
use podium::cluster::{Cluster, Events};
use podium::plan::sweep::worker_job_name;
use podium::reconcile::Context;
use podium::run::trials::prepare;
use podium::serve::trials::Running;
use podium::settings::OperatorConfig;
use podium::telemetry::Metrics;
use podium::tracking::{Login, MlflowTracking};
use podium_contract::ASK_PATH;
use serde_json::{Value, json};
use support::{ControlPlane, root};

const NAMESPACE: &str = "ml";

fn create(plane: &ControlPlane, namespace: &str, object: &Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), object.to_string()).unwrap();
    plane.kubectl(&["create", "-n", namespace, "-f", file.path().to_str().unwrap()]).unwrap();
}

fn container() -> Value {
    json!([{"name": "trainer", "image": "podium-trainer:test"}])
}

/// Name of the Job of a sweep's first worker.
fn worker_job(sweep: &str) -> String {
    worker_job_name(sweep, &format!("{sweep}-uid"), "run", "1")
}

/// A Job with the labels of a worker's; the pod comes from Kubernetes' own controller.
fn create_job(plane: &ControlPlane, name: &str, owner: &Value) {
    create(
        plane,
        NAMESPACE,
        &json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": name, "ownerReferences": [owner],
                "labels": {"podium.dev/run": "run", "podium.dev/worker": "1"},
            },
            "spec": {"template": {
                "metadata": {"labels": {"podium.dev/worker": "1"}},
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

fn worker_pod(plane: &ControlPlane, sweep: &str) -> String {
    pod_of(plane, &worker_job(sweep))
}

/// A token as the kubelet mounts it into a pod.
fn token(plane: &ControlPlane, namespace: &str, pod: &str, audience: &str) -> String {
    let bound = ["--bound-object-kind", "Pod", "--bound-object-name", pod, "--audience", audience];
    let create = ["create", "token", "default", "-n", namespace];
    plane.kubectl(&[&create[..], &bound].concat()).unwrap()
}

/// A token for us that no pod mounts.
fn unbound_token(plane: &ControlPlane) -> String {
    plane.kubectl(&["create", "token", "default", "-n", NAMESPACE, "--audience", "podium"]).unwrap()
}

/// The token of a pod under another signature.
fn forged_token(plane: &ControlPlane, pod: &str) -> String {
    let mut forged = token(plane, NAMESPACE, pod, "podium");
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    forged
}

async fn refused(workers: &Workers, token: &str) -> (&'static str, String) {
    match workers.caller(token).await.unwrap_err() {
        Rejection::Forbidden(forbidden) => (forbidden.reason, forbidden.message),
        Rejection::Unauthenticated(why) => ("Unauthenticated", why),
        other => panic!("{other}"),
    }
}

fn make_workers(plane: &ControlPlane) {
    plane.kubectl(&["create", "namespace", NAMESPACE]).unwrap();
    let wait = ["wait", "--for=create", "--timeout=30s", "-n", NAMESPACE, "serviceaccount/default"];
    plane.kubectl(&wait).unwrap();
    create_job(plane, &worker_job("churn"), &sweep("churn"));
    create_job(plane, &worker_job("wine"), &sweep("wine"));
    create_job(plane, "intruder", &sweep("churn"));
    let pipeline = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline", "name": "churn", "uid": "pipeline-uid",
        "controller": true,
    });
    create_job(plane, "train-0", &pipeline);
    create(
        plane,
        NAMESPACE,
        &json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "copy", "labels": {"podium.dev/worker": "1", "batch.kubernetes.io/job-name": worker_job("churn")}},
            "spec": {"restartPolicy": "Never", "containers": container()},
        }),
    );
}

#[tokio::test]
async fn the_api_server_s_word_and_controller_owners_decide_who_calls() {
    let plane = ControlPlane::start();
    make_workers(&plane);
    let client = installed(&plane, "podium-system", "").await;
    let workers = Workers::new(client.clone());
    assert_eq!(workers.may_review().await, Ok(()));

    // Each worker is its own sweep's.
    for name in ["churn", "wine"] {
        let pod = worker_pod(&plane, name);
        let caller = workers.caller(&token(&plane, NAMESPACE, &pod, "podium")).await.unwrap();
        assert_eq!((caller.sweep.name, caller.worker.sweep_uid), (name.to_owned(), format!("{name}-uid")));
        assert_eq!((caller.worker.namespace.as_str(), caller.worker.job), (NAMESPACE, worker_job(name)));
    }

    // A token for the API server, one of nobody's pod, a forged one.
    let pod = worker_pod(&plane, "churn");
    let elsewhere = token(&plane, NAMESPACE, &pod, "https://kubernetes.default.svc");
    assert_eq!(refused(&workers, &elsewhere).await.0, "Unauthenticated");
    assert_eq!(refused(&workers, &unbound_token(&plane)).await.0, "NotAPod");
    assert_eq!(refused(&workers, &forged_token(&plane, &pod)).await.0, "Unauthenticated");

    // A pod that only looks like a worker, and one of something else than a sweep.
    let (reason, message) = refused(&workers, &token(&plane, NAMESPACE, "copy", "podium")).await;
    assert_eq!(reason, "NotOfAJob");
    assert!(message.contains("pod ml/copy"), "{message}");
    let trainer = pod_of(&plane, "train-0");
    assert_eq!(refused(&workers, &token(&plane, NAMESPACE, &trainer, "podium")).await.0, "NotOfASweep");
    let intruder = pod_of(&plane, "intruder");
    assert_eq!(refused(&workers, &token(&plane, NAMESPACE, &intruder, "podium")).await.0, "NotAWorker");

    who_is_not_let_in_over_the_wire_is_counted_and_told_on_the_api_server(&plane, &client).await;

    // A token ends with its pod. Its digest is new to these workers, so nothing is remembered.
    let last = token(&plane, NAMESPACE, &pod, "podium");
    plane.kubectl(&["delete", "job", "-n", NAMESPACE, &worker_job("churn"), "--cascade=orphan"]).unwrap();
    plane.kubectl(&["delete", "pod", "-n", NAMESPACE, &pod, "--force", "--grace-period=0"]).unwrap();
    assert_eq!(refused(&workers, &last).await.0, "Unauthenticated");

    an_operator_of_one_namespace_knows_its_callers_too(&plane).await;
    without_its_cluster_role_the_operator_says_what_it_lacks(&plane).await;
    the_authority_is_kept_and_read_again(&plane, &client).await;
}

/// The trial service as `podium run` serves it, with a client that trusts it, and its metrics.
async fn served(client: &kube::Client) -> (Running, reqwest::Client, Metrics) {
    let config = "{trainerImage: t, tracking: {uri: 'http://127.0.0.1:9'}, namespaces: [{name: ml}]}";
    let settings = OperatorConfig::parse(config).unwrap().check("cluster").unwrap();
    let (metrics, workers) = (Metrics::default(), Workers::new(client.clone()));
    let context = Context::new(
        Cluster::new(client.clone(), "podium-system", Arc::new(|| true)),
        Arc::new(MlflowTracking::new(Login::None, None, Arc::new(|| true))),
        settings,
        Events::new(client.clone(), "podium-0"),
        metrics.clone(),
        Arc::new(Leadership::alone()),
    );
    let offer = prepare(&args("podium-system", &TRIALS), client, &workers).await.unwrap();
    let authority = offer.service().unwrap().certificate_authority;
    let running = offer.serve(Arc::new(context), workers, metrics.clone()).await.unwrap().unwrap();
    let caller = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(authority.as_bytes()).unwrap()])
        .resolve("podium-trials.podium.svc", running.address())
        .no_proxy()
        .build()
        .unwrap();
    (running, caller, metrics)
}

/// Code and reason of the refusal of an ask.
async fn asked(caller: &reqwest::Client, address: SocketAddr, token: &str) -> (u16, String) {
    let uri = format!("https://podium-trials.podium.svc:{}{ASK_PATH}", address.port());
    let response = caller.post(uri).bearer_auth(token).json(&json!({"run": "run"})).send().await.unwrap();
    let code = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (code, body["reason"].as_str().unwrap().to_owned())
}

/// Our Events of all namespaces once there are so many: namespace, kind, name and reason, sorted.
fn events(plane: &ControlPlane, count: usize) -> Vec<[String; 4]> {
    let start = Instant::now();
    loop {
        let text = plane.kubectl(&["get", "events.events.k8s.io", "-A", "-o", "json"]).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let own =
            all["items"].as_array().unwrap().iter().filter(|event| event["reportingController"] == "podium");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let about = |event: &Value| {
            let object = &event["regarding"];
            [text(&object["namespace"]), text(&object["kind"]), text(&object["name"]), text(&event["reason"])]
        };
        let mut own: Vec<_> = own.map(about).collect();
        if own.len() >= count || start.elapsed() > Duration::from_secs(20) {
            own.sort();
            return own;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

async fn who_is_not_let_in_over_the_wire_is_counted_and_told_on_the_api_server(
    plane: &ControlPlane,
    client: &kube::Client,
) {
    let (running, caller, metrics) = served(client).await;
    let worker = worker_pod(plane, "churn");
    // Who is let in hears of its sweep; how that stands can't be told where nobody defined sweeps.
    let answer = asked(&caller, running.address(), &token(plane, NAMESPACE, &worker, "podium")).await;
    assert_eq!(answer, (503, "NotReady".to_owned()));
    for (token, code, reason) in [
        (forged_token(plane, &worker), 401, "Unauthenticated"),
        (token(plane, NAMESPACE, &worker, "https://kubernetes.default.svc"), 401, "Unauthenticated"),
        (token(plane, NAMESPACE, "copy", "podium"), 403, "NotOfAJob"),
        (token(plane, NAMESPACE, &pod_of(plane, "intruder"), "podium"), 403, "NotAWorker"),
        (unbound_token(plane), 403, "NotAPod"),
    ] {
        for _ in 0..2 {
            assert_eq!(asked(&caller, running.address(), &token).await, (code, reason.to_owned()));
        }
    }
    let expected = [
        [NAMESPACE, "HyperparameterSweep", "churn", "NotAWorker"],
        [NAMESPACE, "Pod", "copy", "NotOfAJob"],
        [NAMESPACE, "ServiceAccount", "default", "NotAPod"],
        ["podium-system", "Pod", "podium-0", "Unauthenticated"],
    ];
    assert_eq!(events(plane, expected.len()), expected.map(|one| one.map(str::to_owned)));
    let text = metrics.encode();
    let prefix = "podium_trial_calls_forbidden_total";
    let mut counted: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(prefix)).collect();
    counted.sort_unstable();
    let expected = [
        r#"{code="401",reason="Unauthenticated"} 4"#,
        r#"{code="403",reason="NotAPod"} 2"#,
        r#"{code="403",reason="NotAWorker"} 2"#,
        r#"{code="403",reason="NotOfAJob"} 2"#,
    ];
    assert_eq!(counted, expected);
    running.stop().await;
}

/// A client with the rights of an account.
async fn client_of(plane: &ControlPlane, namespace: &str, account: &str) -> kube::Client {
    let login = plane.login_of(namespace, account);
    let config = kube::Config::from_custom_kubeconfig(login, &Default::default()).await.unwrap();
    kube::Client::try_from(config).unwrap()
}

/// Installs the chart and gives a client with its rights. The definitions stay away: owners that nobody defined are left alone.
async fn installed(plane: &ControlPlane, namespace: &str, values: &str) -> kube::Client {
    let chart = root().join("charts/podium");
    let install =
        ["install", "podium", chart.to_str().unwrap(), "--namespace", namespace, "--create-namespace"];
    let values = format!("replicas=0,crds.enabled=false,tracking.uri=http://127.0.0.1:9{values}");
    plane.helm(&[&install[..], &["--set", &values]].concat()).unwrap();
    client_of(plane, namespace, "podium").await
}

fn args(namespace: &str, more: &[&str]) -> RunArgs {
    let lease = format!("{namespace}/podium-leader");
    let base = ["podium", "run", "--config", "c", "--identity", "i", "--leader-election", &lease];
    match Cli::try_parse_from(base.iter().chain(more)).unwrap().command {
        Command::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

const TRIALS: [&str; 4] =
    ["--trials-listen", "127.0.0.1:0", "--trials-uri", "https://podium-trials.podium.svc:8443"];

async fn an_operator_of_one_namespace_knows_its_callers_too(plane: &ControlPlane) {
    let client =
        installed(plane, "podium-one", ",watchNamespace=ml,installation=one,rbac.aggregate=false").await;
    let workers = Workers::new(client.clone()).of(Some(NAMESPACE.to_owned()));
    let pod = worker_pod(plane, "wine");
    let caller = workers.caller(&token(plane, NAMESPACE, &pod, "podium")).await.unwrap();
    assert_eq!(caller.sweep.name, "wine");
    assert!(prepare(&args("podium-one", &TRIALS), &client, &workers).await.unwrap().service().is_ok());
    // Of another namespace it may read nothing, and needs to read nothing.
    let spec = json!({"restartPolicy": "Never", "containers": container()});
    let stranger = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stranger"}, "spec": spec});
    create(plane, "podium-one", &stranger);
    let (reason, message) = refused(&workers, &token(plane, "podium-one", "stranger", "podium")).await;
    let expected = "pod podium-one/stranger is of a namespace that this operator does not serve";
    assert_eq!((reason, message.as_str()), ("NotServed", expected));
    // It may tell of calls that lead nowhere, beside itself.
    let account = "system:serviceaccount:podium-one:podium";
    let may = ["auth", "can-i", "create", "events.events.k8s.io", "-n", "podium-one", "--as", account];
    assert_eq!(plane.kubectl(&may).as_deref(), Ok("yes"));
}

async fn without_its_cluster_role_the_operator_says_what_it_lacks(plane: &ControlPlane) {
    let client = client_of(plane, NAMESPACE, "default").await;
    let workers = Workers::new(client.clone());
    let told = workers.may_review().await.unwrap_err();
    assert!(told.to_string().contains("ClusterRole"), "{told}");
    assert_eq!(workers.caller("token").await, Err(told.clone()));
    let off = |offer: podium::run::trials::Offer| offer.service().unwrap_err();
    assert_eq!(off(prepare(&args(NAMESPACE, &TRIALS), &client, &workers).await.unwrap()), told.to_string());
    let unasked = off(prepare(&args(NAMESPACE, &[]), &client, &workers).await.unwrap());
    assert!(unasked.contains("--trials-listen"), "{unasked}");
}

async fn the_authority_is_kept_and_read_again(plane: &ControlPlane, client: &kube::Client) {
    let namespace = "podium-system";
    let workers = Workers::new(client.clone());
    let first = prepare(&args(namespace, &TRIALS), client, &workers).await.unwrap().service().unwrap();
    let again = Authority::obtain(client, namespace, "podium-leader").await.unwrap();
    assert_eq!(first.certificate_authority, again.certificate());

    let broken = json!({"stringData": {"ca.key": "nonsense"}}).to_string();
    plane.kubectl(&["patch", "secret", "-n", namespace, "podium-leader-trials", "-p", &broken]).unwrap();
    let offer = prepare(&args(namespace, &TRIALS), client, &workers).await.unwrap();
    let why = offer.service().unwrap_err();
    assert!(why.contains("Secret podium-system/podium-leader-trials") && why.contains("delete it"), "{why}");
}
