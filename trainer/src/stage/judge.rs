//! The stage that judges what a container of the user's own made: metrics from its out-of-fold predictions, and its model as one that
//! an evaluation can load. Pure but for timing.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_contract::{CONTAINER_ALGORITHM, HANDED_MODEL, JobDocument, Judge, Outcome};
use podium_tabular::split::TrainedRows;
use serde_json::Value;

use super::measure::inference_time_ms;
use super::train::{Fitted, outcome, size_mb, split_params};
use super::{Pin, dataset, learner};
use crate::deliver::{Parcel, Record};
use crate::failure::Failure;
use crate::fit::{CrossValidation, Decision, Judging, Scoring};
use crate::handed::{files, out_of_fold};
use crate::model::{Body, Foreign, ForeignError, Predictor, TrainedModel, folder};

/// What a container left.
#[derive(Debug, Clone)]
pub struct Made {
    /// Its out-of-fold predictions.
    pub out_of_fold: Bytes,
    /// Its model.
    pub model: Bytes,
}

/// The files that a container is handed.
///
/// # Errors
/// Changed data, and what roles, split and metric can refuse.
pub fn hand_over(
    bytes: Bytes,
    document: &JobDocument,
    judge: &Judge,
) -> Result<[(&'static str, Bytes); 3], Failure> {
    let pin = Pin::read(bytes, document, &judge.pinned)?;
    let scoring = Scoring::resolve(&document.evaluation, &pin.schema)?;
    files(&pin, scoring, document.split.seed).map_err(|error| Failure::Temporary(error.to_string()))
}

/// Judges a container's work.
///
/// # Errors
/// Changed data; predictions or a model that can't be used, with what its author can do.
pub fn judge(
    bytes: Bytes,
    document: &JobDocument,
    judge: &Judge,
    made: Made,
    run_id: &str,
) -> Result<(Parcel, Outcome), Failure> {
    let pin = Pin::read(bytes, document, &judge.pinned)?;
    let scoring = Scoring::resolve(&document.evaluation, &pin.schema)?;
    let mut metrics = cv_metrics(&pin, scoring, &made)?;
    let model = model(&pin, scoring, judge, document, made.model)?;
    let latency = inference_time_ms(&model, &pin.loaded.table, &pin.split.training)
        .map_err(|error| Failure::data("ModelNotUsable", error))?;
    let files = folder(&model, run_id).map_err(|error| Failure::specification("ModelNotWritable", error))?;
    metrics
        .extend([("inference_time_ms".to_owned(), latency), ("model_size_mb".to_owned(), size_mb(&files))]);
    let record = Record {
        params: params(document, judge, scoring, &pin),
        metrics: metrics.clone(),
        tags: BTreeMap::new(),
        dataset: Some(dataset::note(document, &pin.loaded, &pin.schema, "training")),
    };
    let fitted = Fitted { metrics, gpu_used: false, warnings: pin.split.warnings.clone() };
    let outcome = outcome(scoring, fitted, &files);
    let parcel = Parcel { artifacts: BTreeMap::new(), model: Some(files), is_training: true, record };
    Ok((parcel, Outcome::Trained(outcome)))
}

fn cv_metrics(pin: &Pin, scoring: Scoring, made: &Made) -> Result<BTreeMap<String, f64>, Failure> {
    let predictions = out_of_fold(&made.out_of_fold, &pin.schema, &pin.split)
        .map_err(|error| Failure::data("InvalidPredictions", error))?;
    let judging = Judging::plain(&pin.schema, scoring);
    CrossValidation::of_predictions(&pin.split.folds, predictions)
        .metrics(&pin.loaded.table, &judging)
        .map_err(learner::failed_fit)
}

/// The model, when it predicts for a row of the training part.
fn model(
    pin: &Pin,
    scoring: Scoring,
    judge: &Judge,
    document: &JobDocument,
    bytes: Bytes,
) -> Result<TrainedModel, Failure> {
    let foreign = Foreign::load(bytes, &pin.schema, document.threads).map_err(|error| match error {
        ForeignError::Runtime(_) => Failure::specification("OnnxRuntimeMissing", error),
        ForeignError::Model(_) => Failure::data("ModelNotUsable", format!("{HANDED_MODEL}: {error}")),
    })?;
    let loaded = &pin.loaded;
    Ok(TrainedModel {
        body: Body {
            trainer: env!("CARGO_PKG_VERSION").to_owned(),
            algorithm: CONTAINER_ALGORITHM.to_owned(),
            parameters: [("image".to_owned(), Value::from(judge.image.as_str()))].into(),
            metric: scoring.metric,
            average: scoring.average,
            data_digest: loaded.digest.as_str().to_owned(),
            schema: pin.schema.clone(),
            decision: Decision::PLAIN,
        },
        predictor: Predictor::Foreign(foreign),
        trained_rows: TrainedRows::of(&loaded.table, &loaded.digests, &pin.split.training, &pin.schema),
    })
}

/// What the container can't have logged by the same names: MLflow never changes a parameter.
fn params(document: &JobDocument, judge: &Judge, scoring: Scoring, pin: &Pin) -> BTreeMap<String, String> {
    let mut params = split_params(document, pin);
    params.extend(
        [
            ("container.image", judge.image.clone()),
            ("evaluation.metric", scoring.metric.to_string()),
            ("evaluation.average", format!("{:?}", scoring.average)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    params
}
