//! Requests as they were recorded: path, query and members of the body.

use bytes::Bytes;
use podium_mlflow::{
    ArtifactRoot, Auth, Batch, Class, CreateLoggedModel, CreateModelVersion, CreateRun, Dataset,
    DatasetInput, ExperimentId, FinalStatus, MetricPoint, ModelId, ModelInput, Param, RunId, RunStatus, Tag,
    UpdateModelVersion, UpdateRun, VersionNumber,
};

use crate::recording::{Exchange, Replay, find};

const RUN: &str = "64044903f49c48b69991cfd6603ccccd";
const MODEL: &str = "m-623ea46f2945491bb808cbf7aec217d9";
const NAME: &str = "ns1.resnet";
const ONE: fn() -> VersionNumber = || VersionNumber::new(1);

async fn replay(file: &str, words: &[&str]) -> Replay {
    Replay::of(vec![find(file, words)]).await
}

#[tokio::test]
async fn experiments_are_asked_for_as_recorded() {
    let server = replay("experiments", &["experiments/create", "tags"]).await;
    let tags = [Tag::new("mlflow.note.content", "managed by operator"), Tag::new("k8s.namespace", "ns1")];
    assert_eq!(server.client.create_experiment("train-op/ns1", &tags).await.unwrap(), ExperimentId::new("1"));
    server.assert_sent_as_recorded().await;
    let server = replay("experiments", &["experiment_name=train-op/ns1"]).await;
    let found = server.client.get_experiment_by_name("train-op/ns1").await.unwrap().unwrap();
    assert_eq!(found.tags, tags);
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["experiments/restore"]).await;
    server.client.restore_experiment(&ExperimentId::new("3")).await.unwrap();
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn runs_are_created_and_closed_as_recorded() {
    let server = replay("runs", &["runs/create", "job-a"]).await;
    let tags = [
        ("mlflow.user", "operator"),
        ("mlflow.source.name", "trainjob/ns1/job-a"),
        ("mlflow.source.type", "JOB"),
        ("mlflow.source.git.commit", "deadbeef"),
        ("k8s.uid", "7b1c"),
    ];
    let asked = CreateRun {
        experiment_id: ExperimentId::new("1"),
        run_name: Some("job-a".to_owned()),
        start_time_ms: 1_795_201_922_067,
        tags: tags.map(|(key, value)| Tag::new(key, value)).into(),
    };
    let made = server.client.create_run(&asked).await.unwrap();
    assert_eq!((made.info.run_id.as_str(), made.info.start_time_ms), (RUN, asked.start_time_ms));
    server.assert_sent_as_recorded().await;
    let server = replay("runs", &["runs/update", "FINISHED", "1795201987617"]).await;
    let update = UpdateRun::end(RunStatus::Finished, 1_795_201_987_617);
    let ended =
        server.client.update_run(&RunId::new("46a10cec8e7943a99a71a507413007cf"), &update).await.unwrap();
    assert_eq!(ended.end_time_ms, Some(1_795_201_987_617));
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn tags_metrics_and_inputs_are_sent_as_recorded() {
    let run = RunId::new(RUN);
    let server = replay("empty", &["runs/set-tag"]).await;
    server.client.set_tag(&run, &Tag::new("k8s.phase", "Running")).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["runs/delete-tag"]).await;
    server.client.delete_tag(&run, "k8s.phase").await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["log-batch", "cNaN"]).await;
    let metrics = vec![MetricPoint::new("cNaN", f64::NAN, 1_795_201_922_322, 1)];
    server.client.log_batch(&run, &Batch { metrics, ..Batch::default() }).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["log-batch", "val_f1"]).await;
    let metrics = vec![MetricPoint::new("val_f1", 0.9, 1_795_202_071_547, 10).of_model(ModelId::new(MODEL))];
    server.client.log_batch(&run, &Batch { metrics, ..Batch::default() }).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("metrics", &["metrics/get-history?"]).await;
    // The recorded page was read with max_results=2; the token leads to a page that this server does not
    // have.
    assert!(server.client.get_metric_history(&run, "loss").await.is_err());
}

