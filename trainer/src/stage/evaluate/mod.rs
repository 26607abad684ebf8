//! The evaluate stage: the one look at the holdout. Winner, baseline, dummy and champion answer for the same rows. Pure but for timing.

mod holdout;
mod rivals;
mod tables;

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_artifacts::{Files, of_bytes, of_files};
use podium_contract::{
    CONTRACT_VERSION, CV_PREFIX, EVIDENCE_ARTIFACT, Evaluate, Evaluated, Evidence, JobDocument, MODEL_FOLDER,
    Outcome,
};
use podium_tabular::digest::evaluation_digest;
use tracing::info;

use super::learner;
use super::measure::inference_time_ms;
use super::train::size_mb;
use super::{Pin, dataset};
use crate::deliver::{Parcel, Record};
use crate::failure::Failure;
use crate::fit::{Scoring, Surroundings};
use crate::model::{FileError, Reading, TrainedModel, read, with_run_id};
use crate::report::figures;
use crate::report::summary::json;

pub use holdout::Side;

use holdout::Holdout;
use rivals::{Rivals, baseline, champion, dummy};

/// Models that were read from MLflow.
#[derive(Debug)]
pub struct Contenders {
    /// The winner's model folder.
    pub winner: Files,
    /// The champion's, or why it can't be read; `None` without a champion.
    pub champion: Option<Result<Files, String>>,
    /// How they are read.
    pub reading: Reading,
}

/// Evaluates the winner.
///
/// # Errors
/// Changed data, a winner whose files are not those that were trained, what a fit refuses, or a stop.
pub fn evaluate(
    bytes: Bytes,
    document: &JobDocument,
    stage: &Evaluate,
    contenders: &Contenders,
    run_id: &str,
    surroundings: &Surroundings<'_>,
) -> Result<(Parcel, Outcome), Failure> {
    let winner = winner(stage, contenders)?;
    let pin = Pin::read(bytes, document, &stage.pinned)?;
    let scoring = Scoring::resolve(&document.evaluation, &pin.schema)?;
    let defaults = learner::defaults(&stage.winner, stage.pinned.task)?;
    let untuned = defaults.as_ref().map(|defaults| learner::recipe(document, &pin.schema, defaults, scoring));
    let holdout = Holdout::new(&pin, scoring, document.split.seed)?;

    let rivals = Rivals {
        winner: holdout.score(&winner, surroundings)?,
        baseline: baseline(&pin, untuned.as_ref(), &winner, stage, &holdout, surroundings)?,
        dummy: dummy(document, &holdout, surroundings)?,
    };
    info!(rows = holdout.rows.len(), "winner, baseline and dummy are scored, comparing");
    let mut comparisons = rivals.compare(&holdout);
    comparisons.extend(champion(stage, contenders, &pin, &winner, &holdout, surroundings));
    if surroundings.interrupt() {
        return Err(Failure::Stopped);
    }

    info!("compared, measuring");
    let files = with_run_id(&contenders.winner, run_id);
    let mut metrics = rivals.winner.metrics.clone();
    metrics.extend(measured(stage, &winner, &files, &pin)?);
    let evidence = Evidence {
        version: CONTRACT_VERSION,
        attempt: document.attempt,
        evaluation_digest: digest(&pin, scoring),
        model_digest: of_files(&files),
        metrics,
        comparisons,
    };
    info!("drawing charts, measuring importance");
    let mut artifacts = figures::figures(&pin, holdout.rows, &winner, &rivals.winner, scoring, surroundings)?;
    info!("writing tables");
    let best = tables::best(stage, &winner, scoring, &rivals, &evidence);
    artifacts.extend(tables::tables(document, stage, &pin, &rivals, &best)?);
    let evidence_file = json(&evidence).map_err(tables::unwritable)?;
    let outcome = outcome(&evidence, &evidence_file, scoring, &rivals, stage, holdout.rows.len());
    artifacts.insert(EVIDENCE_ARTIFACT.to_owned(), evidence_file);
    let record = Record {
        params: tables::params(stage, &winner, scoring, &pin, &evidence),
        metrics: tables::logged(&evidence.metrics, &rivals, &best),
        tags: tables::tags(stage),
        dataset: Some(dataset::note(document, &pin.loaded, &pin.schema, "evaluation")),
    };
    Ok((Parcel { artifacts, model: Some(files), is_training: false, record }, Outcome::Evaluated(outcome)))
}

