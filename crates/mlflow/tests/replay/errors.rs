//! Every recorded error, read as what it is.

use std::collections::BTreeMap;

use podium_mlflow::{Class, Error, RunId};

use crate::recording::{Exchange, Replay, find, recorded};

/// What the client makes of an answer; the request does not matter for it.
async fn error_of(exchange: Exchange) -> Error {
    let replay = Replay::of(vec![exchange]).await;
    replay.client.get_run(&RunId::new("r")).await.unwrap_err()
}

const FILES: [&str; 9] = [
    "server",
    "experiments",
    "runs",
    "run_search",
    "metrics",
    "datasets",
    "artifacts",
    "logged_models",
    "registry",
];

#[tokio::test]
async fn every_recorded_error_has_a_class_and_a_message_without_sql() {
    let mut classes: BTreeMap<String, u32> = BTreeMap::new();
    for exchange in FILES.into_iter().flat_map(recorded).filter(|exchange| exchange.status >= 400) {
        let error = error_of(exchange).await;
        let message = error.public_message();
        for word in ["INSERT", "parameters:", "sqlite3", "sqlalche", "FOREIGN KEY"] {
            assert!(!message.contains(word), "{message}");
        }
        *classes.entry(format!("{:?}", error.class())).or_default() += 1;
    }
    let expected = [("AlreadyExists", 2), ("NotFound", 10), ("Permanent", 28), ("Retry", 1)];
    assert_eq!(classes, expected.map(|(class, count)| (class.to_owned(), count)).into());
}

#[tokio::test]
async fn errors_that_look_alike_are_told_apart() {
    let rows = [
        ("experiments", vec!["experiments/create", "{\"name\": \"train-op/ns1\"}"], Class::AlreadyExists),
        ("runs", vec!["runs/create {}"], Class::Permanent),
        ("runs", vec!["runs/create {\"experiment_id\": \"3\""], Class::Permanent),
        ("runs", vec!["runs/get?run_id=ffff"], Class::NotFound),
        ("metrics", vec!["gzip"], Class::Retry),
        ("server", vec!["no/such/endpoint"], Class::Permanent),
        ("artifacts", vec!["mpu/create"], Class::Permanent),
        ("registry", vec!["GET", "name=ns1.resnet&alias=ghost"], Class::Permanent),
        ("registry", vec!["GET", "name=nope&alias=ghost"], Class::NotFound),
        ("registry", vec!["model_id\": \"m-ffff"], Class::Permanent),
    ];
    for (file, words, class) in rows {
        let error = error_of(find(file, &words)).await;
        assert_eq!(error.class(), class, "{words:?}: {error}");
    }
}

#[tokio::test]
async fn an_alias_that_is_not_set_is_none_and_a_missing_model_is_an_error() {
    let absent = find("registry", &["GET", "name=ns1.resnet&alias=ghost"]);
    let replay = Replay::of(vec![absent]).await;
    assert_eq!(replay.client.get_model_version_by_alias("ns1.resnet", "ghost").await.unwrap(), None);
    replay.assert_sent_as_recorded().await;
    let replay = Replay::of(vec![find("registry", &["GET", "name=nope&alias=ghost"])]).await;
    let error = replay.client.get_model_version_by_alias("nope", "ghost").await.unwrap_err();
    assert_eq!(error.class(), Class::NotFound);
}

#[tokio::test]
async fn a_status_that_the_server_silently_ignored_is_an_error() {
    // The recorded server got BOGUS, answered 200 and left the run as it was.
    let replay = Replay::of(vec![find("runs", &["runs/update", "BOGUS"])]).await;
    let update = podium_mlflow::UpdateRun::end(podium_mlflow::RunStatus::Finished, 1);
    let error = replay.client.update_run(&RunId::new("r"), &update).await.unwrap_err();
    assert!(matches!(error, Error::Ignored { field: "status", .. }), "{error}");
}
