//! What the real trainer writes into MLflow: files, metrics with step = attempt, evidence, at last the result and the end
//! of the run.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium::plan::{EvidenceFacts, MetricFact, RunState};
use podium_contract as contract;
use podium_contract::{JobDocument, Outcome, RESULT_TAG, Stage, StageResult, VALIDATE_RESULT_TAG};

use super::{Behaviour, Trainer};
use crate::mlflow::Mlflow;

/// How the container ended.
pub struct Ended {
    pub code: i32,
    pub reason: &'static str,
}

/// Name of what an attempt is about.
pub fn step(document: &JobDocument) -> String {
    match &document.stage {
        Stage::Validate => "Validate".to_owned(),
        Stage::Train(train) => format!("Train/{}", train.candidate.name),
        Stage::Judge(judge) => format!("Train/{}", judge.candidate),
        Stage::Evaluate(_) => "Evaluate".to_owned(),
        Stage::Search(_) => "Search".to_owned(),
    }
}

pub fn deliver(
    trainer: &mut Trainer,
    mlflow: &mut Mlflow,
    document: &JobDocument,
    behaviour: &Behaviour,
    now: Timestamp,
) -> Ended {
    let failed = |code, reason| Ended { code, reason };
    let (attempt, run) = (document.attempt, document.tracking.run_id.clone());
    match behaviour {
        Behaviour::Exit(0) => failed(0, "Completed"),
        Behaviour::Exit(code) => failed(*code, "Error"),
        Behaviour::OutOfMemory => failed(137, "OOMKilled"),
        Behaviour::Rejects(reason, message) => {
            let outcome =
                Outcome::Failed(contract::Failed { reason: (*reason).into(), message: (*message).into() });
            write(mlflow, document, attempt, outcome, RunState::Failed);
            failed(3, "Error")
        }
        Behaviour::Writes(text) => {
            set_tag(mlflow, &run, tag(document), text);
            failed(0, "Completed")
        }
        Behaviour::OfAttempt(other) => {
            let outcome = work(trainer, mlflow, document, now);
            write(mlflow, document, *other, outcome, RunState::Finished);
            failed(0, "Completed")
        }
        Behaviour::NoScore => {
            let Outcome::Trained(trained) = work(trainer, mlflow, document, now) else { unreachable!() };
            let outcome = Outcome::Trained(contract::Trained { score: None, score_std: None, ..trained });
            write(mlflow, document, attempt, outcome, RunState::Finished);
            failed(0, "Completed")
        }
        _ if has_result(mlflow, document) => failed(0, "Completed"),
        _ => {
            let outcome = work(trainer, mlflow, document, now);
            write(mlflow, document, attempt, outcome, RunState::Finished);
            failed(0, "Completed")
        }
    }
}

/// Whether an attempt that counts has written a result already.
fn has_result(mlflow: &Mlflow, document: &JobDocument) -> bool {
    let run = mlflow.runs.get(&document.tracking.run_id);
    let text = run.and_then(|run| run.tags.get(tag(document)));
    text.is_some_and(|text| {
        let result: Result<StageResult, _> = serde_json::from_str(text);
        result.is_ok_and(|result| result.attempt >= document.first_attempt)
    })
}

fn tag(document: &JobDocument) -> &'static str {
    if matches!(document.stage, Stage::Validate) { VALIDATE_RESULT_TAG } else { RESULT_TAG }
}

fn set_tag(mlflow: &mut Mlflow, run: &str, key: &str, value: &str) {
    if let Some(run) = mlflow.runs.get_mut(run) {
        run.tags.insert(key.to_owned(), value.to_owned());
    }
}

/// The result, then the end of the run; the parent's end is the operator's.
fn write(mlflow: &mut Mlflow, document: &JobDocument, attempt: u32, outcome: Outcome, state: RunState) {
    let result = StageResult { version: contract::CONTRACT_VERSION, attempt, outcome };
    let run = &document.tracking.run_id;
    set_tag(mlflow, run, tag(document), &serde_json::to_string(&result).unwrap());
    if matches!(document.stage, Stage::Validate) {
        return;
    }
    if let Some(run) = mlflow.runs.get_mut(run) {
        run.state = state;
        run.ends += 1;
    }
}

