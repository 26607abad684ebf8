//! MLflow away, silent or cut off at each single request, and the trainer killed after each: the end is the same.

use std::time::Duration;

use podium_artifacts::{Files, of_files};
use podium_contract::{Candidate, Outcome, RESULT_TAG, Trained};
use podium_mlflow::{Run, RunId, RunStatus};
use serde_json::json;

use super::data::DataServer;
use super::document::{self, candidate};
use super::mlflow::{self, Server, artifact, breast_cancer_input, is_finished, metric, outcome, result};
use super::pipeline::Pipeline;
use super::pod::{self, Pod};
use super::proxy::{Mode, Proxy};

async fn pipeline(name: &str) -> (DataServer, Pipeline) {
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated(name, &uri, "target", |_| {}).await;
    (server, pipeline)
}

fn logistic() -> Candidate {
    candidate("logistic", "LogisticRegression", &[])
}

/// Everything of a training stands in the run, once, and belongs together.
async fn check(pipeline: &Pipeline, id: &RunId, wanted: &Trained) -> Run {
    let client = &pipeline.client;
    let run = client.get_run(id).await.unwrap();
    assert!(is_finished(&run), "{:?}", run.info.status);
    let attempt = i64::from(result(&run, RESULT_TAG).unwrap().attempt);
    let Outcome::Trained(found) = outcome(&run, RESULT_TAG) else { panic!() };
    assert_eq!((found.score, &found.metric), (wanted.score, &wanted.metric));
    for (name, value) in &found.metrics {
        let stored = run.data.metric(name).unwrap();
        assert_eq!((stored.value.get(), stored.step), (*value, attempt), "{name}");
        let history = client.get_metric_history(id, name).await.unwrap();
        assert_eq!(history.iter().filter(|point| point.step == attempt).count(), 1, "{name}");
    }
    assert_eq!(run.data.param("algorithm"), Some("LogisticRegression"));
    let input = breast_cancer_input(&pipeline.base.data.uri, &pipeline.validated.data_digest, "training");
    assert_eq!(run.inputs.dataset_inputs, [input], "once, however often it was sent");
    let mut files = Files::new();
    for name in ["MLmodel", "model.onnx", "model.podium", "requirements.txt", "python_env.yaml"] {
        files.insert(name.to_owned(), artifact(client, &run, &format!("model/{name}")).await.into());
    }
    assert_eq!(of_files(&files), found.model_digest);
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_may_be_refused_or_its_answer_lost_and_all_arrives_once() {
    let (_server, pipeline) = pipeline("each-request").await;
    let (_, _, wanted) = pipeline.train(&logistic()).await;
    for mode in [Mode::RefuseFirst, Mode::LoseFirst] {
        let proxy = Proxy::start(&mlflow::shared().url, mode).await;
        let id = pipeline.run("candidate").await;
        let mut document = pipeline.train_document(&id, logistic());
        document.tracking.uri = proxy.url();
        document.tracking.timeout_seconds = 120;
        pod::run_well(&document).await;
        check(&pipeline, &id, &wanted).await;
        assert!(proxy.requests() > 20, "{mode:?}: {} requests", proxy.requests());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_request_is_mended_by_the_next_attempt() {
    let (_server, pipeline) = pipeline("each-kill").await;
    let (_, _, wanted) = pipeline.train(&logistic()).await;
    let mut kills = 0;
    for number in 0..60 {
        let proxy = Proxy::start(&mlflow::shared().url, Mode::HoldAfter(number)).await;
        let id = pipeline.run("candidate").await;
        let mut document = pipeline.train_document(&id, logistic());
        document.tracking.uri = proxy.url();
        let mut pod = Pod::start(&document, &[]);
        let held = tokio::select! {
            () = proxy.held() => true,
            () = async { while pod.is_running() { tokio::time::sleep(Duration::from_millis(20)).await } } => false,
        };
        if held {
            pod.signal("-KILL");
            kills += 1;
        }
        let (status, log) = tokio::task::spawn_blocking(move || pod.wait()).await.unwrap();
        assert!(held || status.success(), "{log}");
        let mut second = pipeline.train_document(&id, logistic());
        second.attempt = 2;
        pod::run_well(&second).await;
        check(&pipeline, &id, &wanted).await;
        if !held {
            break;
        }
    }
    assert!((15..60).contains(&kills), "{kills} kills");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_for_20_seconds_delays_the_result_and_loses_nothing() {
    let server = Server::start("away", &[]);
    let client = mlflow::client(&server.url);
    let experiment = mlflow::experiment(&client, "away").await;
    let (_data, pipeline) = pipeline("away-data").await;
    let forest = candidate("forest", "RandomForest", &[("n_estimators", json!(3000))]);
    // Away before the first look; and gone while it trains.
    for is_away_first in [true, false] {
        let id = mlflow::create_run(&client, &experiment, "candidate").await;
        let mut document =
            document::train(&pipeline.base, &id, document::pinned(&pipeline.validated), forest.clone());
        document.tracking.uri = server.url.clone();
        if is_away_first {
            server.stop();
        }
        let pod = Pod::start(&document, &[]);
        if !is_away_first {
            while client.get_run(&id).await.unwrap().data.tag(podium_contract::ATTEMPT_TAG).is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            server.stop();
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert!(client.get_run(&id).await.is_err(), "the server is away");
        server.start_again();
        let (status, log) = tokio::task::spawn_blocking(move || pod.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0), "{log}");
        let run = client.get_run(&id).await.unwrap();
        assert!(run.info.status.is(RunStatus::Finished));
        let Outcome::Trained(found) = outcome(&run, RESULT_TAG) else { panic!() };
        for (name, value) in &found.metrics {
            assert_eq!(metric(&run, name), *value);
            assert_eq!(client.get_metric_history(&id, name).await.unwrap().len(), 1, "{name}");
        }
    }
}
