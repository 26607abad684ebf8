//! What people ask for by annotation on a ModelVersion: approve, reject, rollback, release-hold; and the hold itself.

use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::objects::{message, reason};

fn evidence(version: &Value) -> &str {
    version["status"]["evidenceDigest"].as_str().unwrap_or_else(|| panic!("no evidence: {version}"))
}

/// Approves a version on the evidence that it shows.
async fn approve(world: &World, name: &str, nonce: &str) {
    let seen = world.get("ModelVersion", name).await;
    let number = seen["status"]["version"].as_str().unwrap();
    world.act("ModelVersion", name, &format!("approve:{number}:{}:{nonce}", evidence(&seen))).await;
}

/// Asks for something that is refused, and gives the reason that the Event tells.
async fn refused(world: &World, name: &str, action: &str) -> String {
    world.act("ModelVersion", name, action).await;
    let handled = |seen: &Value| seen["status"]["handledAction"] == action;
    world.until("ModelVersion", name, "answering the action", 30, handled).await;
    // The Event is published after the status is written.
    world.until_told(name, "ActionRefused", 30).await
}

/// Deletes an object and applies it again.
async fn offer_again(world: &World, object: Value) {
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    world.delete("ModelVersion", &name).await;
    world.gone("ModelVersion", &name, 30).await;
    world.apply(object).await;
}

/// Decisions about the alias `champion` as the model's record has them, the newest first.
async fn decisions(world: &World, model: &str) -> Vec<String> {
    let record = world.record(model).await;
    let history = record["aliases"]["champion"]["history"].as_array().unwrap();
    let line =
        |one: &Value| format!("{} {}", one["action"].as_str().unwrap(), one["version"].as_str().unwrap());
    history.iter().map(line).collect()
}

