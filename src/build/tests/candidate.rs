//! The pod in which a container of the user's own trains a candidate.

use podium_contract as contract;
use serde_json::{Value, json};

use super::super::*;
use crate::api::Scheduling;
use crate::api::pipeline_status::StageName;
use crate::domain::pipeline::{Owner, ValidGpu, ValidResources};
use crate::plan::pipeline::{JobPlan, JobStage};
use crate::settings::PodLogin;

/// An order whose document holds no more than it must.
fn plan(container: Option<Value>) -> JobPlan {
    let pinned = json!({"dataDigest": "d", "task": "BinaryClassification"});
    let judge = json!({"kind": "Judge", "pinned": pinned, "candidate": "own", "image": "acme/train:3"});
    let document: contract::JobDocument = serde_json::from_value(json!({
        "version": contract::CONTRACT_VERSION,
        "owner": {"installation": "i", "namespace": "ml", "name": "churn", "uid": "uid", "run": "key"},
        "attempt": 2, "firstAttempt": 1,
        "tracking": {"uri": "http://mlflow", "workspace": null, "experimentId": "1", "runId": "r", "timeoutSeconds": 60},
        "threads": 2,
        "data": {
            "uri": "pvc://rows/churn.csv", "format": "Csv", "target": "churned", "positiveLabel": null, "task": "Auto",
            "exclude": [], "categorical": [], "weightColumn": null, "timeColumn": null, "groupColumn": null
        },
        "checks": {"minRows": 1, "maxDuplicates": null, "columns": []},
        "preparation": {"missing": "Median", "scaling": "Standard", "encoding": "OneHot", "imbalance": "None"},
        "split": {"holdout": 0.2, "strategy": "Auto", "folds": 5, "gap": 0, "seed": 0},
        "evaluation": {"metric": null, "average": null, "calibration": "None", "threshold": "Half"},
        "stage": if container.is_some() { judge } else { json!({"kind": "Validate"}) },
    }))
    .unwrap();
    let gpu = ValidGpu {
        count: 1,
        resource_name: "nvidia.com/gpu".into(),
        runtime_class_name: Some("nvidia".into()),
        fallback_cpu: false,
    };
    JobPlan {
        name: "churn-0123456789".into(),
        owner: Owner { namespace: "ml".into(), name: "churn".into(), uid: "uid".into(), generation: 1 },
        stage: JobStage::Pipeline(StageName::Train),
        candidate: Some("own".into()),
        document,
        image: "trainer:1".into(),
        container: container.map(|container| Box::new(serde_json::from_value(container).unwrap())),
        resources: ValidResources { cpu: "2".into(), memory: "4Gi".into(), threads: 2, gpu: Some(gpu) },
        scheduling: Scheduling::default(),
        credentials_secret: Some("lake".into()),
        login: Some(PodLogin::Token("login".into())),
        deadline: Some(3660),
    }
}

fn pod(container: Value) -> Value {
    serde_json::to_value(job(&plan(Some(container))).spec.unwrap().template.spec.unwrap()).unwrap()
}

#[test]
fn a_job_makes_one_pod_and_has_the_deadline_that_was_planned() {
    let spec = serde_json::to_value(job(&plan(None)).spec.unwrap()).unwrap();
    let facts = ["backoffLimit", "completions", "parallelism", "activeDeadlineSeconds"]
        .map(|field| spec[field].clone());
    assert_eq!(facts, [json!(0), json!(1), json!(1), json!(3660)]);
}

fn mount(name: &str, path: &str, read_only: bool) -> Value {
    json!({"name": name, "mountPath": path, "readOnly": read_only})
}

fn tracking() -> Vec<Value> {
    vec![
        json!({"name": "MLFLOW_TRACKING_URI", "value": "http://mlflow"}),
        json!({"name": "MLFLOW_EXPERIMENT_ID", "value": "1"}),
        json!({"name": "MLFLOW_RUN_ID", "value": "r"}),
        json!({"name": "MLFLOW_TRACKING_TOKEN",
               "valueFrom": {"secretKeyRef": {"name": "login", "key": "token", "optional": false}}}),
    ]
}

