//! The main job: from a manifest to a promoted model, and to one that is refused.

use podium_mlflow::RunStatus;
use serde_json::json;

use crate::harness::data::manifest;
use crate::harness::objects::{message, phase, reason};
use crate::harness::{World, changed};

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_ends_with_a_promoted_model_and_one_with_an_impossible_gate_leaves_the_alias_alone() {
    let world = World::new("promotion").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;

    world.apply(manifest(&world, "breast-cancer.yaml")).await;
    let pipeline = world.succeeded("breast-cancer", 150).await;
    let status = &pipeline["status"];
    assert_eq!(status["progress"], "2/2");
    assert_eq!(status["observedGeneration"], pipeline["metadata"]["generation"]);
    assert_eq!(status["conditions"][0]["type"], "Ready");
    assert_eq!(
        (&status["conditions"][0]["status"], &status["conditions"][1]),
        (&json!("True"), &json!(null))
    );
    let value: f64 = status["best"]["value"].as_str().unwrap().parse().unwrap();
    assert!(value > 0.9, "f1_score on the holdout is {value}");
    let version = world.version_in(&pipeline, "Promoted", 60).await;
    assert_eq!(
        (&version["status"]["version"], &version["status"]["alias"]),
        (&json!("1"), &json!("champion"))
    );

    let runs = world.tracker.runs(&world.namespace, "breast-cancer").await;
    assert_eq!(runs.counts(), (1, vec![("forest", 1), ("logistic", 1)], 1));
    assert_eq!(runs.states(), [RunStatus::Finished]);
    let logged = runs.evaluations[0].data.metric("f1_score").unwrap().value.get();
    assert_eq!(logged, value, "status and MLflow say the same");
    assert_eq!(world.tracker.alias(&world.model, "champion").await, Some(1));

    world.apply(manifest(&world, "breast-cancer-impossible.yaml")).await;
    let pipeline = world.succeeded("breast-cancer-impossible", 120).await;
    let version = world.version_in(&pipeline, "Rejected", 60).await;
    let gate = &version["status"]["gates"][0];
    assert_eq!((&gate["name"], &gate["result"]), (&json!("perfect"), &json!("Fail")), "{gate}");
    assert!(message(&version).contains("log_loss"), "{}", message(&version));
    assert_eq!(version["status"]["version"], "2");
    let decision = &version["status"]["history"][0];
    assert_eq!((&decision["action"], &decision["by"]), (&json!("Reject"), &json!("operator")));
    let told = world.until_told(version["metadata"]["name"].as_str().unwrap(), reason(&version), 30).await;
    assert!(told.contains("log_loss"), "{told}");
    let registered = world.tracker.versions(&world.model).await;
    let tag = format!("podium.dev/decision.{}", decision["id"].as_str().unwrap());
    let proof = registered
        .iter()
        .find(|one| one.version.get() == 2)
        .unwrap()
        .tag(&tag)
        .unwrap_or_else(|| panic!("no tag {tag}"));
    let proof: serde_json::Value = serde_json::from_str(proof).unwrap();
    assert_eq!((&proof["action"], &proof["reason"]), (&json!("Reject"), &decision["reason"]), "{proof}");
    assert_eq!(world.tracker.alias(&world.model, "champion").await, Some(1));
    assert!(world.holding().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_a_person_must_promote_waits_for_the_approval_and_takes_it_once() {
    let world = World::new("approval").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let manual = json!({"spec": {"registration": {
        "registeredModel": world.manual,
        "gates": [{"name": "quality", "metric": "f1_score", "min": "0.5"}],
        // Auto is not allowed for this model, so it counts as Manual.
        "promotion": {"mode": "Auto", "alias": "live"},
    }}});
    world.apply(changed(crate::harness::pipeline(&world, "asked"), manual)).await;
    let pipeline = world.succeeded("asked", 90).await;
    let version = world.version_in(&pipeline, "AwaitingApproval", 60).await;
    assert_eq!(world.tracker.alias(&world.manual, "live").await, None);

    let (name, evidence) =
        (version["metadata"]["name"].as_str().unwrap(), &version["status"]["evidenceDigest"]);
    let action = |nonce: &str| format!("approve:1:{}:{nonce}", evidence.as_str().unwrap());
    let annotate = |value: String| json!({"metadata": {"annotations": {"podium.dev/action": value}}});
    world.change("ModelVersion", name, annotate(format!("approve:1:{}:n0", "0".repeat(64)))).await;
    let refused = |seen: &serde_json::Value| seen["status"]["handledAction"].as_str().is_some();
    let seen = world.until("ModelVersion", name, "answering the wrong approval", 30, refused).await;
    assert_eq!(phase(&seen), "AwaitingApproval", "an approval of other evidence promotes nothing");

    world.change("ModelVersion", name, annotate(action("n1"))).await;
    world.version_in(&pipeline, "Promoted", 60).await;
    assert_eq!(world.tracker.alias(&world.manual, "live").await, Some(1));
    assert_eq!(world.record(&world.manual).await["sequence"], 1);
}
