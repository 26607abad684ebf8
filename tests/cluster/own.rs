//! Candidates that a container of the user's own trains: a Python image, judged as our learners are, through failures of all three parts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::objects::{message, phase};
use crate::harness::once::assert_one_of_each;
use crate::harness::{World, changed, image, pipeline};

/// A pipeline with one tree that can't learn much beside the user's own program; `fault` is what goes wrong with that.
fn own(world: &World, name: &str, fault: &str) -> Value {
    let change = json!({"spec": {
        "data": {"uri": "configmap://breast-cancer/breast_cancer.csv", "target": "target", "positiveLabel": "0"},
        "evaluation": {"metric": "roc_auc"},
        "candidates": [
            {"name": "stump", "algorithm": "RandomForest", "parameters": {"n_estimators": 1, "max_depth": 1}},
            {"name": "own", "container": {
                "image": image::own(),
                "command": ["/opt/python/bin/python3", "/app/train.py"],
                "env": [{"name": "FAULT", "value": fault}],
            }},
        ],
        "limits": {"backoffLimit": 1},
        "resources": {"cpu": "200m", "memory": "256Mi"},
    }});
    changed(pipeline(world, name), change)
}

fn candidate(seen: &Value) -> &Value {
    &seen["status"]["candidates"][1]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_user_s_own_image_is_judged_wins_and_is_promoted_whoever_dies_on_the_way() {
    let world = World::new("own").await;
    world.breast_cancer().await;
    let mut operator = Some(world.lead().await);
    let promoted = crate::harness::manifests::promoted(&world);
    world.apply(changed(own(&world, "own", ""), promoted)).await;
    let trains = |seen: &Value| phase(candidate(seen)) == "Running" || candidate(seen)["phase"] == "Running";
    world.until("TrainingPipeline", "own", "training in the container", 120, trains).await;
    operator.take().unwrap().kill();
    tokio::time::sleep(Duration::from_millis(500)).await;
    operator = Some(world.lead().await);
    let done = world.succeeded("own", 240).await;
    assert_eq!(done["status"]["best"]["candidate"], "own", "{}", done["status"]);
    let version = world.version_in(&done, "Promoted", 60).await;
    assert_eq!(version["status"]["version"], "1");
    assert_one_of_each(&world, &world, "own", &[("own", 1), ("stump", 1)]).await;
    let runs = world.tracker.runs(&world.namespace, "own").await;
    let logged = runs.evaluations[0].data.metric("roc_auc").unwrap().value.get();
    assert!(logged > 0.98, "{logged}");
    assert!(world.holding().await.is_empty());
    drop(operator);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_fails_or_leaves_nothing_but_its_own_word_never_wins_and_says_why() {
    let world = World::new("own-fails").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    world.apply(own(&world, "exits", "exit")).await;
    world.apply(own(&world, "nothing", "nothing")).await;
    world.apply(own(&world, "boast", "boast")).await;
    let (exits, nothing, boast) = tokio::join!(
        world.succeeded("exits", 240),
        world.succeeded("nothing", 240),
        world.succeeded("boast", 240),
    );
    for seen in [&exits, &nothing, &boast] {
        assert_eq!(
            (&seen["status"]["best"]["candidate"], &seen["status"]["progress"]),
            (&json!("stump"), &json!("2/2"))
        );
        assert_eq!(candidate(seen)["phase"], "Failed");
    }
    let told = candidate(&exits)["message"].as_str().unwrap();
    assert!(
        told.starts_with("BackoffLimitExceeded: ") && told.contains("exit code 1: no luck today"),
        "{told}"
    );
    assert!(told.contains("2 attempts failed"), "{told}");
    for seen in [&nothing, &boast] {
        let told = candidate(seen)["message"].as_str().unwrap();
        assert!(
            told.starts_with("NothingMade: ") && told.contains("/podium/output/out_of_fold.csv"),
            "{told}"
        );
    }
    // What it said of itself stands in its run, and is no evidence.
    let runs = world.tracker.runs(&world.namespace, "boast").await;
    assert_eq!(runs.candidates["own"][0].data.metric("roc_auc").unwrap().value.get(), 1.0);
    assert!(runs.evaluations[0].data.metric("roc_auc").unwrap().value.get() < 1.0);
    assert!(world.holding().await.is_empty());
    assert!(!message(&exits).is_empty());
}