#[tokio::test]
async fn datasets_and_models_of_a_run_are_sent_as_recorded() {
    let run = RunId::new("1634e5a773c14d15b7df46c0b7c9643c");
    let server = replay("empty", &["log-inputs", "datasets"]).await;
    let dataset = Dataset {
        name: "mnist-train".to_owned(),
        digest: "a1b2c3d4".to_owned(),
        source_type: "s3".to_owned(),
        source: r#"{"uri": "s3://bucket/mnist"}"#.to_owned(),
        schema: Some(r#"{"mlflow_tensorspec": {"features": "[{\"type\":\"tensor\"}]"}}"#.to_owned()),
        profile: Some(r#"{"num_rows": 60000}"#.to_owned()),
    };
    let input = DatasetInput::in_context(dataset, "training");
    server.client.log_inputs(&run, &[input], &[]).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["log-inputs", "models"]).await;
    server.client.log_inputs(&run, &[], &[ModelInput { model_id: ModelId::new(MODEL) }]).await.unwrap();
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn artifacts_are_put_and_listed_as_recorded() {
    let root = ArtifactRoot::parse(&format!("mlflow-artifacts:/1/{RUN}/artifacts"));
    let server = replay("artifacts", &["PUT", "hello.txt"]).await;
    let body = Bytes::from_static(b"hello world");
    server.client.put_artifact(&root, &"model/hello.txt".parse().unwrap(), body).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("artifacts", &["artifacts/list", "path=model"]).await;
    let listed =
        server.client.list_run_artifacts(&RunId::new(RUN), Some(&"model".parse().unwrap())).await.unwrap();
    assert_eq!((listed[0].path.as_str(), listed[0].file_size), ("model/hello.txt", Some(11)));
    server.assert_sent_as_recorded().await;
    let server = replay("artifacts", &["mlflow-artifacts/artifacts?path="]).await;
    let listed = server.client.list_artifacts(&root.join(&"model".parse().unwrap())).await.unwrap();
    assert_eq!(listed[0].path, "hello.txt");
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["DELETE", "noct.bin"]).await;
    server.client.delete_artifact(&root, &"model/noct.bin".parse().unwrap()).await.unwrap();
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn logged_models_are_created_finalised_and_tagged_as_recorded() {
    let server = replay("logged_models", &["logged-models {", "\"cnn\""]).await;
    let asked = CreateLoggedModel {
        experiment_id: ExperimentId::new("1"),
        name: "cnn".to_owned(),
        model_type: "classifier".to_owned(),
        source_run_id: Some(RunId::new(RUN)),
        params: vec![Param::new("arch", "resnet18")],
        tags: vec![Tag::new("k8s.trainjob", "ns1/job-a")],
    };
    assert_eq!(server.client.create_logged_model(&asked).await.unwrap().info.model_id, ModelId::new(MODEL));
    server.assert_sent_as_recorded().await;
    let mut exchange = find("logged_models", &["PATCH", "\"status\": 2"]);
    exchange.body = exchange.body.replace("\"status\": 2", "\"status\": \"LOGGED_MODEL_READY\"");
    let server = Replay::of(vec![exchange]).await;
    server.client.finalize_logged_model(&ModelId::new(MODEL), FinalStatus::Ready).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["logged-models", "tags"]).await;
    server.client.set_logged_model_tags(&ModelId::new(MODEL), &[Tag::new("stage", "final")]).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("logged_models", &["artifacts/directories"]).await;
    let listed = server.client.list_logged_model_artifacts(&ModelId::new(MODEL), None).await.unwrap();
    assert_eq!(listed.len(), 2);
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn the_registry_is_asked_as_recorded() {
    let server = replay("registry", &["registered-models/create", "desc"]).await;
    server.client.create_registered_model(NAME, "desc", &[Tag::new("team", "vision")]).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("registry", &["model-versions/create", "\"v1\""]).await;
    let tags = vec![Tag::new("k8s.trainjob", "ns1/job-a")];
    let mut asked =
        CreateModelVersion::of_logged_model(NAME, ModelId::new(MODEL), Some(RunId::new(RUN)), tags);
    asked.description = "v1".to_owned();
    assert_eq!(server.client.create_model_version(&asked).await.unwrap().version, ONE());
    server.assert_sent_as_recorded().await;
    let server = replay("registry", &["get-download-uri"]).await;
    let place = server.client.get_model_version_download_uri(NAME, ONE()).await.unwrap();
    assert_eq!(place.to_string(), format!("mlflow-artifacts:/1/models/{MODEL}/artifacts"));
    server.assert_sent_as_recorded().await;
    let server = replay("registry", &["alias=champion"]).await;
    let held = server.client.get_model_version_by_alias(NAME, "champion").await.unwrap().unwrap();
    assert_eq!((held.version, held.aliases), (ONE(), vec!["champion".to_owned()]));
    server.assert_sent_as_recorded().await;
    let server = replay("registry", &["PATCH", "model-versions/update"]).await;
    let update = UpdateModelVersion { description: "new **desc**".to_owned() };
    server.client.update_model_version(NAME, ONE(), &update).await.unwrap();
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn aliases_and_tags_of_versions_are_sent_as_recorded() {
    let server = replay("empty", &["POST", "registered-models/alias"]).await;
    server.client.set_registered_model_alias(NAME, "champion", ONE()).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["DELETE", "registered-models/alias"]).await;
    server.client.delete_registered_model_alias(NAME, "champion").await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["registered-models/set-tag"]).await;
    server.client.set_registered_model_tag(NAME, &Tag::new("owner", "ml")).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["model-versions/set-tag"]).await;
    server.client.set_model_version_tag(NAME, ONE(), &Tag::new("validated", "true")).await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["model-versions/delete-tag"]).await;
    server.client.delete_model_version_tag(NAME, ONE(), "validated").await.unwrap();
    server.assert_sent_as_recorded().await;
    let server = replay("empty", &["model-versions/delete {"]).await;
    server.client.delete_model_version(NAME, VersionNumber::new(3)).await.unwrap();
    server.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn a_token_that_was_renewed_meanwhile_is_sent_at_once_also_for_a_creation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "old").unwrap();
    let refused = Exchange {
        status: 401,
        content_type: "text/html".to_owned(),
        ..find("runs", &["runs/create", "job-a"])
    };
    let taken = find("runs", &["runs/create", "job-a"]);
    let answers = vec![taken.clone(), refused.clone(), taken, refused.clone()];
    let server = Replay::with_login(Auth::TokenFile(path.clone()), answers).await;
    let asked = CreateRun {
        experiment_id: ExperimentId::new("1"),
        run_name: None,
        start_time_ms: 1,
        tags: Vec::new(),
    };
    server.client.create_run(&asked).await.unwrap();
    std::fs::write(&path, "new").unwrap();
    server.client.create_run(&asked).await.unwrap();
    // The same token again is not sent twice.
    let error = server.client.create_run(&asked).await.unwrap_err();
    assert_eq!(error.class(), Class::Unauthorised);
    assert_eq!(server.logins().await, ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]);
}
