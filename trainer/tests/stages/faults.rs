//! What must hold when things break: kills, MLflow away, changed data, wrong documents. Nothing twice, nothing lost, nothing unclear.

use std::time::Duration;

use podium_contract::{
    ATTEMPT_TAG, Failed, JobDocument, Outcome, RESULT_TAG, StageResult, Trained, VALIDATE_RESULT_TAG,
};
use podium_mlflow::{Client, Run, RunId, RunStatus, Tag};
use serde_json::json;

use super::data::DataServer;
use super::document::{self, candidate};
use super::mlflow::{is_finished, metric, outcome, result};
use super::pipeline::Pipeline;
use super::pod::{self, Pod};

const MARKER_TAG: &str = "podium.dev/model";

async fn breast_cancer(name: &str) -> (DataServer, Pipeline) {
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated(name, &uri, "target", |_| {}).await;
    (server, pipeline)
}

fn trained(run: &Run) -> Trained {
    match outcome(run, RESULT_TAG) {
        Outcome::Trained(trained) => trained,
        other => panic!("{other:?}"),
    }
}

/// Runs to its end and answers exit code, log and what stands in the run.
async fn failed(client: &Client, document: &JobDocument, tag: &str) -> (i32, Failed, Run) {
    let (code, log) = pod::run(document).await;
    let run = client.get_run(&RunId::new(&document.tracking.run_id)).await.unwrap();
    match result(&run, tag) {
        Some(StageResult { outcome: Outcome::Failed(failed), .. }) => (code, failed, run),
        other => panic!("exit code {code}, result {other:?}, log {log}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_data_are_refused_for_good() {
    let (server, pipeline) = breast_cancer("changed").await;
    let text = super::data::shared("breast_cancer.csv");
    server
        .put("breast_cancer.csv", text.lines().take(500).map(|line| format!("{line}\n")).collect::<String>());
    let run = pipeline.run("candidate").await;
    let document = pipeline.train_document(&run, candidate("logistic", "LogisticRegression", &[]));
    let (code, failed, run) = failed(&pipeline.client, &document, RESULT_TAG).await;
    assert_eq!((code, failed.reason.as_str()), (3, "DataChanged"));
    assert!(failed.message.contains(&pipeline.validated.data_digest), "{}", failed.message);
    assert!(run.info.status.is(RunStatus::Failed) && run.info.end_time_ms.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_can_mend_is_told_with_name_value_and_range() {
    let (server, pipeline) = breast_cancer("refused").await;
    for (candidate, code, reason, words) in [
        (candidate("a", "GradientUnicorn", &[]), 2, "UnknownAlgorithm", "GradientUnicorn"),
        (candidate("b", "LinearRegression", &[]), 2, "AlgorithmDoesNotFitTask", "LogisticRegression"),
        (
            candidate("c", "RandomForest", &[("n_estimators", json!(0))]),
            2,
            "InvalidParameter",
            "n_estimators is 0",
        ),
        (candidate("d", "RandomForest", &[("trees", json!(10))]), 2, "InvalidParameter", "trees"),
    ] {
        let run = pipeline.run("candidate").await;
        let (found, failed, _) =
            failed(&pipeline.client, &pipeline.train_document(&run, candidate), RESULT_TAG).await;
        assert_eq!((found, failed.reason.as_str()), (code, reason));
        assert!(failed.message.contains(words), "{}", failed.message);
    }
    let parent = pipeline.run("pipeline").await;
    let base = |change: &dyn Fn(&mut JobDocument)| {
        let mut document = pipeline.base.clone();
        document.tracking.run_id = parent.to_string();
        change(&mut document);
        document
    };
    for (document, code, reason, words) in [
        (base(&|d| d.data.target = "diagnosis".to_owned()), 3, "UnknownColumn", "diagnosis"),
        (base(&|d| d.checks.min_rows = 1000), 3, "TooFewRows", "1000"),
        (base(&|d| d.evaluation.metric = Some("beauty".to_owned())), 2, "InvalidMetric", "beauty"),
        (base(&|d| d.data.uri = server.uri("none.csv")), 3, "DataNotFound", "none.csv"),
        (base(&|d| d.data.uri = "ftp://host/data.csv".to_owned()), 2, "InvalidUri", "ftp://host/data.csv"),
        (
            base(&|d| d.data.uri = "configmap://data/x.csv".to_owned()),
            3,
            "DataNotFound",
            "configmap://data/x.csv",
        ),
        (base(&|d| d.data.positive_label = Some("2".to_owned())), 2, "InvalidPositiveLabel", "\"2\""),
    ] {
        pipeline.client.delete_tag(&parent, VALIDATE_RESULT_TAG).await.unwrap();
        let (found, failed, run) = failed(&pipeline.client, &document, VALIDATE_RESULT_TAG).await;
        assert_eq!((found, failed.reason.as_str()), (code, reason), "{}", failed.message);
        assert!(failed.message.contains(words), "{}", failed.message);
        assert!(run.info.status.is(RunStatus::Running), "the operator ends the parent run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_the_user_stated_is_told_with_what_was_found_and_what_is_allowed() {
    let mut rows: Vec<String> = (0..57_u32)
        .map(|row| {
            let age = if row < 12 { String::new() } else { format!("{}.5", row * 37 % 57) };
            format!("{age},{row}.25,{},{}", ["Bonn", "Köln", "Ulm"][row as usize % 3], row % 2)
        })
        .collect();
    rows.extend(rows[20..23].to_vec());
    let server = DataServer::start().await;
    let uri = server.put("visits.csv", super::data::csv("age,km,city,back", &rows));
    let column = |name: &str| podium_contract::ColumnCheck {
        name: name.to_owned(),
        r#type: None,
        required: true,
        min: None,
        max: None,
        max_missing: None,
    };
    // Bounds are inclusive: what is checked below by a little less is allowed here.
    let pipeline = Pipeline::validated("checks", &uri, "back", |document| {
        document.checks.max_duplicates = Some(0.05);
        let text = podium_contract::ColumnType::Text;
        document.checks.columns = vec![
            podium_contract::ColumnCheck { max_missing: Some(12.0 / 57.0), ..column("age") },
            podium_contract::ColumnCheck { r#type: Some(text), max_missing: Some(0.0), ..column("city") },
        ];
    })
    .await;
    assert_eq!((pipeline.validated.rows, pipeline.validated.duplicates), (57, 3));

    let number = podium_contract::ColumnType::Number;
    type Change<'a> = &'a dyn Fn(&mut podium_contract::Checks);
    let cases: [(Change<'_>, &str, &str); 4] = [
        (
            &|checks| checks.max_duplicates = Some(0.04),
            "TooManyDuplicates",
            "3 of 60 rows are copies of another row, a share of 0.0500; checks.maxDuplicates allows 0.04",
        ),
        (
            &|checks| checks.columns[0].max_missing = Some(0.2),
            "TooManyMissing",
            "column \"age\": found 12 of 57 values missing (0.2105), allowed: a share of at most 0.2",
        ),
        (
            &|checks| checks.columns[1].r#type = Some(number),
            "WrongColumnType",
            "column \"city\": found \"Bonn\" in row 1 and 56 more, allowed: Number",
        ),
        (
            &|checks| {
                checks.max_duplicates = Some(0.0);
                checks.columns[0].max_missing = Some(0.0);
                checks.columns[1].r#type = Some(number);
            },
            // Columns come before copies, all of them in one message, and the reason is the first one's.
            "TooManyMissing",
            "column \"age\": found 12 of 57 values missing (0.2105), allowed: a share of at most 0; column \"city\": found \
             \"Bonn\" in row 1 and 56 more, allowed: Number",
        ),
    ];
    let parent = pipeline.run("pipeline").await;
    for (change, reason, message) in cases {
        let mut document = pipeline.base.clone();
        document.tracking.run_id = parent.to_string();
        change(&mut document.checks);
        pipeline.client.delete_tag(&parent, VALIDATE_RESULT_TAG).await.unwrap();
        let (code, failed, _) = failed(&pipeline.client, &document, VALIDATE_RESULT_TAG).await;
        assert_eq!((code, failed.reason.as_str(), failed.message.as_str()), (3, reason, message));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_after_a_kill_before_the_result_delivers_and_does_not_train_again() {
    let (_server, pipeline) = breast_cancer("killed").await;
    let forest = candidate("forest", "RandomForest", &[("n_estimators", json!(20))]);
    let (id, run, first) = pipeline.train(&forest).await;
    // The state that a kill between the model's marker and the result leaves.
    let client = &pipeline.client;
    client.delete_tag(&id, RESULT_TAG).await.unwrap();
    let update = podium_mlflow::UpdateRun { status: Some(RunStatus::Running), ..Default::default() };
    client.update_run(&id, &update).await.unwrap();
    let mut document = pipeline.train_document(&id, forest);
    document.attempt = 2;
    // Data that are gone prove that nothing is read, let alone trained.
    document.data.uri = "http://127.0.0.1:9/gone.csv".to_owned();
    let (code, log) = pod::run(&document).await;
    assert_eq!(code, 0, "{log}");
    let again = client.get_run(&id).await.unwrap();
    assert!(is_finished(&again));
    assert_eq!(trained(&again), first);
    assert_eq!(result(&again, RESULT_TAG).unwrap().attempt, 2);
    let auc = again.data.metric("cv_roc_auc").unwrap();
    assert_eq!((auc.value.get(), auc.step), (metric(&run, "cv_roc_auc"), 2));

    // With the result there nothing at all is done.
    document.attempt = 3;
    pod::run_well(&document).await;
    let last = client.get_run(&id).await.unwrap();
    assert_eq!(result(&last, RESULT_TAG).unwrap().attempt, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_the_one_of_its_marker_is_trained_again() {
    let (_server, pipeline) = breast_cancer("damaged").await;
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, run, first) = pipeline.train(&logistic).await;
    let client = &pipeline.client;
    client.delete_tag(&id, RESULT_TAG).await.unwrap();
    let path = "model/model.podium".parse().unwrap();
    client.put_artifact(&run.info.artifact_root(), &path, "half a model".into()).await.unwrap();
    let mut document = pipeline.train_document(&id, logistic);
    document.attempt = 2;
    pod::run_well(&document).await;
    let again = client.get_run(&id).await.unwrap();
    // Equal data, seed and parameters: the very same model again.
    assert_eq!(trained(&again).model_digest, first.model_digest);
    let marker: serde_json::Value = serde_json::from_str(again.data.tag(MARKER_TAG).unwrap()).unwrap();
    assert_eq!(marker["attempt"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_overtaken_writes_nothing() {
    let (_server, pipeline) = breast_cancer("overtaken").await;
    let run = pipeline.run("candidate").await;
    pipeline.client.set_tag(&run, &Tag::new(ATTEMPT_TAG, "2")).await.unwrap();
    let document = pipeline.train_document(&run, candidate("logistic", "LogisticRegression", &[]));
    let (code, log) = pod::run(&document).await;
    assert_eq!(code, 1, "{log}");
    let run = pipeline.client.get_run(&run).await.unwrap();
    assert!(run.data.metrics.is_empty() && run.data.tag(RESULT_TAG).is_none());
    assert!(run.info.status.is(RunStatus::Running));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_a_fit_without_a_result_and_the_next_attempt_does_the_work() {
    let (_server, pipeline) = breast_cancer("sigterm").await;
    let id = pipeline.run("candidate").await;
    let huge = candidate("forest", "RandomForest", &[("n_estimators", json!(10000))]);
    let mut long = pipeline.train_document(&id, huge);
    // Over 200,000 trees: many times longer than the wait, also on a fast and idle machine.
    long.split.folds = 20;
    let mut pod = Pod::start(&long, &[]);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(pod.is_running(), "{}", pod.wait().1);
    pod.signal("-TERM");
    let begin = std::time::Instant::now();
    let (status, log) = tokio::task::spawn_blocking(move || pod.wait()).await.unwrap();
    assert_eq!(status.code(), Some(143), "{log}");
    assert!(begin.elapsed() < Duration::from_secs(9), "stopped after {:?}", begin.elapsed());
    let run = pipeline.client.get_run(&id).await.unwrap();
    assert!(run.data.tag(RESULT_TAG).is_none() && run.info.status.is(RunStatus::Running));

    let mut small =
        pipeline.train_document(&id, candidate("forest", "RandomForest", &[("n_estimators", json!(10))]));
    small.attempt = 2;
    pod::run_well(&small).await;
    assert!(is_finished(&pipeline.client.get_run(&id).await.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracking_server_that_stays_away_is_exit_code_5() {
    let mut document = document::validate(
        "http://127.0.0.1:9",
        &podium_mlflow::ExperimentId::new("1"),
        &RunId::new("0".repeat(32)),
        "http://127.0.0.1:9/data.csv",
        "target",
    );
    document.tracking.timeout_seconds = 2;
    let (code, log) = pod::run(&document).await;
    assert_eq!(code, 5, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_release_is_exit_code_2() {
    let mut document = document::validate(
        "http://127.0.0.1:9",
        &podium_mlflow::ExperimentId::new("1"),
        &RunId::new("0".repeat(32)),
        "http://127.0.0.1:9/data.csv",
        "target",
    );
    document.version += 1;
    let (code, log) = pod::run(&document).await;
    assert_eq!(code, 2, "{log}");
    assert!(log.contains("of one release"), "{log}");
}