fn work(trainer: &mut Trainer, mlflow: &mut Mlflow, document: &JobDocument, now: Timestamp) -> Outcome {
    trainer.work.push(format!("{} {}", document.owner.run, step(document)));
    match &document.stage {
        Stage::Validate => Outcome::Validated(contract::Validated {
            data_digest: "data".into(),
            task: contract::Task::BinaryClassification,
            rows: 1000,
            duplicates: 3,
            features: 10,
            classes: 2,
            positive_label: Some("1".into()),
            warnings: vec![],
        }),
        Stage::Train(train) => trained(trainer, mlflow, document, &train.candidate.name, now),
        Stage::Judge(judge) => trained(trainer, mlflow, document, &judge.candidate, now),
        Stage::Evaluate(evaluate) => evaluated(trainer, mlflow, document, evaluate, now),
        Stage::Search(_) => unreachable!("workers are played by their scenarios"),
    }
}

fn trained(
    trainer: &Trainer,
    mlflow: &mut Mlflow,
    document: &JobDocument,
    name: &str,
    now: Timestamp,
) -> Outcome {
    let run = &document.tracking.run_id;
    let score = trainer.scores.get(name).copied().unwrap_or(0.8);
    mlflow.write_model(run, &format!("{} {name}", document.owner.run));
    log(mlflow, document, "cv_f1_score", score, now);
    Outcome::Trained(contract::Trained {
        metric: "f1_score".into(),
        higher_is_better: true,
        score: Some(score),
        score_std: Some(0.01),
        metrics: BTreeMap::from([("cv_f1_score".into(), score), ("training_time".into(), 1.5)]),
        model_digest: mlflow.digest(&format!("{}/model", mlflow.root(run))).unwrap(),
        gpu_used: false,
        warnings: vec![],
    })
}

fn log(mlflow: &mut Mlflow, document: &JobDocument, name: &str, value: f64, now: Timestamp) {
    let fact = MetricFact { value, step: document.attempt.into(), timestamp: now.as_millisecond() };
    if let Some(run) = mlflow.runs.get_mut(&document.tracking.run_id) {
        run.metrics.insert(name.to_owned(), fact);
    }
}

fn evaluated(
    trainer: &Trainer,
    mlflow: &mut Mlflow,
    document: &JobDocument,
    told: &contract::Evaluate,
    now: Timestamp,
) -> Outcome {
    let run = document.tracking.run_id.clone();
    let name = &told.winner.name;
    let score = trainer.scores.get(name).copied().unwrap_or(0.8);
    // The files that were scored are the winner's.
    mlflow.write_model(&run, &format!("{} {name}", document.owner.run));
    let digest = mlflow.digest(&format!("{}/model", mlflow.root(&run))).unwrap();
    assert_eq!(digest, told.winner_digest, "the winner's files are what its result says");
    log(mlflow, document, "f1_score", score, now);
    log(mlflow, document, "inference_time_ms", 4.0, now);
    let metrics = BTreeMap::from([("f1_score".to_owned(), score), ("inference_time_ms".to_owned(), 4.0)]);
    let champion = told.champion.as_ref().map(|champion| champion.version.clone());
    let evidence = contract::Evidence {
        version: contract::CONTRACT_VERSION,
        attempt: document.attempt,
        evaluation_digest: "rows".into(),
        model_digest: digest.clone(),
        metrics: metrics.clone(),
        comparisons: champion.iter().map(|version| better_than(version, score)).collect(),
    };
    let evidence_digest = format!("evidence of {run} {}", document.attempt).replace(' ', "-");
    let facts = EvidenceFacts { digest: evidence_digest.clone(), evidence: Ok(evidence) };
    mlflow.evidence.insert(run, facts);
    Outcome::Evaluated(contract::Evaluated {
        metric: "f1_score".into(),
        higher_is_better: true,
        score: Some(score),
        baseline: Some(0.6),
        dummy: Some(0.5),
        metrics,
        evaluation_digest: "rows".into(),
        model_digest: digest,
        evidence_digest,
        holdout_rows: 200,
        champion,
    })
}

/// A comparison with the champion that holds at any confidence.
fn better_than(version: &str, score: f64) -> contract::Comparison {
    let quantiles = (1..=999).map(|level| f64::from(level) / 100_000.0).collect();
    let difference =
        contract::Difference { winner: score, reference: score - 0.005, improvement: 0.005, quantiles };
    contract::Comparison {
        reference: contract::Reference::Champion,
        version: Some(version.to_owned()),
        outcome: contract::ComparisonOutcome::Compared {
            rows: 200,
            metrics: BTreeMap::from([("f1_score".to_owned(), difference)]),
        },
    }
}
