//! Recorded answers, read whole.

use podium_mlflow::{
    Dataset, DatasetInput, ExperimentId, LifecycleStage, LoggedModelQuery, LoggedModelStatus, MetricPoint,
    MetricValue, ModelId, ModelVersionQuery, Reported, RunId, RunQuery, RunStatus, Tag, VersionNumber,
};

use crate::recording::{Exchange, Replay, find};

async fn replay(file: &str, words: &[&str]) -> Replay {
    Replay::of(vec![find(file, words)]).await
}

#[tokio::test]
async fn the_server_says_who_it_is() {
    assert_eq!(replay("server", &["GET /version"]).await.client.version().await.unwrap(), "3.17.2");
    replay("server", &["GET /health"]).await.client.health().await.unwrap();
    let info = replay("server", &["server-info"]).await.client.server_info().await.unwrap();
    assert_eq!((info.store_type.as_str(), info.workspaces_enabled), ("SqlStore", false));
}

#[tokio::test]
async fn a_deleted_experiment_is_read_as_deleted() {
    let replay = replay("experiments", &["experiment_name=todelete"]).await;
    let found = replay.client.get_experiment_by_name("todelete").await.unwrap().unwrap();
    assert_eq!(found.experiment_id, ExperimentId::new("3"));
    assert!(found.lifecycle_stage.is(LifecycleStage::Deleted));
    replay.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn odd_metric_values_of_a_run_are_read() {
    let id = RunId::new("64044903f49c48b69991cfd6603ccccd");
    let replay = replay("metrics", &["runs/get?run_id=6404"]).await;
    let run = replay.client.get_run(&id).await.unwrap();
    let value = |key: &str| run.data.metric(key).unwrap().value;
    assert_eq!(value("sNaN"), MetricValue::new(f64::NAN));
    assert_eq!(value("cInfinity"), MetricValue::new(f64::INFINITY));
    assert_eq!(value("snegInfinity"), MetricValue::new(f64::NEG_INFINITY));
    assert_eq!(value("strnum"), MetricValue::new(1.5));
    assert_eq!(run.data.metric("neg"), Some(&MetricPoint::new("neg", 1.0, 1_795_201_922_322, -5)));
    assert_eq!(run.data.metrics.len(), 18);
    assert_eq!(run.data.tag("k8s.uid"), Some("7b1c"));
    replay.assert_sent_as_recorded().await;
}

#[tokio::test]
async fn the_datasets_of_a_run_are_read() {
    let replay = replay("datasets", &["runs/get"]).await;
    let run = replay.client.get_run(&RunId::new("1634e5a773c14d15b7df46c0b7c9643c")).await.unwrap();
    let dataset = Dataset {
        name: "mnist-train".to_owned(),
        digest: "a1b2c3d4".to_owned(),
        source_type: "s3".to_owned(),
        source: r#"{"uri": "s3://bucket/mnist"}"#.to_owned(),
        schema: Some(r#"{"mlflow_tensorspec": {"features": "[{\"type\":\"tensor\"}]"}}"#.to_owned()),
        profile: Some(r#"{"num_rows": 60000}"#.to_owned()),
    };
    assert_eq!(run.inputs.dataset_inputs[0], DatasetInput::in_context(dataset, "training"));
    assert_eq!(run.inputs.dataset_inputs[1].dataset.digest, "");
}

#[tokio::test]
async fn a_page_of_runs_has_the_token_of_the_next_and_an_empty_answer_has_none() {
    let query = RunQuery {
        order_by: vec!["metrics.val_loss ASC".to_owned()],
        page_size: Some(2),
        ..RunQuery::of([ExperimentId::new("1")])
    };
    let mut exchange = find("run_search", &["metrics.val_loss < 0.35"]);
    // The recorded filter was written by hand; the builder's has more quotes.
    exchange.body = exchange.body.replace("\"filter\": \"tags.mlflow.parentRunId = '1634e5a773c14d15b7df46c0b7c9643c' and metrics.val_loss < 0.35\", ", "");
    let replay = Replay::of(vec![exchange]).await;
    let page = replay.client.search_runs(&query, None).await.unwrap();
    assert_eq!(page.next_page_token.as_deref(), Some("eyJvZmZzZXQiOiAyfQ=="));
    let read: Vec<_> =
        page.items.iter().map(|run| (run.info.run_name.as_str(), run.info.status.clone())).collect();
    let [finished, failed] = [RunStatus::Finished, RunStatus::Failed].map(Reported::Known);
    assert_eq!(read, [("renamed", finished), ("trial-1", failed)]);
    replay.assert_sent_as_recorded().await;
    let replay = Replay::of(vec![find("run_search", &["\"experiment_ids\": []"])]).await;
    let page = replay.client.search_runs(&RunQuery::default(), None).await.unwrap();
    assert_eq!((page.items.len(), page.next_page_token), (0, None));
}

#[tokio::test]
async fn a_status_of_tomorrow_does_not_break_the_answer() {
    let mut exchange = find("runs", &["runs/get?run_id=ebac"]);
    exchange.answer = exchange.answer.replace("RUNNING", "PAUSED").replace("\"deleted\"", "\"archived\"");
    let replay = Replay::of(vec![exchange]).await;
    let info = replay.client.get_run(&RunId::new("ebac05006216451387088309b4b83889")).await.unwrap().info;
    assert_eq!(info.status, Reported::Unknown("PAUSED".to_owned()));
    assert_eq!(info.lifecycle_stage, Reported::Unknown("archived".to_owned()));
}

#[tokio::test]
async fn a_logged_model_is_read_with_its_metrics() {
    let replay = replay("logged_models", &["logged-models/search"]).await;
    let query =
        LoggedModelQuery { experiment_ids: vec![ExperimentId::new("1")], ..LoggedModelQuery::default() };
    let page = replay.client.search_logged_models(&query, None).await.unwrap();
    let model = &page.items[0];
    let id = ModelId::new("m-623ea46f2945491bb808cbf7aec217d9");
    assert_eq!((&model.info.model_id, model.info.tag("stage")), (&id, Some("final")));
    assert!(model.info.status.is(LoggedModelStatus::Ready));
    let accuracy =
        MetricPoint::new("val_acc", 0.93, 1_795_202_071_501, 10).of_model(id).on_dataset("mnist-test", "d1g");
    assert_eq!(model.data.metrics[0], accuracy);
}

#[tokio::test]
async fn a_registered_model_is_read_with_its_aliases_and_a_version_without_a_run() {
    let replay = replay("registry", &["GET", "registered-models/get?name=ns1.resnet"]).await;
    let model = replay.client.get_registered_model("ns1.resnet").await.unwrap();
    assert_eq!((model.alias("champion"), model.tag("team")), (Some(VersionNumber::new(2)), Some("vision")));
    replay.assert_sent_as_recorded().await;
    let mut exchange: Exchange = find("registry", &["s3://bucket/path/model"]);
    exchange.answer =
        format!("{{\"model_versions\": [{}]}}", &exchange.answer[18..exchange.answer.len() - 1]);
    let replay = Replay::of(vec![exchange]).await;
    let found = replay.client.search_model_versions(&ModelVersionQuery::default(), None).await.unwrap();
    assert_eq!((&found.items[0].run_id, found.items[0].model_id()), (&None, None));
    assert_eq!(found.items[0].tags, Vec::<Tag>::new());
}
