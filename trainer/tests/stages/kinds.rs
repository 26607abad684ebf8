//! The kinds of data and tasks: many classes, numbers, groups, time, texts with gaps; near the scores of scikit-learn.

use podium_contract::{
    Calibration, ComparisonOutcome, EVIDENCE_ARTIFACT, Encoding, Evidence, Imbalance, JobDocument, Strategy,
    Task, Threshold,
};
use serde_json::json;

use super::data::DataServer;
use super::document::candidate;
use super::mlflow::{artifact, metric};
use super::pipeline::Pipeline;

fn near(value: f64, wanted: f64, within: f64) {
    assert!((value - wanted).abs() <= within, "{value} is not within {within} of {wanted}");
}

fn churn(document: &mut JobDocument) {
    document.data.exclude = vec!["customer_id".to_owned()];
    document.data.positive_label = Some("1".to_owned());
    document.evaluation.metric = Some("f1_score".to_owned());
    document.evaluation.threshold = Threshold::Auto;
    document.evaluation.calibration = Calibration::Platt;
    document.preparation.imbalance = Imbalance::ClassWeight;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_regression_ends_with_residuals_and_a_dummy_that_explains_nothing() {
    let server = DataServer::start().await;
    let uri = server.put_shared("diabetes.csv");
    let pipeline = Pipeline::validated("diabetes", &uri, "target", |_| {}).await;
    assert_eq!((pipeline.validated.task, pipeline.validated.classes), (Task::Regression, 0));
    let linear = candidate("linear", "LinearRegression", &[]);
    let (id, run, trained) = pipeline.train(&linear).await;
    assert_eq!((trained.metric.as_str(), trained.higher_is_better), ("rmse", false));
    near(metric(&run, "cv_rmse"), 54.5, 4.0);
    near(metric(&run, "cv_r2_score"), 0.49, 0.08);
    let (run, _) = pipeline.evaluate((&linear, &id, &trained), None).await;
    near(metric(&run, "dummy_r2_score"), 0.0, 0.08);
    assert!(metric(&run, "rmse") < metric(&run, "dummy_rmse"));
    for name in ["charts/predicted_actual.svg", "tables/residuals.csv", "tables/importance.csv"] {
        assert!(!artifact(&pipeline.client, &run, name).await.is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_classes_are_averaged_over_classes_and_compared() {
    let server = DataServer::start().await;
    let uri = server.put_shared("digits.csv");
    let pipeline = Pipeline::validated("digits", &uri, "digit", |_| {}).await;
    assert_eq!((pipeline.validated.task, pipeline.validated.classes), (Task::MulticlassClassification, 10));
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, run, trained) = pipeline.train(&logistic).await;
    assert_eq!(trained.metric, "log_loss");
    near(metric(&run, "cv_accuracy"), 0.9694, 0.012);
    near(metric(&run, "cv_log_loss"), 0.1079, 0.035);
    let (run, evaluated) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    assert!(metric(&run, "f1_score") > 0.93);
    let evidence: Evidence =
        serde_json::from_slice(&artifact(&pipeline.client, &run, EVIDENCE_ARTIFACT).await).unwrap();
    for comparison in &evidence.comparisons {
        let ComparisonOutcome::Compared { rows, metrics } = &comparison.outcome else {
            panic!("{comparison:?}")
        };
        assert_eq!(*rows, evaluated.holdout_rows);
        assert!(metrics.contains_key("roc_auc") && metrics.contains_key("f1_score"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holdout_of_fewer_than_100_rows_compares_nothing_and_says_so() {
    let server = DataServer::start().await;
    let uri = server.put_shared("iris.csv");
    let pipeline = Pipeline::validated("iris", &uri, "species", |_| {}).await;
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, run, trained) = pipeline.train(&logistic).await;
    near(metric(&run, "cv_accuracy"), 0.96, 0.04);
    let (run, _) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    let evidence: Evidence =
        serde_json::from_slice(&artifact(&pipeline.client, &run, EVIDENCE_ARTIFACT).await).unwrap();
    for comparison in &evidence.comparisons {
        let ComparisonOutcome::Refused { reason, .. } = &comparison.outcome else { panic!("{comparison:?}") };
        assert_eq!(reason, "NotComparable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_stay_together_and_the_threshold_is_tuned_for_the_metric() {
    let server = DataServer::start().await;
    let uri = server.put_shared("churn_like.csv");
    let pipeline = Pipeline::validated("churn-group", &uri, "churned", |document| {
        churn(document);
        document.data.group_column = Some("account_id".to_owned());
        document.data.exclude.push("observed_at".to_owned());
        document.split.strategy = Strategy::Group;
    })
    .await;
    assert_eq!((pipeline.validated.rows, pipeline.validated.duplicates), (4970, 30));
    let told = pipeline.validated.warnings.join("; ");
    assert!(told.contains("currency") && told.contains("partner_code"), "{told}");
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, run, trained) = pipeline.train(&logistic).await;
    near(metric(&run, "cv_roc_auc"), 0.8886, 0.025);
    // 0.363 at one half without weights; class weights, calibration and the threshold are worth the rest.
    assert!(metric(&run, "cv_f1_score") > 0.42, "{}", metric(&run, "cv_f1_score"));
    near(metric(&run, "cv_log_loss"), 0.183, 0.03);
    let (run, _) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    assert!(metric(&run, "f1_score") > 0.3);
    let threshold: f64 = run.data.param("threshold").unwrap().parse().unwrap();
    assert!(threshold > 0.05 && threshold < 0.5, "{threshold}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_rows_by_time_are_held_out_and_new_levels_do_no_harm() {
    let server = DataServer::start().await;
    let uri = server.put_shared("churn_like.csv");
    let pipeline = Pipeline::validated("churn-time", &uri, "churned", |document| {
        churn(document);
        document.data.time_column = Some("observed_at".to_owned());
        document.data.exclude.push("account_id".to_owned());
        document.split.strategy = Strategy::TimeOrdered;
        document.preparation.encoding = Encoding::Ordinal;
    })
    .await;
    let forest = candidate("forest", "RandomForest", &[("n_estimators", json!(60))]);
    let (id, run, trained) = pipeline.train(&forest).await;
    assert!(metric(&run, "cv_roc_auc") > 0.82, "{}", metric(&run, "cv_roc_auc"));
    let (run, _) = pipeline.evaluate((&forest, &id, &trained), None).await;
    assert!(metric(&run, "roc_auc") > 0.82, "{}", metric(&run, "roc_auc"));
    assert_eq!(run.data.param("split.holdout_rows"), Some("994"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_labels_of_any_language_pass_through_every_stage() {
    let cities = ["Köln", "São Paulo", "Washington, D.C.", "東京", ""];
    let rows: Vec<String> = (0..700_u32)
        .map(|row| {
            let (size, city) = (f64::from(row * 7919 % 700) / 7.0, cities[row as usize % 5]);
            let noise = f64::from(row * 104_729 % 97);
            let label = if size + noise / 2.0 > 75.0 { "größer \"50\"" } else { "<kleiner>" };
            format!("{size},\"{city}\",{noise}.5,\"{}\"", label.replace('"', "\"\""))
        })
        .collect();
    let server = DataServer::start().await;
    let uri = server.put("sprachen.csv", super::data::csv("größe,都市,Ω & <x>,Ergebnis", &rows));
    let pipeline = Pipeline::validated("sprachen", &uri, "Ergebnis", |document| {
        document.data.positive_label = Some("größer \"50\"".to_owned());
        document.evaluation.metric = Some("f1_score".to_owned());
    })
    .await;
    assert_eq!((pipeline.validated.features, pipeline.validated.classes), (3, 2));
    let forest = candidate("wäldchen", "RandomForest", &[("n_estimators", json!(20))]);
    let (id, _, trained) = pipeline.train(&forest).await;
    let (run, evaluated) = pipeline.evaluate((&forest, &id, &trained), None).await;
    assert!(evaluated.score.unwrap() > 0.7, "{:?}", evaluated.score);
    let table = artifact(&pipeline.client, &run, "tables/importance.csv").await;
    assert!(String::from_utf8(table).unwrap().contains("größe"));
    let chart = artifact(&pipeline.client, &run, "charts/confusion_matrix.svg").await;
    assert!(String::from_utf8(chart).unwrap().contains("&lt;kleiner&gt;"));
}