/// The winner, when its files are the very ones that were trained.
fn winner(stage: &Evaluate, contenders: &Contenders) -> Result<TrainedModel, Failure> {
    let found = of_files(&contenders.winner);
    if found != stage.winner_digest {
        let message = format!(
            "the model files of run {} have digest {found}, trained were {}",
            stage.winner_run, stage.winner_digest
        );
        return Err(Failure::data("ModelChanged", message));
    }
    read(&contenders.winner, contenders.reading).map_err(|error| {
        let message = format!("run {}, folder {MODEL_FOLDER}: {error}", stage.winner_run);
        match error {
            FileError::Missing(_) => Failure::data("ModelMissing", message),
            _ => Failure::data("ModelUnreadable", message),
        }
    })
}

/// What is measured about the winner beside its predictions.
fn measured(
    stage: &Evaluate,
    winner: &TrainedModel,
    files: &Files,
    pin: &Pin,
) -> Result<BTreeMap<String, f64>, Failure> {
    let latency =
        inference_time_ms(winner, &pin.loaded.table, &pin.split.holdout).map_err(learner::failed_fit)?;
    let mut measured = BTreeMap::from([
        ("inference_time_ms".to_owned(), latency),
        ("model_size_mb".to_owned(), size_mb(files)),
    ]);
    // These were measured where it was trained.
    let trained = winner_summary(stage).map(|summary| &summary.metrics);
    for name in ["training_time", "gpu_used"] {
        if let Some(value) = trained.and_then(|metrics| metrics.get(name)) {
            measured.insert(name.to_owned(), *value);
        }
    }
    Ok(measured)
}

fn winner_summary(stage: &Evaluate) -> Option<&podium_contract::CandidateSummary> {
    stage.candidates.iter().find(|candidate| candidate.name == stage.winner.name)
}

/// The winner's mean over the folds.
fn cv_score(stage: &Evaluate, scoring: Scoring) -> Option<f64> {
    winner_summary(stage)?.metrics.get(&format!("{CV_PREFIX}{}", scoring.metric)).copied()
}

fn digest(pin: &Pin, scoring: Scoring) -> String {
    let positive = pin.schema.positive.and_then(|index| pin.schema.classes.get(index)).map(String::as_str);
    let average = pin.schema.task.is_classification().then_some(scoring.average);
    let holdout = pin.split.holdout.iter().map(|&row| pin.loaded.digests[row]);
    evaluation_digest(&pin.loaded.digest, &pin.schema.target, positive, average, holdout).to_string()
}

fn outcome(
    evidence: &Evidence,
    file: &Bytes,
    scoring: Scoring,
    rivals: &Rivals,
    stage: &Evaluate,
    holdout_rows: usize,
) -> Evaluated {
    let name = scoring.metric.as_str();
    Evaluated {
        metric: name.to_owned(),
        higher_is_better: scoring.higher_is_better(),
        score: rivals.winner.metric(name),
        baseline: rivals.baseline.side.metric(name),
        dummy: rivals.dummy.metric(name),
        metrics: evidence.metrics.clone(),
        evaluation_digest: evidence.evaluation_digest.clone(),
        model_digest: evidence.model_digest.clone(),
        evidence_digest: of_bytes(file),
        holdout_rows: holdout_rows as u64,
        champion: stage.champion.as_ref().map(|champion| champion.version.clone()),
    }
}
