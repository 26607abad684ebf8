//! Faults between client and server: what is repeated, what is not, and how much is in flight.

use std::time::Duration;

use futures::future::join_all;
use podium_mlflow::{
    Batch, Class, Client, CreateModelVersion, Error, Filter, MetricPoint, ModelVersionQuery, RetryPolicy,
    RunQuery, Settings, Tag,
};

use crate::{
    proxy::{Fault, Proxy},
    support::{experiment, run, run_in, shared, unique},
};

/// A client behind a proxy that comes back quickly after an error.
fn behind(proxy: &Proxy, timeout: Duration) -> Client {
    let retry = RetryPolicy { attempts: 5, base: Duration::from_millis(20), ..RetryPolicy::default() };
    Client::new(Settings { retry, request_timeout: timeout, ..Settings::new(proxy.url()) }).unwrap()
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_is_safe_to_repeat_is_repeated_after_a_cut_answer() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let made = run(&client).await;
    let id = &made.info.run_id;
    let before = proxy.requests();
    proxy.set(Fault::CutAnswers(2));
    let batch = Batch { metrics: vec![MetricPoint::new("m", 1.0, 1, 0)], ..Batch::default() };
    client.log_batch(id, &batch).await.unwrap();
    assert_eq!(proxy.requests() - before, 3);
    assert_eq!(client.get_metric_history(id, "m").await.unwrap().len(), 1);
    proxy.set(Fault::CutAnswers(1));
    client.delete_tag(id, "mlflow.runName").await.unwrap();
    proxy.set(Fault::CutAnswers(1));
    client.delete_run(id).await.unwrap();
    proxy.set(Fault::CutAnswers(1));
    client.restore_run(id).await.unwrap();
}

#[tokio::test]
async fn a_file_whose_answer_breaks_off_is_read_again_from_its_first_byte() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let root = run(&client).await.info.artifact_root();
    let name = "big.bin".parse().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    client.put_artifact(&root, &name, bytes.clone().into()).await.unwrap();
    proxy.set(Fault::CutMidway);
    let starts = std::cell::Cell::new(0);
    let start = || {
        starts.set(starts.get() + 1);
        Vec::new()
    };
    let read =
        client.fold_artifact(&root, &name, start, |all: &mut Vec<u8>, piece| all.extend_from_slice(piece));
    assert!(read.await.unwrap() == bytes, "as it was written");
    assert_eq!(starts.get(), 2);
}