/// The decisions that stand in MLflow as tags of a version.
async fn tagged(world: &World, model: &str, number: &str) -> Vec<String> {
    let all = world.tracker.versions(model).await;
    let version = all.iter().find(|version| version.version.to_string() == number).unwrap();
    let decisions = version.tags.iter().filter(|tag| tag.key.starts_with("podium.dev/decision."));
    let mut actions: Vec<String> = decisions
        .map(|tag| serde_json::from_str::<Value>(&tag.value).unwrap()["action"].as_str().unwrap().to_owned())
        .collect();
    actions.sort();
    actions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_goes_to_the_last_verified_version_and_holds_there_until_a_newer_one_passes() {
    let world = World::new("hold").await;
    let _operator = world.lead().await;
    let model = &world.model;
    let first = world.promoted_by_hand("first").await;
    let second = world.version_by_hand(model, 0.8).await;
    let never = world.model_version("second", model, json!({"version": second}), "Never");
    let auto = world.model_version("second", model, json!({"version": second}), "Auto");
    world.apply(never).await;
    world.version_is("second", "Evaluated", "Evaluated", 30).await;
    let third = world.promoted_by_hand("third").await;
    world.version_is("first", "Replaced", "Replaced", 30).await;
    assert_eq!([first.as_str(), &second, &third], ["1", "2", "3"]);

    world.act("ModelVersion", "third", "rollback:3:n1").await;
    world.version_is("third", "RolledBack", "RolledBack", 30).await;
    let holder = world.version_is("first", "Promoted", "Promoted", 30).await;
    let hold = &holder["status"]["hold"];
    assert_eq!(
        (&hold["at"], &hold["refusedUpTo"], &hold["reason"]),
        (&json!("1"), &json!("3"), &json!("RolledBack"))
    );
    assert_eq!(world.tracker.alias(model, "champion").await, Some(1));
    assert_eq!(world.tracker.alias(model, "previous").await, Some(3));
    assert_eq!(tagged(&world, model, "1").await, ["Promote", "Rollback"]);

    // Neither a version below the bad one, nor the bad one itself, nor either as a new object.
    world.apply(auto.clone()).await;
    world.version_is("second", "Held", "Held", 30).await;
    let third = world.model_version("third", model, json!({"version": "3"}), "Auto");
    tokio::join!(offer_again(&world, auto), offer_again(&world, third));
    world.version_is("second", "Held", "Held", 30).await;
    let bad = world.version_is("third", "RolledBack", "RolledBack", 30).await;
    assert_eq!(message(&bad), "version 3 was taken back: champion went to version 1");
    assert_eq!(world.tracker.alias(model, "champion").await, Some(1));
    assert_eq!(world.record(model).await["sequence"], 3, "two promotions and the rollback");

    let fourth = world.promoted_by_hand("fourth").await;
    assert_eq!(world.tracker.alias(model, "champion").await.unwrap().to_string(), fourth);
    let record = world.record(model).await;
    assert_eq!(record["aliases"]["champion"].get("hold"), None, "{record}");
    assert_eq!(decisions(&world, model).await, ["Promote 4", "Rollback 1", "Promote 3", "Promote 1"]);
    // The hold no longer refuses it, but without a person nothing goes back to an older version.
    world.version_is("second", "AwaitingApproval", "OlderThanHolder", 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_approves_rejects_takes_back_and_releases_and_each_is_done_once() {
    let world = World::new("person").await;
    let _operator = world.lead().await;
    let model = &world.manual;
    for (name, mode) in [("one", "Auto"), ("two", "Manual"), ("three", "Manual"), ("four", "Never")] {
        let version = world.version_by_hand(model, 0.9).await;
        world.apply(world.model_version(name, model, json!({"version": version}), mode)).await;
    }
    let one = world.version_is("one", "AwaitingApproval", "AutoNotAllowed", 30).await;
    assert!(message(&one).contains(&format!("approve:1:{}:NONCE", evidence(&one))), "{}", message(&one));
    world.version_is("two", "AwaitingApproval", "AwaitingApproval", 30).await;
    let three = world.version_is("three", "AwaitingApproval", "AwaitingApproval", 30).await;
    let four = world.version_is("four", "Evaluated", "Evaluated", 30).await;

    approve(&world, "one", "a").await;
    world.version_is("one", "Promoted", "Promoted", 30).await;
    approve(&world, "two", "a").await;
    world.version_is("two", "Promoted", "Promoted", 30).await;
    world.version_is("one", "Replaced", "Replaced", 30).await;

    world.act("ModelVersion", "three", &format!("reject:3:{}:a", evidence(&three))).await;
    let rejected = world.version_is("three", "Rejected", "RejectedByPerson", 30).await;
    assert_eq!(rejected["status"]["history"][0]["action"], "Reject");
    let why = refused(&world, "three", &format!("approve:3:{}:b", evidence(&three))).await;
    assert!(why.contains("version 3 was refused"), "{why}");
    let why = refused(&world, "four", &format!("approve:4:{}:a", evidence(&four))).await;
    assert!(why.contains("promotion.mode is Never"), "{why}");

    world.act("ModelVersion", "two", "rollback:2:b").await;
    world.version_is("two", "RolledBack", "RolledBack", 30).await;
    world.version_is("one", "Promoted", "Promoted", 30).await;
    let two = world.get("ModelVersion", "two").await;
    let why = refused(&world, "two", &format!("approve:2:{}:c", evidence(&two))).await;
    assert!(why.contains("release the hold first"), "{why}");

    world.act("ModelVersion", "two", "release-hold:d").await;
    let released = |seen: &Value| seen["status"].get("hold").is_none() && reason(seen) == "RolledBack";
    world.until("ModelVersion", "two", "released", 30, released).await;
    let told = world.until_told("two", "HoldReleased", 10).await;
    assert_eq!(told, "the hold at version 1 ended: versions up to 2 may be promoted again");
    approve(&world, "two", "e").await;
    world.version_is("two", "Promoted", "Promoted", 30).await;
    assert_eq!(world.tracker.alias(model, "champion").await, Some(2));
    let history = ["Promote 2", "ReleaseHold 2", "Rollback 1", "Reject 3", "Promote 2", "Promote 1"];
    assert_eq!(decisions(&world, model).await, history);
    assert_eq!(tagged(&world, model, "3").await, ["Reject"]);
    assert_eq!(
        world.get("ModelVersion", "two").await["metadata"]["annotations"]["podium.dev/action"],
        json!(format!("approve:2:{}:e", evidence(&two))),
        "the annotation is left alone"
    );
}
