//! The winner beside its learner untuned: how much better it is counts up in every metric.

use podium_mlflow::Run;
use serde_json::{Value, json};

use super::data::{DataServer, HEADER, csv, made_up};
use super::document::candidate;
use super::mlflow::{artifact, metric};
use super::pipeline::Pipeline;

/// Improvement in percent, which has the sign of `better`, by the scores that the table of the best model states.
fn improvement(best: &Value, from: &str, to: &str, better: f64) -> f64 {
    let (from, to) = (best[from].as_f64().unwrap(), best[to].as_f64().unwrap());
    let change = if best["higher_is_better"] == json!(true) { to - from } else { from - to };
    assert!(change * better > 0.0, "{best}");
    100.0 * change / from
}

fn assert_told(run: &Run, best: &Value, name: &str, wanted: f64) {
    for found in [metric(run, name), best[name].as_f64().unwrap()] {
        assert!((found - wanted).abs() < 1e-9, "{name} is {found}, by the scores it is {wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_winner_that_is_better_than_its_learner_untuned_has_improved_by_a_positive_percentage_of_any_metric()
 {
    let server = DataServer::start().await;
    let uri = server.put("data.csv", csv(HEADER, &made_up(0, 800)));
    // Noise invites large trees to learn it by heart: large leaves don't, and a few stumps learn too little.
    let careful = candidate("careful", "RandomForest", &[("min_samples_leaf", json!(20))]);
    let stumps = candidate("stumps", "RandomForest", &[("n_estimators", json!(2)), ("max_depth", json!(1))]);
    for (name, is_higher_better, winner, better) in [
        ("roc_auc", true, &careful, 1.0),
        ("log_loss", false, &careful, 1.0),
        ("roc_auc", true, &stumps, -1.0),
    ] {
        let of_metric = |document: &mut podium_contract::JobDocument| {
            document.evaluation.metric = Some(name.to_owned());
        };
        let pipeline = Pipeline::validated("untuned", &uri, "label", of_metric).await;
        let (id, _, trained) = pipeline.train(winner).await;
        let (run, evaluated) = pipeline.evaluate((winner, &id, &trained), None).await;
        let best = artifact(&pipeline.client, &run, "best_model_info.json").await;
        let best: Value = serde_json::from_slice(&best).unwrap();
        assert_eq!(
            [
                &best["metric"],
                &best["higher_is_better"],
                &best["cv_score"],
                &best["score"],
                &best["baseline"]
            ],
            [
                &json!(name),
                &json!(is_higher_better),
                &json!(trained.score),
                &json!(evaluated.score),
                &json!(metric(&run, &format!("baseline_{name}")))
            ]
        );
        assert_eq!(best["baseline"], json!(evaluated.baseline));
        assert_told(&run, &best, "improvement_pct", improvement(&best, "baseline", "score", better));
        assert_told(&run, &best, "cv_improvement_pct", improvement(&best, "cv_baseline", "cv_score", better));
    }
}
