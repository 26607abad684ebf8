//! A target that has nothing to do with the features: no learner finds anything, neither over the folds nor on the holdout.

use serde_json::json;

use podium_contract::Candidate;

use super::data::{DataServer, csv, rows, shared};
use super::document::candidate;
use super::mlflow::metric;
use super::pipeline::Pipeline;

/// Folds of the cross-validation.
const FOLDS: f64 = 5.0;

/// A shared file whose last column, the target, is dealt out anew: each row gets that of another, far away.
fn shuffled(name: &str) -> (String, f64) {
    let (header, mut lines) = rows(&shared(name));
    let targets: Vec<String> = lines.iter().map(|line| line.rsplit(',').next().unwrap().to_owned()).collect();
    let count = lines.len();
    for (index, line) in lines.iter_mut().enumerate() {
        let cut = line.rfind(',').unwrap();
        // 211 is prime and divides neither count: no target is lost.
        let other = (index * 211 + 97) % count;
        *line = format!("{},{}", &line[..cut], targets[other]);
    }
    (csv(&header, &lines), count as f64)
}

fn learners(linear: &str) -> [Candidate; 3] {
    [
        candidate("linear", linear, &[]),
        candidate("forest", "RandomForest", &[("n_estimators", json!(50))]),
        candidate("net", "TorchMLP", &[("hidden", json!([16])), ("epochs", json!(20))]),
    ]
}

/// A score over the folds and on the holdout, and the rows of the holdout.
async fn scores(pipeline: &Pipeline, learner: &Candidate, name: &str) -> (f64, f64, f64) {
    let (id, run, trained) = pipeline.train(learner).await;
    let cv = metric(&run, &format!("cv_{name}"));
    let (run, evaluated) = pipeline.evaluate((learner, &id, &trained), None).await;
    (cv, metric(&run, name), evaluated.holdout_rows as f64)
}

/// Standard deviation of the ROC AUC of guesses among so many rows of breast cancer, of which 357 in 569 are positive: that of
/// the Mann-Whitney statistic.
fn auc_deviation(rows: f64) -> f64 {
    let positive = rows * 357.0 / 569.0;
    ((rows + 1.0) / (12.0 * positive * (rows - positive))).sqrt()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_learner_ranks_a_shuffled_class_better_or_worse_than_by_chance() {
    let server = DataServer::start().await;
    let (text, count) = shuffled("breast_cancer.csv");
    let uri = server.put("shuffled.csv", text);
    let pipeline = Pipeline::validated("shuffled", &uri, "target", |_| {}).await;
    for learner in learners("LogisticRegression") {
        let (cv, held_out, holdout) = scores(&pipeline, &learner, "roc_auc").await;
        // Three standard deviations, where the mean of the folds has that of one by the root of their number.
        let of_folds = 3.0 * auc_deviation((count - holdout) / FOLDS) / FOLDS.sqrt();
        let of_holdout = 3.0 * auc_deviation(holdout);
        let name = &learner.algorithm;
        assert!((cv - 0.5).abs() < of_folds, "{name}: {cv} over the folds, by chance 0.5 +- {of_folds}");
        assert!((held_out - 0.5).abs() < of_holdout, "{name}: {held_out}, by chance 0.5 +- {of_holdout}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_learner_explains_a_shuffled_number() {
    let server = DataServer::start().await;
    let (text, count) = shuffled("diabetes.csv");
    let uri = server.put("shuffled.csv", text);
    let pipeline = Pipeline::validated("shuffled-numbers", &uri, "target", |_| {}).await;
    for learner in learners("LinearRegression") {
        let (cv, held_out, holdout) = scores(&pipeline, &learner, "r2_score").await;
        // R2 is at most the squared correlation of predictions and targets. By chance the correlation has a standard
        // deviation of 1 / sqrt(rows), and three of them squared are 9 / rows; so in each fold, and for their mean.
        let (of_folds, of_holdout) = (9.0 * FOLDS / (count - holdout), 9.0 / holdout);
        let name = &learner.algorithm;
        assert!(cv < of_folds, "{name}: R2 {cv} over the folds, by chance at most {of_folds}");
        assert!(held_out < of_holdout, "{name}: R2 {held_out}, by chance at most {of_holdout}");
    }
}
