//! The train stage: one candidate, cross-validated and fitted on the training part; a model folder comes out. Pure but for timing.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_artifacts::{Files, of_files};
use podium_contract::{CV_PREFIX, JobDocument, Outcome, STD_SUFFIX, Train, Trained};
use podium_tabular::split::TrainedRows;
use serde_json::Value;

use super::learner;
use super::measure::inference_time_ms;
use super::{Pin, dataset};
use crate::deliver::{Parcel, Record};
use crate::failure::Failure;
use crate::fit::{Candidate, Recipe, Scoring, Surroundings, fit_candidate};
use crate::model::{Body, Own, Predictor, TrainedModel, folder};

/// Trains a candidate.
///
/// # Errors
/// Changed data, parameters out of range, what the learner refuses, or a stop.
pub fn train(
    bytes: Bytes,
    document: &JobDocument,
    train: &Train,
    run_id: &str,
    surroundings: &Surroundings<'_>,
) -> Result<(Parcel, Outcome), Failure> {
    let parameters = learner::parameters(&train.candidate, train.pinned.task)?;
    let pin = Pin::read(bytes, document, &train.pinned)?;
    let scoring = Scoring::resolve(&document.evaluation, &pin.schema)?;
    let recipe = learner::recipe(document, &pin.schema, &parameters, scoring);
    let fitted =
        fit_candidate(&pin.loaded.table, &pin.split, &recipe, surroundings).map_err(learner::failed_fit)?;
    let model = assemble(&pin, &recipe, &fitted);
    let files = folder(&model, run_id).map_err(|error| Failure::specification("ModelNotWritable", error))?;
    let metrics = metrics(&fitted, &model, &files, &pin, surroundings)?;
    let record = Record {
        params: params(document, &recipe, &pin),
        metrics: metrics.clone(),
        tags: BTreeMap::new(),
        dataset: Some(dataset::note(document, &pin.loaded, &pin.schema, "training")),
    };
    let warnings = fitted.warnings.iter().chain(&pin.split.warnings).cloned().collect();
    let fitted = Fitted { metrics, gpu_used: fitted.part.report.gpu_used, warnings };
    let outcome = outcome(scoring, fitted, &files);
    Ok((
        Parcel { artifacts: BTreeMap::new(), model: Some(files), is_training: true, record },
        Outcome::Trained(outcome),
    ))
}

/// The model as it is saved.
pub(super) fn assemble(pin: &Pin, recipe: &Recipe<'_>, fitted: &Candidate) -> TrainedModel {
    let loaded = &pin.loaded;
    TrainedModel {
        body: Body {
            trainer: env!("CARGO_PKG_VERSION").to_owned(),
            algorithm: recipe.parameters.algorithm().name().to_owned(),
            parameters: learner::effective(recipe),
            metric: recipe.scoring.metric,
            average: recipe.scoring.average,
            data_digest: loaded.digest.as_str().to_owned(),
            schema: pin.schema.clone(),
            decision: fitted.decision.clone(),
        },
        predictor: Predictor::Own(Box::new(Own {
            preparation: fitted.part.preparation.clone(),
            learner: fitted.part.model.clone(),
        })),
        trained_rows: TrainedRows::of(&loaded.table, &loaded.digests, &pin.split.training, &pin.schema),
    }
}

fn metrics(
    fitted: &Candidate,
    model: &TrainedModel,
    files: &Files,
    pin: &Pin,
    surroundings: &Surroundings<'_>,
) -> Result<BTreeMap<String, f64>, Failure> {
    let mut metrics = fitted.metrics.clone();
    let latency =
        inference_time_ms(model, &pin.loaded.table, &pin.split.training).map_err(learner::failed_fit)?;
    metrics.extend([
        ("training_time".to_owned(), fitted.part.time.as_secs_f64()),
        ("inference_time_ms".to_owned(), latency),
        ("model_size_mb".to_owned(), size_mb(files)),
        ("gpu_used".to_owned(), f64::from(u8::from(fitted.part.report.gpu_used))),
    ]);
    if surroundings.interrupt() { Err(Failure::Stopped) } else { Ok(metrics) }
}

/// Megabytes (1e6) of the files that are registered.
pub(super) fn size_mb(files: &Files) -> f64 {
    files.values().map(|file| file.len() as f64).sum::<f64>() / 1e6
}

/// Everything that makes two runs differ, with all defaults; equal for each attempt.
fn params(document: &JobDocument, recipe: &Recipe<'_>, pin: &Pin) -> BTreeMap<String, String> {
    let mut params: BTreeMap<String, String> =
        learner::effective(recipe).into_iter().map(|(name, value)| (name, text(&value))).collect();
    let preparation = &document.preparation;
    params.extend(split_params(document, pin));
    params.extend(
        [
            ("algorithm", recipe.parameters.algorithm().name().to_owned()),
            ("preparation.missing", format!("{:?}", preparation.missing)),
            ("preparation.scaling", format!("{:?}", preparation.scaling)),
            ("preparation.encoding", format!("{:?}", preparation.encoding)),
            ("preparation.imbalance", format!("{:?}", preparation.imbalance)),
            ("evaluation.metric", recipe.scoring.metric.to_string()),
            ("evaluation.average", format!("{:?}", recipe.scoring.average)),
            ("evaluation.calibration", format!("{:?}", recipe.calibration)),
            ("evaluation.threshold", format!("{:?}", recipe.threshold)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    params
}

/// Which data a model was fitted on.
pub(super) fn split_params(document: &JobDocument, pin: &Pin) -> BTreeMap<String, String> {
    let folds = &pin.split.folds;
    let sizes = |count: &dyn Fn(usize) -> usize| {
        (0..folds.len()).map(|fold| count(fold).to_string()).collect::<Vec<_>>().join(",")
    };
    [
        ("split.strategy", format!("{:?}", pin.split.strategy)),
        ("split.seed", document.split.seed.to_string()),
        ("split.training_rows", pin.split.training.len().to_string()),
        ("split.holdout_rows", pin.split.holdout.len().to_string()),
        ("split.fold_training_rows", sizes(&|fold| folds[fold].train.len())),
        ("split.fold_validation_rows", sizes(&|fold| folds[fold].validation.len())),
        ("data.digest", pin.loaded.digest.as_str().to_owned()),
        ("features", pin.schema.features.len().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The result of a candidate, whoever trained it.
pub(super) fn outcome(scoring: Scoring, fitted: Fitted, files: &Files) -> Trained {
    let Fitted { mut metrics, gpu_used, warnings } = fitted;
    let name = format!("{CV_PREFIX}{}", scoring.metric);
    let (score, score_std) =
        (metrics.get(&name).copied(), metrics.get(&format!("{name}{STD_SUFFIX}")).copied());
    // Deviations stand in the run; the tag is short.
    metrics.retain(|name, _| !name.ends_with(STD_SUFFIX));
    Trained {
        metric: scoring.metric.to_string(),
        higher_is_better: scoring.higher_is_better(),
        score,
        score_std,
        metrics,
        model_digest: of_files(files),
        gpu_used,
        warnings,
    }
}

/// What is told of a candidate beside its model.
pub(super) struct Fitted {
    /// All that is logged.
    pub metrics: BTreeMap<String, f64>,
    /// Whether a GPU did the work.
    pub gpu_used: bool,
    /// What the user should know.
    pub warnings: Vec<String>,
}