/// Our trainer in such a pod.
fn ours(name: &str, subcommand: &str, own: Value) -> Value {
    let amounts = json!({"cpu": "2", "memory": "4Gi"});
    let mut env = tracking();
    env.push(json!({"name": "OMP_NUM_THREADS", "value": "2"}));
    env.push(json!({"name": "OMP_WAIT_POLICY", "value": "PASSIVE"}));
    json!({
        "name": name, "image": "trainer:1", "args": [subcommand], "env": env,
        "envFrom": [{"secretRef": {"name": "lake", "optional": false}}],
        "resources": {"limits": amounts, "requests": amounts},
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true,
            "runAsUser": 65532, "runAsGroup": 65532,
        },
        "volumeMounts": [
            mount("podium-trainer-job", "/etc/podium", true),
            mount("podium-trainer-tmp", "/tmp", false),
            mount("podium-trainer-data", "/var/run/podium/data/pvc/rows", true),
            own,
        ],
    })
}

#[test]
fn our_trainer_hands_over_and_judges_and_the_container_between_sees_neither_the_source_nor_its_login() {
    let pod =
        pod(json!({"image": "acme/train:3", "args": ["--{x}"], "env": [{"name": "MODE", "value": "fast"}]}));
    let hand_over = ours("hand-over", "hand-over", mount("podium-input", "/podium/input", false));
    assert_eq!(pod["initContainers"][0], hand_over);
    let judge = ours("trainer", "run", mount("podium-output", "/podium/output", true));
    assert_eq!(pod["containers"], json!([judge]));

    let amounts = json!({"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"});
    let mut env = tracking();
    env.extend([
        json!({"name": "PODIUM_DATA_FILE", "value": "/podium/input/data.csv"}),
        json!({"name": "PODIUM_FOLDS_FILE", "value": "/podium/input/folds.csv"}),
        json!({"name": "PODIUM_TASK_FILE", "value": "/podium/input/task.json"}),
        json!({"name": "PODIUM_OUTPUT_DIR", "value": "/podium/output"}),
        json!({"name": "MODE", "value": "fast"}),
    ]);
    let candidate = json!({
        "name": "candidate", "image": "acme/train:3", "args": ["--{x}"], "env": env,
        "resources": {"limits": amounts, "requests": amounts},
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            mount("podium-input", "/podium/input", true),
            mount("podium-output", "/podium/output", false),
            mount("podium-tmp", "/tmp", false),
        ],
    });
    assert_eq!(pod["initContainers"][1], candidate);
    assert_eq!(pod["initContainers"].as_array().unwrap().len(), 2);
}

#[test]
fn no_user_is_forced_upon_its_image_and_whoever_writes_the_others_can_read() {
    let pod = pod(json!({"image": "i", "runAsUser": 1000}));
    let group = json!({"runAsNonRoot": true, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}});
    assert_eq!(pod["securityContext"], group);
    assert_eq!(pod["initContainers"][1]["securityContext"]["runAsUser"], 1000);
    assert_eq!(
        (&pod["automountServiceAccountToken"], &pod["runtimeClassName"]),
        (&json!(false), &json!("nvidia"))
    );
}

#[test]
fn its_volumes_stand_beside_ours_whatever_they_are_called() {
    let volume =
        |name: &str, path: &str| json!({"name": name, "emptyDir": {}, "mounts": [{"mountPath": path}]});
    let pod = pod(json!({"image": "i", "volumes": [volume("data", "/data"), volume("tmp", "/tmp/")]}));
    let names: Vec<&str> =
        pod["volumes"].as_array().unwrap().iter().map(|volume| volume["name"].as_str().unwrap()).collect();
    let expected = [
        "podium-trainer-job",
        "podium-trainer-tmp",
        "podium-trainer-data",
        "data",
        "tmp",
        "podium-input",
        "podium-output",
    ];
    assert_eq!(names, expected);
    let own: Vec<&str> = pod["initContainers"][1]["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| mount["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        own,
        ["data", "tmp", "podium-input", "podium-output"],
        "its own folder for temporary files counts"
    );
}

