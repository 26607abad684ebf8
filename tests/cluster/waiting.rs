//! What keeps a pod from running is told within seconds of the API server knowing it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, pipeline};

/// From when the API server knows it until status must say so.
const SOON: Duration = Duration::from_secs(5);

/// Waits until an Event or a pod of the namespace says `text`, and then until the pipeline does.
async fn assert_told(world: &World, name: &str, text: &str) -> Value {
    let begin = Instant::now();
    let mut known = None;
    loop {
        let seen = world.get("TrainingPipeline", name).await;
        if message(&seen).contains(text) {
            let late = known.map_or(Duration::ZERO, |known: Instant| known.elapsed());
            assert!(late <= SOON, "{name}: told {late:?} after the API server knew it");
            assert_eq!(seen["status"]["conditions"][0]["reason"], "PodPending");
            return seen;
        }
        if known.is_none() && knows(world, name, text).await {
            known = Some(Instant::now());
        }
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{name} does not say {text:?}: {:?}",
            message(&seen)
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn knows(world: &World, name: &str, text: &str) -> bool {
    let about = |object: &Value| object.to_string().contains(text);
    let pods = world.list("Pod", &format!("podium.dev/owner={name}")).await;
    let events = world.list("Event", "").await;
    let ours = events.iter().filter(|event| {
        event["involvedObject"]["kind"] != "TrainingPipeline"
            && event["involvedObject"]["name"].as_str().unwrap_or_default().starts_with(name)
    });
    pods.iter().map(|pod| &pod["status"]).any(about) || ours.into_iter().any(about)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_and_a_missing_configmap_are_named_and_once_there_the_run_goes_on() {
    let world = World::new("missing").await;
    let _operator = world.lead().await;
    let secret = json!({"spec": {"data": {"credentialsSecret": "no-secret"}}});
    world.breast_cancer().await;
    world.apply(changed(pipeline(&world, "secret"), secret)).await;
    let uri = json!({"spec": {"data": {"uri": "configmap://no-map/breast_cancer.csv"}}});
    world.apply(changed(pipeline(&world, "map"), uri)).await;
    tokio::join!(
        assert_told(&world, "secret", "secret \"no-secret\" not found"),
        assert_told(&world, "map", "configmap \"no-map\" not found"),
    );
    world.warned("secret", &["secret \"no-secret\" not found"]).await;
    world.warned("map", &["configmap \"no-map\" not found"]).await;
    world
        .apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "no-secret", "namespace": world.namespace},
            "stringData": {"AWS_REGION": "us-east-1"}}))
        .await;
    world.succeeded("secret", 150).await;
    world.delete("TrainingPipeline", "map").await;
    world.idle(60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_refuses_the_pod_is_named() {
    let world = World::new("quota").await;
    world.breast_cancer().await;
    world
        .apply(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": world.namespace},
            "spec": {"hard": {"requests.memory": "64Mi"}}}))
        .await;
    let _operator = world.lead().await;
    world.apply(pipeline(&world, "quota")).await;
    let seen = assert_told(&world, "quota", "exceeded quota: small").await;
    assert_eq!(phase(&seen), "Validating");
    assert!(world.holding().await.is_empty());
    world.delete("ResourceQuota", "small").await;
    world.delete("TrainingPipeline", "quota").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_can_not_be_pulled_is_named() {
    let world = World::new("image").await;
    world.breast_cancer().await;
    let image = "localhost:1/no-such-image:1";
    world.configure(changed(world.configuration(), json!({"trainerImage": image})));
    let _operator = world.lead().await;
    world.apply(pipeline(&world, "image")).await;
    assert_told(&world, "image", image).await;
    world.delete("TrainingPipeline", "image").await;
    world.idle(60).await;
}
