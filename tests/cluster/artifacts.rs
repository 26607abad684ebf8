//! Artifacts that MLflow does not serve: pods and operator reach the bucket past it.

use serde_json::{Value, json};

use crate::harness::machine::{HOST, folder, script, stop_at_the_end};
use crate::harness::manifests::promoted;
use crate::harness::objects::message;
use crate::harness::tracker::Tracker;
use crate::harness::{World, changed, pipeline};

fn ready_reason(seen: &Value) -> &str {
    seen["status"]["conditions"][0]["reason"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_a_bucket_that_mlflow_does_not_serve_is_promoted_once_the_operator_may_read_it() {
    let place = folder("s3-artifacts");
    stop_at_the_end("s3", &place);
    let url = script(&["s3", "start", place.to_str().unwrap(), "0", HOST]);
    let login = script(&["s3", "login"]);
    let (access, key) = login.split_once(' ').unwrap();
    let variables = |key: &str| {
        vec![
            ("AWS_ENDPOINT_URL", url.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_ACCESS_KEY_ID", access.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", key.to_owned()),
        ]
    };
    std::fs::create_dir_all(place.join("buckets/models")).unwrap();
    let world = World::on("bucket", Tracker::own("mlflow-bucket", &["--unserved", "s3://models/runs"])).await;
    world.breast_cancer().await;
    let stranger = world.lead_with(variables("not-the-key")).await;
    let login: serde_json::Map<_, _> =
        variables(key).into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    world
        .apply(json!({"apiVersion": "v1", "kind": "Secret", "stringData": login,
            "metadata": {"name": "bucket", "namespace": world.namespace}}))
        .await;
    let with_login = json!({"spec": {"data": {"credentialsSecret": "bucket"}}});
    world.apply(changed(changed(pipeline(&world, "kept"), promoted(&world)), with_login)).await;
    let done = world.succeeded("kept", 120).await;
    let seen = world.version_in(&done, "Pending", 60).await;
    let name = seen["metadata"]["name"].as_str().unwrap().to_owned();
    let denied = |seen: &Value| ready_reason(seen) == "ArtifactsUnauthorized";
    let seen = world.until("ModelVersion", &name, "ArtifactsUnauthorized", 60, denied).await;
    assert!(message(&seen).contains("artifacts.existingSecret"), "{}", message(&seen));
    assert!(!message(&seen).contains("not-the-key"), "{}", message(&seen));
    assert_eq!(world.tracker.versions(&world.model).await.len(), 0, "nothing was registered");

    stranger.stop().await;
    let operator = world.lead_with(variables(key)).await;
    let seen = world.version_in(&done, "Promoted", 90).await;
    assert_eq!(seen["status"]["modelDigest"], done["status"]["run"]["modelDigest"]);
    assert_eq!(world.tracker.alias(&world.model, "champion").await, Some(1));
    assert_eq!(world.tracker.versions(&world.model).await.len(), 1);
    operator.stop().await;
}
