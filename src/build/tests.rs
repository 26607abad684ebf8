//! Jobs as the API server gets them.

mod candidate;

use serde_json::{Value, json};

use super::*;
use crate::api::Scheduling;
use crate::domain::pipeline::{Owner, ValidResources};
use crate::plan::sweep::TrialPlan;
use crate::settings::PodLogin;

fn plan(container: Value) -> TrialPlan {
    TrialPlan {
        name: "tune-0123456789".into(),
        owner: Owner { namespace: "ml".into(), name: "tune".into(), uid: "uid".into(), generation: 1 },
        run: "key".into(),
        number: 7,
        attempt: 2,
        container: serde_json::from_value(container).unwrap(),
        environment: vec![("PODIUM_PARAMETER_C".into(), "0.5".into())],
        parameters: "{\"C\":0.5}".into(),
        tracking_uri: "http://mlflow".into(),
        workspace: None,
        experiment_id: "1".into(),
        run_id: "r".into(),
        resources: ValidResources { cpu: "1".into(), memory: "1Gi".into(), threads: 1, gpu: None },
        scheduling: Scheduling { queue_name: Some("team".into()), ..Scheduling::default() },
        login: Some(PodLogin::Token("login".into())),
        deadline: Some(90),
    }
}

fn built(container: Value) -> Value {
    serde_json::to_value(trial(&plan(container))).unwrap()
}

#[test]
fn a_trial_is_a_restricted_pod_that_is_told_its_parameters_and_its_run() {
    let job = built(json!({
        "image": "train", "args": ["--c=0.5"],
        "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        "envFrom": [{"configMapRef": {"name": "m"}}],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "rows", "readOnly": true},
             "mounts": [{"mountPath": "/data", "subPath": "one", "readOnly": true}]},
            {"name": "keys", "secret": {"name": "keys"}, "mounts": [{"mountPath": "/keys"}]},
        ],
    }));
    let labels = &job["metadata"]["labels"];
    assert_eq!((&labels["podium.dev/trial"], &labels["podium.dev/stage"]), (&json!("7"), &json!("Trial")));
    assert_eq!((&labels["podium.dev/attempt"], &job["spec"]["suspend"]), (&json!("2"), &json!(true)));
    assert_eq!(job["metadata"]["ownerReferences"][0]["kind"], "HyperparameterSweep");
    assert_eq!(job["spec"]["activeDeadlineSeconds"], 90);
    let template = &job["spec"]["template"];
    assert_eq!(template["metadata"]["annotations"]["podium.dev/parameters"], "{\"C\":0.5}");
    let pod = &template["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(
        pod["securityContext"],
        json!({"runAsNonRoot": true, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}})
    );
    let container = &pod["containers"][0];
    assert_eq!(
        container["securityContext"],
        json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
    );
    assert_eq!(
        container["env"],
        json!([
            {"name": "MLFLOW_TRACKING_URI", "value": "http://mlflow"},
            {"name": "MLFLOW_EXPERIMENT_ID", "value": "1"},
            {"name": "MLFLOW_RUN_ID", "value": "r"},
            {"name": "MLFLOW_TRACKING_TOKEN", "valueFrom": {"secretKeyRef": {"name": "login", "key": "token", "optional": false}}},
            {"name": "PODIUM_PARAMETERS_FILE", "value": "/etc/podium/parameters.json"},
            {"name": "PODIUM_PARAMETER_C", "value": "0.5"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": false}}},
        ])
    );
    assert_eq!(container["envFrom"], json!([{"configMapRef": {"name": "m", "optional": false}}]));
    let mounts: Vec<&str> = mounted(container);
    assert_eq!(mounts, ["/data", "/keys", "/etc/podium", "/tmp"]);
    assert_eq!(pod["volumes"][1], json!({"name": "keys", "secret": {"secretName": "keys"}}));
}

fn mounted(container: &Value) -> Vec<&str> {
    let mounts = container["volumeMounts"].as_array().unwrap();
    mounts.iter().map(|mount| mount["mountPath"].as_str().unwrap()).collect()
}

#[test]
fn a_folder_for_temporary_files_of_its_own_and_its_own_user_stand() {
    let job = built(json!({
        "image": "train", "runAsUser": 1000,
        "volumes": [{"name": "scratch", "emptyDir": {}, "mounts": [{"mountPath": "/tmp"}]}],
    }));
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(mounted(&pod["containers"][0]), ["/tmp", "/etc/podium"]);
    assert_eq!(pod["securityContext"]["runAsUser"], 1000);
    assert_eq!(pod["containers"][0].get("args"), None, "the image's own count");
}
