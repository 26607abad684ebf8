//! The champion moves where a version does not expect it: by another version's promotion, or by hand in MLflow.

use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::{message, reason};
use crate::harness::{World, changed, pipeline};

/// A candidate that differs from the others by its parameter.
fn with_c(c: f64) -> Value {
    json!({"spec": {"candidates": [{"name": "logistic", "algorithm": "LogisticRegression", "parameters": {"C": c}}]}})
}

fn registration(change: Value) -> Value {
    json!({"spec": {"registration": change}})
}

fn compared_to(version: &Value) -> &str {
    version["status"]["gates"][1]["comparedTo"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_champion_moved_is_evaluated_again_beside_the_new_one_and_trained_no_more() {
    let world = World::new("moved").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let base = |name: &str, c: f64| changed(changed(pipeline(&world, name), promoted(&world)), with_c(c));
    world.apply(base("first", 1.0)).await;
    let first = world.succeeded("first", 120).await;
    world.version_in(&first, "Promoted", 60).await;

    // Both are evaluated beside version 1; then one of them takes the alias.
    let patient = registration(json!({"promotion": {"mode": "Manual"}, "gates": [
        {"name": "quality", "metric": "f1_score", "min": "0.9"},
        {"name": "no-regression", "metric": "f1_score", "compareTo": "champion", "minDelta": "-0.5", "confidence": "0.9"},
    ]}));
    let never = registration(json!({"promotion": {"mode": "Never"}}));
    world.apply(changed(base("patient", 0.5), patient)).await;
    world.apply(changed(base("quick", 2.0), never)).await;
    let (patient, quick) = tokio::join!(world.succeeded("patient", 120), world.succeeded("quick", 120));
    let (before, _) = tokio::join!(
        world.version_in(&patient, "AwaitingApproval", 60),
        world.version_in(&quick, "Evaluated", 60),
    );
    assert_eq!(compared_to(&before), "champion 1");
    world.change("TrainingPipeline", "quick", registration(json!({"promotion": {"mode": "Auto"}}))).await;
    let champion = world.version_in(&quick, "Promoted", 60).await;
    let champion = champion["status"]["version"].as_str().unwrap();

    let name = before["metadata"]["name"].as_str().unwrap();
    let new = format!("champion {champion}");
    let again = |seen: &Value| reason(seen) == "AwaitingApproval" && compared_to(seen) == new;
    let after = world.until("ModelVersion", name, "judged beside the new champion", 90, again).await;
    assert!(world.told("patient", "EvaluatedAgain").await.len() == 1);
    let done = world.get("TrainingPipeline", "patient").await;
    let run = &done["status"]["run"];
    assert_eq!(
        (&run["number"], &run["evaluationsRepeated"], &run["outcome"]),
        (&json!(1), &json!(1), &json!("Succeeded"))
    );
    assert_eq!(done["status"]["candidates"], patient["status"]["candidates"], "nothing was trained again");
    assert_eq!(after["status"]["version"], before["status"]["version"], "and no other version was made");
    assert_eq!(world.tracker.versions(&world.model).await.len(), 3);
    let runs = world.tracker.runs(&world.namespace, "patient").await;
    assert_eq!(runs.counts(), (1, vec![("logistic", 1)], 1));

    // Who approved of the old evidence approved of nothing that still holds.
    let digest = |seen: &Value| seen["status"]["evidenceDigest"].as_str().unwrap().to_owned();
    assert_ne!(digest(&before), digest(&after));
    let number = after["status"]["version"].as_str().unwrap();
    world.act("ModelVersion", name, &format!("approve:{number}:{}:a", digest(&before))).await;
    let why = world.until_told(name, "ActionRefused", 30).await;
    assert!(why.contains("look at it and approve again"), "{why}");
    world.act("ModelVersion", name, &format!("approve:{number}:{}:b", digest(&after))).await;
    world.version_is(name, "Promoted", "Promoted", 30).await;
    assert_eq!(world.tracker.alias(&world.model, "champion").await.unwrap().to_string(), number);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_moved_by_hand_is_reported_not_taken_back_and_left_to_a_person() {
    let world = World::new("drift").await;
    let _operator = world.lead().await;
    let model = &world.model;
    let first = world.promoted_by_hand("first").await;
    world.promoted_by_hand("second").await;
    world.version_is("first", "Replaced", "Replaced", 30).await;
    world.alias_by_hand(model, "champion", &first).await;

    // Nothing in Kubernetes tells of it: the version that should hold the alias looks each minute, others when woken.
    let second = world.version_is("second", "Replaced", "AliasDrift", 80).await;
    world.change("ModelVersion", "first", json!({"metadata": {"annotations": {"note": "look"}}})).await;
    let holder = world.version_is("first", "Replaced", "AliasDrift", 30).await;
    assert_eq!(
        message(&second),
        "champion was moved outside of Podium: version 1 holds it, Podium gave it to version 2; move it back in MLflow, or approve another version"
    );
    assert_eq!(holder["status"]["alias"], "champion");
    assert!(!world.told("second", "AliasDrift").await.is_empty());
    assert_eq!(world.tracker.alias(model, "champion").await, Some(1), "it is not taken back");

    let third = world.version_by_hand(model, 0.9).await;
    world.apply(world.model_version("third", model, json!({"version": third}), "Auto")).await;
    let seen = world.version_is("third", "AwaitingApproval", "AliasDrift", 30).await;
    let evidence = seen["status"]["evidenceDigest"].as_str().unwrap();
    world.act("ModelVersion", "third", &format!("approve:3:{evidence}:a")).await;
    world.version_is("third", "Promoted", "Promoted", 30).await;
    tokio::join!(
        world.version_is("first", "Replaced", "Replaced", 30),
        world.version_is("second", "Replaced", "Replaced", 30),
    );
    assert_eq!(world.tracker.alias(model, "champion").await, Some(3));
}
