//! Specs that can't be carried out: status and an Event name field, value and range; nothing is made.

use serde_json::{Value, json};

use crate::sample;
use crate::world::World;

/// What status says about the sample with a change.
async fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    change(&mut pipeline["spec"]);
    world.create(pipeline);
    world.settle().await;
    let made = world.with(|state| (state.mlflow.runs.len(), state.cluster.all("jobs").len()));
    assert_eq!(made, (0, 0));
    // Said once, and not tried again and again.
    let writes = world.writes();
    assert_eq!(writes.iter().filter(|write| write.contains("/status")).count(), 1, "{writes:?}");
    assert_eq!(world.with(|state| state.cluster.all("events").len()), 1);
    world.pass(3600).await;
    assert_eq!(world.writes(), writes);
    let status = world.status();
    assert_eq!(status["phase"], "Failed");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&status["conditions"][0]["reason"]), text(&status["message"]))
}

#[tokio::test]
async fn a_parameter_out_of_its_range_is_named_with_the_range() {
    let (reason, message) =
        refused(|spec| spec["candidates"][1]["parameters"] = json!({"n_estimators": -3})).await;
    assert_eq!(reason, "InvalidSpec");
    for words in ["spec.candidates[forest].parameters", "n_estimators", "-3", "1"] {
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn a_model_outside_of_the_namespaces_grant_is_named_with_those_inside() {
    let (reason, message) = refused(|spec| spec["registration"]["registeredModel"] = "theirs".into()).await;
    assert_eq!(reason, "NotAllowed");
    assert!(message.contains("\"theirs\"") && message.contains("churn, other"), "{message}");
}

#[tokio::test]
async fn each_wrong_field_is_named_with_its_value() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str, &str); 6] = [
        (
            |spec| spec["split"] = json!({"holdout": "0.99"}),
            "spec.split.holdout",
            "0.99 is not from 0.01 to 0.9",
        ),
        (|spec| spec["schedule"] = json!({"cron": "61 * * * *"}), "spec.schedule", "61 * * * *"),
        (|spec| spec["resources"] = json!({"memory": "lots"}), "spec.resources.memory", "\"lots\""),
        (|spec| spec["data"]["uri"] = "s3://lake/churn.txt".into(), "spec.data.format", "churn.txt"),
        (|spec| spec["data"]["weightColumn"] = "churned".into(), "spec.data.weightColumn", "\"churned\""),
        (|spec| spec["split"] = json!({"strategy": "Group"}), "spec.data.groupColumn", "Group"),
    ];
    for (change, field, words) in cases {
        let (_, message) = refused(change).await;
        assert!(message.contains(field) && message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn a_spec_that_is_put_right_runs() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["split"] = json!({"holdout": "2"});
    world.create(pipeline);
    world.settle().await;
    world.edit(|pipeline| pipeline["spec"]["split"] = json!({"holdout": "0.2"}));
    world.settle().await;
    assert_eq!(world.status()["phase"], "Succeeded");
}
