//! Comparisons with a champion that must not flatter: rows seen before, twins, other data.

use podium_contract::{
    Champion, ComparisonOutcome, EVIDENCE_ARTIFACT, Evaluated, Evidence, Outcome, RESULT_TAG, Reference,
};
use podium_mlflow::Run;
use serde_json::json;

use super::data::{DataServer, HEADER, csv, made_up};
use super::document::candidate;
use super::mlflow::{artifact, result};
use super::pipeline::Pipeline;
use super::pod;

fn champion_of(run: &Run, evaluated: &Evaluated) -> Champion {
    Champion {
        model: "demo".to_owned(),
        alias: "champion".to_owned(),
        version: "3".to_owned(),
        run_id: Some(run.info.run_id.to_string()),
        artifact_uri: format!("{}/model", run.info.artifact_uri),
        model_digest: Some(evaluated.model_digest.clone()),
    }
}

async fn evidence(pipeline: &Pipeline, run: &Run) -> Evidence {
    serde_json::from_slice(&artifact(&pipeline.client, run, EVIDENCE_ARTIFACT).await).unwrap()
}

async fn champion_outcome(pipeline: &Pipeline, run: &Run) -> ComparisonOutcome {
    let comparisons = evidence(pipeline, run).await.comparisons;
    let found = comparisons.into_iter().find(|one| one.reference == Reference::Champion).unwrap();
    assert_eq!(found.version.as_deref(), Some("3"));
    found.outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_is_compared_only_on_rows_that_neither_model_has_seen() {
    let server = DataServer::start().await;
    let old = server.put("old.csv", csv(HEADER, &made_up(0, 900)));
    let first = Pipeline::validated("champion-old", &old, "label", |document| document.split.seed = 1).await;
    let forest = candidate("forest", "RandomForest", &[("n_estimators", json!(30))]);
    let (id, _, trained) = first.train(&forest).await;
    let (run, evaluated) = first.evaluate((&forest, &id, &trained), None).await;
    let champion = champion_of(&run, &evaluated);

    // The same data and seed: the holdout is new to both, and twins differ by nothing.
    let (twin_run, _) = first.evaluate((&forest, &id, &trained), Some(champion.clone())).await;
    let ComparisonOutcome::Compared { rows, metrics } = champion_outcome(&first, &twin_run).await else {
        panic!()
    };
    assert_eq!(rows, evaluated.holdout_rows);
    assert_eq!(metrics["roc_auc"].improvement, 0.0);

    // Another seed: most of the new holdout was the champion's training part, too few rows are left.
    let seeded =
        Pipeline::validated("champion-seed", &old, "label", |document| document.split.seed = 2).await;
    let (id, _, trained) = seeded.train(&forest).await;
    let (seeded_run, _) = seeded.evaluate((&forest, &id, &trained), Some(champion.clone())).await;
    let ComparisonOutcome::Refused { reason, message } = champion_outcome(&seeded, &seeded_run).await else {
        panic!()
    };
    assert_eq!(reason, "ChampionSawHoldout", "{message}");

    // Grown data and another seed: the rows that came since, and the old ones held out both times.
    let mut grown = made_up(0, 900);
    grown.extend(made_up(10_000, 900));
    let grown = server.put("grown.csv", csv(HEADER, &grown));
    let pipeline =
        Pipeline::validated("champion-grown", &grown, "label", |document| document.split.seed = 2).await;
    let (id, _, trained) = pipeline.train(&forest).await;
    let (run, evaluated) = pipeline.evaluate((&forest, &id, &trained), Some(champion)).await;
    let ComparisonOutcome::Compared { rows, metrics } = champion_outcome(&pipeline, &run).await else {
        panic!()
    };
    assert!(rows >= 100 && rows < evaluated.holdout_rows, "{rows} of {}", evaluated.holdout_rows);
    // Honest: on rows that the champion had learned by heart it would lead by far.
    let difference = &metrics["roc_auc"];
    assert!(difference.improvement.abs() < 0.08, "{}", difference.improvement);
    assert_eq!(difference.quantiles.len(), 999);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_with_other_bytes_columns_or_no_file_of_ours_is_refused_with_the_reason() {
    let server = DataServer::start().await;
    let uri = server.put("data.csv", csv(HEADER, &made_up(0, 700)));
    let pipeline = Pipeline::validated("champion-refused", &uri, "label", |_| {}).await;
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, _, trained) = pipeline.train(&logistic).await;
    let (run, evaluated) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    let champion = champion_of(&run, &evaluated);
    let refusal = async |champion: Champion| {
        let (run, _) = pipeline.evaluate((&logistic, &id, &trained), Some(champion)).await;
        match champion_outcome(&pipeline, &run).await {
            ComparisonOutcome::Refused { reason, .. } => reason,
            compared => panic!("{compared:?}"),
        }
    };
    let other_bytes = Champion { model_digest: Some("0".repeat(64)), ..champion.clone() };
    assert_eq!(refusal(other_bytes).await, "NotComparable");
    let nothing = Champion {
        artifact_uri: format!("{}/tables", run.info.artifact_uri),
        model_digest: None,
        ..champion.clone()
    };
    assert_eq!(refusal(nothing).await, "ChampionSawHoldout");

    let wider: Vec<String> =
        made_up(0, 700).iter().enumerate().map(|(i, row)| format!("{i}.5,{row}")).collect();
    let wide = server.put("wide.csv", csv("c,a,b,label", &wider));
    let second = Pipeline::validated("champion-wide", &wide, "label", |_| {}).await;
    let (id, _, trained) = second.train(&logistic).await;
    let (run, _) = second.evaluate((&logistic, &id, &trained), Some(champion)).await;
    let ComparisonOutcome::Refused { reason, message } = champion_outcome(&second, &run).await else {
        panic!()
    };
    assert_eq!(reason, "ChampionSawHoldout");
    assert!(message.contains("other columns"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_that_moved_is_compared_with_again_in_the_same_run() {
    let server = DataServer::start().await;
    let uri = server.put("data.csv", csv(HEADER, &made_up(0, 700)));
    let pipeline = Pipeline::validated("champion-moved", &uri, "label", |_| {}).await;
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, _, trained) = pipeline.train(&logistic).await;
    let (run, first) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    let champion = champion_of(&run, &first);

    let winner = (logistic, &id, &trained);
    let mut again = pipeline.evaluate_document(&run.info.run_id, winner, Some(champion));
    again.attempt = 2;
    again.first_attempt = 2;
    pod::run_well(&again).await;
    let run = pipeline.client.get_run(&run.info.run_id).await.unwrap();
    let result = result(&run, RESULT_TAG).unwrap();
    let Outcome::Evaluated(second) = result.outcome else { panic!("{result:?}") };
    assert_eq!((result.attempt, second.champion.as_deref()), (2, Some("3")));
    assert_eq!((&second.model_digest, second.score), (&first.model_digest, first.score));
    let found = evidence(&pipeline, &run).await;
    assert_eq!(found.attempt, 2);
    assert!(matches!(champion_outcome(&pipeline, &run).await, ComparisonOutcome::Compared { .. }));
    assert!(found.metrics.keys().all(|name| run.data.metric(name).unwrap().step == 2));
}
