//! MLflow away, silent or cut off at each single request, and the trainer killed after each write: the end is the same.

mod end;
mod subject;

use std::time::Duration;

use futures::{StreamExt, future, stream};
use podium_contract::{Outcome, RESULT_TAG};
use podium_mlflow::RunStatus;
use serde_json::json;

use super::document::{self, candidate};
use super::mlflow::{self, Server, metric, outcome};
use super::pod::{self, Pod};
use super::proxy::{Mode, Proxy};
use subject::{Subject, pipeline, through};

/// Runs that are killed and mended at the same time.
const AT_ONCE: usize = 4;

async fn assert_all_arrives_once(subject: &Subject, mode: Mode) {
    let proxy = Proxy::start(&mlflow::shared().url, mode).await;
    let mut document = subject.document().await;
    document.tracking.timeout_seconds = 120;
    pod::run_well(&through(&proxy, &document)).await;
    subject.assert_ended_as_ever(&document, &format!("{mode:?}")).await;
    // A request that is repeated later, as the look at the run is, is not hindered again.
    assert!(proxy.requests() > subject.requests * 3 / 2, "{}: {mode:?}", subject.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_may_be_refused_or_its_answer_lost_and_all_arrives_once() {
    // They wait most of the time, so they do it together.
    let subjects = tokio::join!(Subject::validation(), Subject::training(), Subject::evaluation());
    let cases = [&subjects.0, &subjects.1, &subjects.2]
        .into_iter()
        .flat_map(|subject| [Mode::RefuseFirst, Mode::LoseFirst].map(|mode| (subject, mode)));
    future::join_all(cases.map(|(subject, mode)| assert_all_arrives_once(subject, mode))).await;
}

/// Runs a stage, kills it once the write of this number (from 0) was carried out, and runs it again; whether there was one.
async fn is_killed_and_mended(subject: &Subject, number: usize) -> bool {
    let proxy = Proxy::start(&mlflow::shared().url, Mode::HoldAfter(number)).await;
    let mut document = subject.document().await;
    let mut pod = Pod::start(&through(&proxy, &document), &[]);
    let is_held = tokio::select! {
        () = proxy.held() => true,
        () = async { while pod.is_running() { tokio::time::sleep(Duration::from_millis(20)).await } } => false,
    };
    if is_held {
        pod.signal("-KILL");
    }
    let (status, log) = tokio::task::spawn_blocking(move || pod.wait()).await.unwrap();
    assert!(is_held || status.success(), "{log}");
    document.attempt = 2;
    pod::run_well(&document).await;
    subject.assert_ended_as_ever(&document, &format!("killed after write {number}")).await;
    is_held
}

async fn assert_kills_are_mended(subject: &Subject) {
    // A request that only reads leaves nothing that the one before it has not left. A learning curve takes as many writes as
    // its time has room for: some more than were counted, or fewer.
    let kills = stream::iter(0..subject.writes + 2)
        .map(|number| is_killed_and_mended(subject, number))
        .buffer_unordered(AT_ONCE)
        .filter(|&is_killed| future::ready(is_killed))
        .count()
        .await;
    assert!(kills * 2 > subject.writes, "{}: {kills} kills of {} writes", subject.name, subject.writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_write_of_a_validation_is_mended_by_the_next_attempt() {
    assert_kills_are_mended(&Subject::validation().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_write_of_a_training_is_mended_by_the_next_attempt() {
    assert_kills_are_mended(&Subject::training().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_write_of_an_evaluation_is_mended_by_the_next_attempt() {
    assert_kills_are_mended(&Subject::evaluation().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_for_20_seconds_delays_the_result_and_loses_nothing() {
    let server = Server::start("away", &[]);
    let client = mlflow::client(&server.url);
    let experiment = mlflow::experiment(&client, "away").await;
    let (_data, pipeline) = pipeline("away-data", "breast_cancer.csv").await;
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