#[test]
fn the_job_is_that_of_any_candidate_and_a_pod_of_our_trainer_alone_stays_as_it_was() {
    let own = serde_json::to_value(job(&plan(Some(json!({"image": "i"}))))).unwrap();
    let labels = &own["metadata"]["labels"];
    assert_eq!(
        (&labels["podium.dev/stage"], &labels["podium.dev/candidate"]),
        (&json!("Train"), &json!("own"))
    );
    assert_eq!(own["metadata"]["ownerReferences"][0]["kind"], "TrainingPipeline");

    let alone = serde_json::to_value(job(&plan(None)).spec.unwrap().template.spec.unwrap()).unwrap();
    assert_eq!(alone.get("initContainers"), None);
    assert_eq!(
        alone["securityContext"],
        json!({"runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
               "seccompProfile": {"type": "RuntimeDefault"}})
    );
    let container = &alone["containers"][0];
    assert_eq!((&container["name"], &container["args"]), (&json!("trainer"), &json!(["run"])));
    assert_eq!(container["resources"]["limits"]["nvidia.com/gpu"], "1");
    assert_eq!(
        container["securityContext"],
        json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true})
    );
    assert_eq!(
        container["volumeMounts"],
        json!([
            mount("job", "/etc/podium", true),
            mount("tmp", "/tmp", false),
            mount("data", "/var/run/podium/data/pvc/rows", true),
        ])
    );
}

/// Variables of a pod of our trainer alone that have to do with the data.
fn data_variables(uri: &str, secret: Option<&str>) -> Value {
    let mut plan = plan(None);
    plan.document.data.uri = uri.to_owned();
    plan.credentials_secret = secret.map(str::to_owned);
    let pod = serde_json::to_value(job(&plan).spec.unwrap().template.spec.unwrap()).unwrap();
    let all = pod["containers"][0]["env"].as_array().unwrap().clone();
    let of_data = |variable: &Value| variable["name"].as_str().unwrap().starts_with("PODIUM_DATA_");
    all.into_iter().filter(of_data).collect()
}

#[test]
fn what_a_secret_has_of_a_login_is_handed_over_for_http_alone() {
    let key = |name: &str, key: &str| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "shop", "key": key, "optional": true}}});
    let login = json!([
        key("PODIUM_DATA_USERNAME", "username"),
        key("PODIUM_DATA_PASSWORD", "password"),
        key("PODIUM_DATA_TOKEN", "token"),
        key("PODIUM_DATA_ALLOW_HTTP", "allowHttp"),
    ]);
    assert_eq!(data_variables("https://shop/rows.csv", Some("shop")), login);
    assert_eq!(data_variables("http://shop/rows.csv", Some("shop")), login);
    assert_eq!(data_variables("https://shop/rows.csv", None), json!([]));
    assert_eq!(data_variables("s3://shop/rows.csv", Some("shop")), json!([]));
}

#[test]
fn our_trainer_is_known_by_the_names_of_its_containers() {
    let ours = ["trainer", "hand-over", "candidate", "trial", "istio-init"].map(is_trainer);
    assert_eq!(ours, [true, true, false, false, false]);
}

#[test]
fn a_pod_with_a_gpu_tolerates_its_nodes_and_leaves_a_lost_one_after_half_a_minute() {
    let mut plan = plan(None);
    plan.scheduling = serde_json::from_value(json!({
        "tolerations": [{"key": "team", "operator": "Equal", "value": "a", "effect": "NoSchedule"}],
        "nodeSelector": {"zone": "b"},
        "priorityClassName": "batch",
    }))
    .unwrap();
    let pod = serde_json::to_value(job(&plan).spec.unwrap().template.spec.unwrap()).unwrap();
    let lost =
        |key: &str| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30});
    let expected = json!([
        lost("node.kubernetes.io/not-ready"),
        lost("node.kubernetes.io/unreachable"),
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "team", "operator": "Equal", "value": "a", "effect": "NoSchedule"},
    ]);
    assert_eq!(pod["tolerations"], expected);
    assert_eq!((&pod["runtimeClassName"], &pod["priorityClassName"]), (&json!("nvidia"), &json!("batch")));
    assert_eq!(pod["nodeSelector"], json!({"zone": "b"}));
    let amounts = json!({"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"});
    assert_eq!(pod["containers"][0]["resources"], json!({"limits": amounts, "requests": amounts}));
}
