//! The chart on a real API server: it is installed, its pods keep to the restricted level, its users get the rights of
//! their roles, and only an approver may set the annotation by which people act.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::time::{Duration, Instant};

use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};
use support::{ControlPlane, root};

/// A client with the token of a ServiceAccount that has one of the chart's roles.
async fn user(plane: &ControlPlane, name: &str, role: &str) -> Api<DynamicObject> {
    plane.kubectl(&["create", "serviceaccount", "-n", "ml", name]).unwrap();
    let role = format!("--clusterrole=podium-podium-system-{role}");
    let account = format!("--serviceaccount=ml:{name}");
    plane.kubectl(&["create", "rolebinding", "-n", "ml", name, &role, &account]).unwrap();
    let file = plane.login_of("ml", name);
    let config = kube::Config::from_custom_kubeconfig(file, &Default::default()).await.unwrap();
    let kind = GroupVersionKind::gvk("podium.dev", "v1alpha1", "ModelVersion");
    let resource = ApiResource::from_gvk_with_plural(&kind, "modelversions");
    Api::namespaced_with(kube::Client::try_from(config).unwrap(), "ml", &resource)
}

fn version(name: &str, annotations: &Value) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"registeredModel": "churn", "source": {"version": "7"}}
    }))
    .unwrap()
}

async fn annotate(api: &Api<DynamicObject>, name: &str, annotations: Value) -> Result<(), String> {
    let patch = json!({"metadata": {"annotations": annotations}});
    let result = api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
    result.map(drop).map_err(|error| error.to_string())
}

fn install(plane: &ControlPlane) {
    let chart = root().join("charts/podium");
    let values = "namespaces[0].name=ml,namespaces[0].models[0]=churn,tracking.uri=http://mlflow:5000,replicas=2,\
                  tracking.existingSecret=login,networkPolicy.enabled=true,podDisruptionBudget.enabled=true";
    let install =
        ["install", "podium", chart.to_str().unwrap(), "--namespace", "podium-system", "--create-namespace"];
    plane.helm(&[&install[..], &["--set", values]].concat()).unwrap();
    plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]).unwrap();
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
}

/// A policy takes effect some time after it was stored.
async fn refused_at_last(api: &Api<DynamicObject>, name: &str) -> String {
    let start = Instant::now();
    loop {
        match annotate(
            api,
            name,
            json!({"podium.dev/action": format!("approve:7:x:{}", start.elapsed().as_millis())}),
        )
        .await
        {
            Err(error) => return error,
            Ok(()) if start.elapsed() > Duration::from_secs(30) => panic!("the policy never took effect"),
            Ok(()) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

#[tokio::test]
async fn only_an_approver_may_set_the_annotation_by_which_people_act() {
    let plane = ControlPlane::start();
    install(&plane);
    let editor = user(&plane, "editor", "edit").await;
    let approver = user(&plane, "approver", "approver").await;
    let viewer = user(&plane, "viewer", "view").await;

    editor.create(&PostParams::default(), &version("probe", &json!({}))).await.unwrap();
    let error = refused_at_last(&editor, "probe").await;
    let expected = "the annotation podium.dev/action of a ModelVersion may be set only by who has the verb approve on \
                    modelversions.podium.dev in the namespace ml; system:serviceaccount:ml:editor has not";
    assert!(error.contains(expected), "{error}");

    // Neither at creation, whatever the value.
    let early = version("early", &json!({"podium.dev/action": "approve:7:digest:1"}));
    let error = editor.create(&PostParams::default(), &early).await.unwrap_err().to_string();
    assert!(error.contains("verb approve"), "{error}");

    // All other annotations and the spec are the editor's.
    editor.create(&PostParams::default(), &version("churn-7", &json!({"note": "a"}))).await.unwrap();
    annotate(&editor, "churn-7", json!({"note": "b"})).await.unwrap();

    annotate(&approver, "churn-7", json!({"podium.dev/action": "approve:7:digest:1"})).await.unwrap();
    // An approver approves, and creates nothing.
    assert!(approver.create(&PostParams::default(), &version("own", &json!({}))).await.is_err());

    // Applied again as it is, and with another change beside it: nothing about the annotation.
    annotate(&editor, "churn-7", json!({"podium.dev/action": "approve:7:digest:1", "note": "c"}))
        .await
        .unwrap();
    let apply = PatchParams::apply("gitops");
    editor
        .patch("churn-7", &apply, &Patch::Apply(version("churn-7", &json!({"from": "git"}))))
        .await
        .unwrap();
    // Changed: refused.
    let changed = annotate(&editor, "churn-7", json!({"podium.dev/action": "approve:7:digest:2"})).await;
    assert!(changed.unwrap_err().contains("verb approve"));
    // Removed: the operator does nothing without it.
    annotate(&editor, "churn-7", json!({"podium.dev/action": null})).await.unwrap();

    assert!(viewer.get("churn-7").await.is_ok());
    assert!(annotate(&viewer, "churn-7", json!({"note": "d"})).await.is_err());

    the_operator_s_pod_keeps_to_the_restricted_level(&plane);
}

fn the_operator_s_pod_keeps_to_the_restricted_level(plane: &ControlPlane) {
    plane
        .kubectl(&["label", "namespace", "podium-system", "pod-security.kubernetes.io/enforce=restricted"])
        .unwrap();
    let text = plane.kubectl(&["get", "-n", "podium-system", "deployment", "podium", "-o", "json"]).unwrap();
    let deployment: Value = serde_json::from_str(&text).unwrap();
    let mut pod = deployment["spec"]["template"].clone();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("probe");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pod.to_string()).unwrap();
    let create = ["create", "-n", "podium-system", "--dry-run=server", "-f", file.path().to_str().unwrap()];
    plane.kubectl(&create).unwrap();
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    std::fs::write(file.path(), pod.to_string()).unwrap();
    assert!(plane.kubectl(&create).unwrap_err().contains("restricted"), "the level is not enforced here");
}
