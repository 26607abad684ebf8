//! Documents as the operator writes them.

use std::collections::BTreeMap;

use podium_contract::{
    CONTRACT_VERSION, Calibration, Candidate, CandidateSummary, Checks, Data, Encoding, Evaluate, Evaluation,
    Format, Imbalance, JobDocument, Missing, Owner, Pinned, Preparation, Scaling, Split, Stage, Strategy,
    TaskChoice, Threshold, Tracking, Train, Trained, Validated,
};
use podium_mlflow::{ExperimentId, RunId};
use serde_json::Value;

/// A validate document for these data.
pub fn validate(
    mlflow: &str,
    experiment: &ExperimentId,
    run: &RunId,
    uri: &str,
    target: &str,
) -> JobDocument {
    JobDocument {
        version: CONTRACT_VERSION,
        owner: Owner {
            installation: "test".to_owned(),
            namespace: "ml".to_owned(),
            name: "demo".to_owned(),
            uid: "u-1".to_owned(),
            run: "r-1".to_owned(),
        },
        attempt: 1,
        first_attempt: 1,
        tracking: Tracking {
            uri: mlflow.to_owned(),
            workspace: None,
            experiment_id: experiment.to_string(),
            run_id: run.to_string(),
            timeout_seconds: 60,
        },
        certificate_authorities: None,
        threads: 2,
        data: Data {
            uri: uri.to_owned(),
            format: Format::Csv,
            target: target.to_owned(),
            positive_label: None,
            task: TaskChoice::Auto,
            exclude: Vec::new(),
            categorical: Vec::new(),
            weight_column: None,
            time_column: None,
            group_column: None,
        },
        checks: Checks { min_rows: 10, ..Checks::default() },
        preparation: Preparation {
            missing: Missing::Median,
            scaling: Scaling::Standard,
            encoding: Encoding::OneHot,
            imbalance: Imbalance::None,
        },
        split: Split { holdout: 0.2, strategy: Strategy::Auto, folds: 5, gap: 0, seed: 7 },
        evaluation: Evaluation {
            metric: None,
            average: None,
            calibration: Calibration::None,
            threshold: Threshold::Half,
        },
        stage: Stage::Validate,
    }
}

pub fn candidate(name: &str, algorithm: &str, parameters: &[(&str, Value)]) -> Candidate {
    Candidate {
        name: name.to_owned(),
        algorithm: algorithm.to_owned(),
        parameters: parameters.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        gpu: None,
    }
}

pub fn pinned(validated: &Validated) -> Pinned {
    Pinned { data_digest: validated.data_digest.clone(), task: validated.task }
}

/// The same for the training of a candidate in a run of its own.
pub fn train(base: &JobDocument, run: &RunId, pinned: Pinned, candidate: Candidate) -> JobDocument {
    let mut document = base.clone();
    document.tracking.run_id = run.to_string();
    document.stage = Stage::Train(Train { pinned, candidate });
    document
}

/// The same for the evaluation of a trained winner.
pub fn evaluate(
    base: &JobDocument,
    run: &RunId,
    pinned: Pinned,
    winner: (Candidate, &RunId, &Trained),
    champion: Option<podium_contract::Champion>,
) -> JobDocument {
    let (candidate, winner_run, trained) = winner;
    let summary = CandidateSummary {
        name: candidate.name.clone(),
        algorithm: candidate.algorithm.clone(),
        run_id: Some(winner_run.to_string()),
        phase: "Succeeded".to_owned(),
        message: None,
        metrics: trained.metrics.clone(),
    };
    let failed = CandidateSummary {
        name: "broken".to_owned(),
        algorithm: "RandomForest".to_owned(),
        run_id: None,
        phase: "Failed".to_owned(),
        message: Some("out of memory".to_owned()),
        metrics: BTreeMap::new(),
    };
    let mut document = base.clone();
    document.tracking.run_id = run.to_string();
    document.stage = Stage::Evaluate(Evaluate {
        pinned,
        winner: candidate,
        winner_run: winner_run.to_string(),
        winner_digest: trained.model_digest.clone(),
        candidates: vec![summary, failed],
        champion,
    });
    document
}
