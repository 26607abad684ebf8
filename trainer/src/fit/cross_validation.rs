//! Cross-validation on the training part: out-of-fold predictions, and from them the metrics of each fold.

use std::collections::BTreeMap;
use std::time::Duration;

use podium_contract::{CV_PREFIX, STD_SUFFIX};
use podium_learners::FitReport;
use podium_tabular::crossval::summarise;
use podium_tabular::metric::{MetricName, Predictions, Report, report};
use podium_tabular::split::Fold;
use podium_tabular::table::Table;

use super::candidate::Recipe;
use super::decision::{Decision, DecisionError, Judging};
use super::folds::Folds;
use super::part::{FittingError, Learner};
use super::prepared::FoldFit;
use super::surroundings::{Phase, Surroundings};

/// Folds, each predicted by the model of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation<'a> {
    folds: &'a [Fold],
    /// Predictions of each fold's validation rows, not calibrated.
    parts: Vec<Predictions>,
    /// How the fits went.
    pub reports: Vec<FitReport>,
    /// Time of all fits.
    pub time: Duration,
}

impl<'a> CrossValidation<'a> {
    /// Of fits of all folds.
    pub fn of(folds: &'a [Fold], fits: Vec<FoldFit>) -> Self {
        let mut done = Self::of_predictions(folds, Vec::new());
        for fit in fits {
            done.add(fit);
        }
        done
    }

    /// Of predictions of these folds alone: there are metrics, and nothing is known of the fits.
    pub fn of_predictions(folds: &'a [Fold], parts: Vec<Predictions>) -> Self {
        Self { folds, parts, reports: Vec::new(), time: Duration::ZERO }
    }

    fn add(&mut self, fit: FoldFit) {
        self.parts.push(fit.predictions);
        self.reports.push(fit.fitted.report);
        self.time += fit.time;
    }

    /// Fits and predicts fold after fold; `seen` is shown what there is after each.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn run(
        folds: &Folds<'a>,
        recipe: &Recipe<'_>,
        surroundings: &Surroundings<'_>,
        mut seen: impl FnMut(&Self),
    ) -> Result<Self, FittingError> {
        let mut done = Self::of_predictions(&[], Vec::new());
        let learner = Learner::Parameters(recipe.parameters);
        for index in 0..folds.rows.len() {
            let fold = folds.get(index)?;
            let phase = Phase::Fold(index + 1);
            let fit = surroundings.with(recipe.seed, phase, |context| fold.fit(learner, context))?;
            done.folds = &folds.rows[..=index];
            done.add(fit);
            seen(&done);
        }
        Ok(done)
    }

    /// Calibrator and threshold from all folds: those of the model.
    ///
    /// # Errors
    /// See [`DecisionError`].
    pub fn decision(&self, table: &Table, judging: &Judging<'_>) -> Result<Decision, DecisionError> {
        Decision::of(table, self.folds, &self.parts, judging)
    }

    /// Mean and deviation over the folds of every metric of the task, as `cv_<metric>` and `cv_<metric>_std`.
    ///
    /// Calibrator and threshold of a fold come from the other folds' predictions, so that no row helps to judge itself;
    /// where these are too few for the method, the model's own are used.
    ///
    /// # Errors
    /// Predictions that can't be scored or calibrated.
    pub fn metrics(
        &self,
        table: &Table,
        judging: &Judging<'_>,
    ) -> Result<BTreeMap<String, f64>, FittingError> {
        let mut scores: BTreeMap<MetricName, Vec<Option<f64>>> = BTreeMap::new();
        for index in 0..self.folds.len() {
            let found = self.fold_report(index, table, judging)?;
            for metric in found.undefined {
                scores.entry(metric).or_default().push(None);
            }
            for (metric, value) in found.values {
                scores.entry(metric).or_default().push(Some(value));
            }
        }
        Ok(named(&scores))
    }

    fn fold_report(
        &self,
        index: usize,
        table: &Table,
        judging: &Judging<'_>,
    ) -> Result<Report, FittingError> {
        let decision = match self.decision_without(index, table, judging) {
            Err(DecisionError::TooFewRows(_)) => self.decision(table, judging),
            other => other,
        }?;
        let rows = &self.folds[index].validation;
        let truth = judging.schema.truth(table, rows).ok_or(DecisionError::Target)?;
        let score = |error: &dyn std::fmt::Display| FittingError::Score(error.to_string());
        let predictions = decision.calibrate(&self.parts[index]).map_err(|error| score(&error))?;
        report(&truth, &predictions, &decision.rule(judging)).map_err(|error| score(&error))
    }

    fn decision_without(
        &self,
        index: usize,
        table: &Table,
        judging: &Judging<'_>,
    ) -> Result<Decision, DecisionError> {
        if self.parts.len() == 1 {
            // Of the first fold alone, as it stands when the others are still to come.
            return self.decision(table, judging);
        }
        let others = |at: &usize| *at != index;
        let folds: Vec<Fold> =
            (0..self.folds.len()).filter(others).map(|at| self.folds[at].clone()).collect();
        let parts: Vec<Predictions> =
            (0..self.parts.len()).filter(others).map(|at| self.parts[at].clone()).collect();
        Decision::of(table, &folds, &parts, judging)
    }
}

fn named(scores: &BTreeMap<MetricName, Vec<Option<f64>>>) -> BTreeMap<String, f64> {
    let mut metrics = BTreeMap::new();
    for (metric, values) in scores {
        if let Some(summary) = summarise(values) {
            metrics.insert(format!("{CV_PREFIX}{metric}"), summary.mean);
            if let Some(deviation) = summary.sd {
                metrics.insert(format!("{CV_PREFIX}{metric}{STD_SUFFIX}"), deviation);
            }
        }
    }
    metrics
}
