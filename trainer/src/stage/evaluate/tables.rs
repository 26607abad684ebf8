//! The evaluation's files and figures beside the evidence.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_contract::{Evaluate, Evidence, JobDocument};

use super::super::Pin;
use super::cv_score;
use super::rivals::Rivals;
use crate::failure::Failure;
use crate::fit::Scoring;
use crate::model::TrainedModel;
use crate::report::summary::{
    BestModel, HoldoutMetrics, all_models, comparison, context, improvement_percent, json,
};

/// Tag with the version that the winner was compared with.
const CHAMPION_TAG: &str = "podium.dev/champion-version";

/// The winner as `best_model_info.json` states it.
pub(super) fn best(
    stage: &Evaluate,
    winner: &TrainedModel,
    scoring: Scoring,
    rivals: &Rivals,
    evidence: &Evidence,
) -> BestModel {
    let (name, higher) = (scoring.metric.as_str(), scoring.higher_is_better());
    let (score, baseline) = (rivals.winner.metric(name), rivals.baseline.side.metric(name));
    let (cv, cv_baseline) = (cv_score(stage, scoring), rivals.baseline.cv_score);
    BestModel {
        name: stage.winner.name.clone(),
        algorithm: winner.body.algorithm.clone(),
        run_id: stage.winner_run.clone(),
        parameters: winner.body.parameters.clone(),
        metric: name.to_owned(),
        higher_is_better: higher,
        cv_score: cv,
        score,
        cv_baseline,
        baseline,
        dummy: rivals.dummy.metric(name),
        improvement_pct: improvement_percent(higher, baseline, score),
        cv_improvement_pct: improvement_percent(higher, cv_baseline, cv),
        model_digest: evidence.model_digest.clone(),
        evaluation_digest: evidence.evaluation_digest.clone(),
    }
}

/// The tables as artifacts.
pub(super) fn tables(
    document: &JobDocument,
    stage: &Evaluate,
    pin: &Pin,
    rivals: &Rivals,
    best: &BestModel,
) -> Result<BTreeMap<String, Bytes>, Failure> {
    let holdout = HoldoutMetrics::from([
        ("winner", rivals.winner.metrics.clone()),
        ("baseline", rivals.baseline.side.metrics.clone()),
        ("dummy", rivals.dummy.metrics.clone()),
    ]);
    let candidates = &stage.candidates;
    let mut document = document.clone();
    document.data.uri = super::super::dataset::without_login(&document.data.uri);
    let files = [
        ("all_models_metrics.json", all_models(candidates, &holdout).map_err(unwritable)?),
        (
            "model_comparison_summary.csv",
            comparison(candidates, &best.metric, best.higher_is_better).map_err(unwritable)?,
        ),
        ("best_model_info.json", json(best).map_err(unwritable)?),
        (
            "pipeline_context.json",
            context(&document, pin.loaded.digest.as_str(), pin.split.holdout.len(), pin.split.training.len())
                .map_err(unwritable)?,
        ),
    ];
    Ok(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect())
}

/// A table that can't be written is this machine's fault.
pub(super) fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::Temporary(format!("a table could not be written: {error}"))
}

/// Parameters of the evaluation run; equal for each attempt.
pub(super) fn params(
    stage: &Evaluate,
    winner: &TrainedModel,
    scoring: Scoring,
    pin: &Pin,
    evidence: &Evidence,
) -> BTreeMap<String, String> {
    [
        ("winner", stage.winner.name.clone()),
        ("winner_run", stage.winner_run.clone()),
        ("algorithm", winner.body.algorithm.clone()),
        ("evaluation.metric", scoring.metric.to_string()),
        ("evaluation.average", format!("{:?}", scoring.average)),
        ("evaluation.digest", evidence.evaluation_digest.clone()),
        ("data.digest", pin.loaded.digest.to_string()),
        ("split.training_rows", pin.split.training.len().to_string()),
        ("split.holdout_rows", pin.split.holdout.len().to_string()),
        ("threshold", winner.body.decision.threshold.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What may differ between attempts at the evaluation: the champion may have moved meanwhile.
pub(super) fn tags(stage: &Evaluate) -> BTreeMap<String, String> {
    let champion = stage.champion.as_ref().map_or("none", |champion| champion.version.as_str());
    [(CHAMPION_TAG.to_owned(), champion.to_owned())].into()
}

/// Metrics of the evaluation run: the winner's by their plain names, the references' with theirs in front.
pub(super) fn logged(
    winner: &BTreeMap<String, f64>,
    rivals: &Rivals,
    best: &BestModel,
) -> BTreeMap<String, f64> {
    let mut logged = winner.clone();
    for (prefix, side) in [("baseline", &rivals.baseline.side), ("dummy", &rivals.dummy)] {
        logged.extend(side.metrics.iter().map(|(name, value)| (format!("{prefix}_{name}"), *value)));
    }
    let changes =
        [("improvement_pct", best.improvement_pct), ("cv_improvement_pct", best.cv_improvement_pct)];
    logged.extend(changes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    logged
}
