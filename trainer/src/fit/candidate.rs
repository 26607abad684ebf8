//! A candidate from its recipe: cross-validated, decided on out-of-fold predictions, fitted on the whole training part.

use std::collections::BTreeMap;

use podium_contract::{Calibration, Threshold};
use podium_learners::Parameters;
use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::Schema;
use podium_tabular::split::Split;
use podium_tabular::table::Table;

use super::cross_validation::CrossValidation;
use super::decision::{Decision, Judging};
use super::folds::Folds;
use super::part::{FittedPart, FittingError, Learner};
use super::scoring::Scoring;
use super::surroundings::{Phase, Surroundings};

/// Everything that a fit depends on but rows.
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a> {
    /// Roles of columns.
    pub schema: &'a Schema,
    /// How features are made ready.
    pub preparation: PreparationSpec,
    /// Learner and parameters.
    pub parameters: &'a Parameters,
    /// What ranks.
    pub scoring: Scoring,
    /// How probabilities are calibrated.
    pub calibration: Calibration,
    /// How the threshold is chosen.
    pub threshold: Threshold,
    /// Seed of all randomness.
    pub seed: u64,
}

/// A fitted candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Preparation and learner, fitted on the training part.
    pub part: FittedPart,
    /// Calibrator and threshold.
    pub decision: Decision,
    /// `cv_` metrics.
    pub metrics: BTreeMap<String, f64>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Cross-validates and fits a candidate.
///
/// # Errors
/// See [`FittingError`].
pub fn fit_candidate(
    table: &Table,
    split: &Split,
    recipe: &Recipe<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Candidate, FittingError> {
    let folds = Folds::new(table, recipe.schema, &split.folds, recipe.preparation);
    let validation = CrossValidation::run(&folds, recipe, surroundings, |_| ())?;
    let judging = Judging::from(recipe);
    let metrics = validation.metrics(table, &judging)?;
    let decision = validation.decision(table, &judging)?;
    let part = surroundings.with(recipe.seed, Phase::Whole, |context| {
        let learner = Learner::Parameters(recipe.parameters);
        FittedPart::fit(table, recipe.schema, &split.training, &recipe.preparation, learner, context)
    })?;
    let warnings = warnings(&validation, &part);
    Ok(Candidate { part, decision, metrics, warnings })
}

/// Fits the prior on the training part: what a model must beat.
///
/// # Errors
/// See [`FittingError`].
pub fn fit_dummy(
    table: &Table,
    split: &Split,
    schema: &Schema,
    preparation: &PreparationSpec,
    surroundings: &Surroundings<'_>,
) -> Result<FittedPart, FittingError> {
    // The prior draws nothing.
    surroundings.with(0, Phase::Whole, |context| {
        FittedPart::fit(table, schema, &split.training, preparation, Learner::Prior, context)
    })
}

/// The final fit's warnings, then how many folds had some of their own.
fn warnings(validation: &CrossValidation<'_>, part: &FittedPart) -> Vec<String> {
    let mut warnings: Vec<String> = part.report.warnings.iter().map(ToString::to_string).collect();
    let folds = validation.reports.iter().filter(|report| !report.warnings.is_empty()).count();
    let first = validation.reports.iter().flat_map(|report| &report.warnings).next();
    if let (true, Some(first)) = (warnings.is_empty(), first) {
        warnings.push(format!("in {folds} of {} folds: {first}", validation.reports.len()));
    }
    let dropped = part.preparation.dropped();
    if !dropped.is_empty() {
        warnings.push(format!(
            "columns without a value in the training part are not used: {}",
            dropped.join(", ")
        ));
    }
    warnings
}