#[tokio::test]
async fn a_run_whose_answer_is_lost_is_not_created_again() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let experiment = experiment(&client).await;
    let asked = run_in(&experiment, vec![Tag::new("k8s.uid", "u1")]);
    let before = proxy.requests();
    proxy.set(Fault::CutAnswer);
    let error = client.create_run(&asked).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { operation: "runs/create", .. }), "{error}");
    assert_eq!((error.class(), proxy.requests() - before), (Class::OutcomeUnknown, 1));
    proxy.set(Fault::None);
    let query = RunQuery::of([experiment.experiment_id]).filter(Filter::tag("k8s.uid").eq("u1"));
    assert_eq!(client.search_all_runs(&query, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_creation_that_takes_too_long_has_an_unknown_outcome() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let patient = behind(&proxy, LONG);
    let experiment = experiment(&patient).await;
    let client = behind(&proxy, Duration::from_millis(300));
    proxy.set(Fault::Delay(Duration::from_secs(5)));
    let error = client.create_run(&run_in(&experiment, Vec::new())).await.unwrap_err();
    assert!(matches!(&error, Error::OutcomeUnknown { cause, .. } if cause.code() == "TIMEOUT"), "{error}");
}

#[tokio::test]
async fn a_version_whose_answer_is_lost_is_not_created_again() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let name = unique("model");
    client.create_registered_model(&name, "", &[]).await.unwrap();
    let asked = CreateModelVersion {
        name: name.clone(),
        source: "s3://b/m".to_owned(),
        model_id: None,
        run_id: None,
        description: String::new(),
        tags: Vec::new(),
    };
    proxy.set(Fault::CutAnswer);
    assert_eq!(client.create_model_version(&asked).await.unwrap_err().class(), Class::OutcomeUnknown);
    proxy.set(Fault::None);
    let query =
        ModelVersionQuery { filter: Filter::attribute("name").eq(&name), ..ModelVersionQuery::default() };
    assert_eq!(client.search_all_model_versions(&query, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn get_or_create_finds_what_a_lost_answer_had_created() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let (experiment, model) = (unique("experiment"), unique("model"));
    // The first answer of each, a 404, is lost and asked for again; the second creates and is lost.
    proxy.set(Fault::CutAnswers(1));
    client.get_or_create_experiment(&experiment, &[]).await.unwrap();
    for cut in 1..=3 {
        proxy.set(Fault::CutAnswers(cut));
        client.get_or_create_experiment(&format!("{experiment}-{cut}"), &[]).await.unwrap();
        proxy.set(Fault::CutAnswers(cut));
        client.get_or_create_registered_model(&format!("{model}-{cut}"), "", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_creation_waits_for_a_server_that_is_not_there_yet_and_happens_once() {
    let mut proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let retry = RetryPolicy {
        attempts: 50,
        base: Duration::from_millis(20),
        max: Duration::from_millis(50),
        seed: 1,
    };
    let client = Client::new(Settings { retry, ..Settings::new(proxy.url()) }).unwrap();
    let experiment = experiment(&client).await;
    proxy.go_down().await;
    let (asked, again) = (run_in(&experiment, Vec::new()), client.clone());
    let creating = tokio::spawn(async move { again.create_run(&asked).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!creating.is_finished());
    proxy.come_up();
    creating.await.unwrap().unwrap();
    let query = RunQuery::of([experiment.experiment_id]);
    assert_eq!(client.search_all_runs(&query, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up_after_the_stated_attempts() {
    let mut proxy = Proxy::start("127.0.0.1", &shared().url).await;
    proxy.go_down().await;
    let error = behind(&proxy, LONG).get_experiment_by_name("x").await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Retry, "CONNECT"));
    assert!(!error.to_string().contains("http://"), "{error}");
}

#[tokio::test]
async fn never_more_than_eight_requests_are_in_flight() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let made = run(&client).await;
    let tags: Vec<_> = (0..40).map(|i| Tag::new(format!("t{i}"), "x")).collect();
    for set in join_all(tags.iter().map(|tag| client.set_tag(&made.info.run_id, tag))).await {
        set.unwrap();
    }
    assert!((4..=8).contains(&proxy.most_in_flight()), "{}", proxy.most_in_flight());
}

#[tokio::test]
async fn an_upload_and_a_download_that_are_cut_are_tried_again() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    let root = run(&client).await.info.artifact_root();
    let name = "model.bin".parse().unwrap();
    let body = bytes::Bytes::from(vec![3_u8; 1 << 20]);
    proxy.set(Fault::CutAnswers(1));
    client.put_artifact(&root, &name, body.clone()).await.unwrap();
    proxy.set(Fault::CutAnswers(1));
    assert_eq!(client.get_artifact(&root, &name, 2 << 20).await.unwrap(), body);
    let folder = tempfile::tempdir().unwrap();
    proxy.set(Fault::CutAnswers(1));
    client.get_artifact_file(&root, &name, &folder.path().join("f")).await.unwrap();
    assert_eq!(std::fs::read(folder.path().join("f")).unwrap(), body);
}

#[tokio::test]
async fn a_dropped_request_gives_its_place_back() {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = behind(&proxy, LONG);
    client.health().await.unwrap();
    proxy.set(Fault::Delay(Duration::from_secs(60)));
    let stuck = join_all((0..20).map(|_| client.health()));
    assert!(tokio::time::timeout(Duration::from_millis(300), stuck).await.is_err());
    proxy.set(Fault::None);
    client.health().await.unwrap();
}
