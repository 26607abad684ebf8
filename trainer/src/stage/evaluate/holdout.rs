//! The holdout's rows and what a model says about them.

use std::collections::BTreeMap;

use podium_tabular::metric::{Predictions, Rule, Truth, report};

use super::super::Pin;
use super::super::learner::failed_fit;
use crate::compare::{Contest, Scored};
use crate::failure::Failure;
use crate::fit::{FittingError, Scoring, Surroundings};
use crate::model::TrainedModel;

/// Rows that no model of this run was fitted on.
#[derive(Debug)]
pub(super) struct Holdout<'a> {
    /// The data.
    pub pin: &'a Pin,
    /// Positions in the table.
    pub rows: &'a [usize],
    /// What is true.
    pub truth: Truth,
    /// For comparisons on all rows.
    pub contest: Contest,
    /// How models are scored.
    pub scoring: Scoring,
    /// Seed of resampling.
    pub seed: u64,
}

/// One model's answers for some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Calibrated predictions.
    pub predictions: Predictions,
    /// Average, and the model's own threshold.
    pub rule: Rule,
    /// Every defined metric of the task, by name.
    pub metrics: BTreeMap<String, f64>,
}

impl Side {
    /// Predictions with their metrics.
    ///
    /// # Errors
    /// Predictions that can't be scored.
    pub fn of(truth: &Truth, predictions: Predictions, rule: Rule) -> Result<Self, FittingError> {
        let found =
            report(truth, &predictions, &rule).map_err(|error| FittingError::Score(error.to_string()))?;
        let metrics = found.values.iter().map(|(metric, value)| (metric.to_string(), *value)).collect();
        Ok(Self { predictions, rule, metrics })
    }

    /// A metric's value; `None` where it is undefined.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied()
    }

    /// As one side of a comparison.
    pub const fn scored(&self) -> Scored<'_> {
        Scored { predictions: &self.predictions, rule: self.rule }
    }
}

impl<'a> Holdout<'a> {
    /// The holdout of a split.
    ///
    /// # Errors
    /// A row without a known target, which checked data don't have.
    pub fn new(pin: &'a Pin, scoring: Scoring, seed: u64) -> Result<Self, Failure> {
        let rows = pin.split.holdout.as_slice();
        let table = &pin.loaded.table;
        let missing = || failed_fit(FittingError::Target(pin.schema.target.clone()));
        let truth = pin.schema.truth(table, rows).ok_or_else(missing)?;
        let contest = Contest::on(table, &pin.schema, rows, seed).ok_or_else(missing)?;
        Ok(Self { pin, rows, truth, contest, scoring, seed })
    }

    /// What a model says, and how good that is.
    ///
    /// # Errors
    /// What the model can't predict.
    pub fn score(&self, model: &TrainedModel, surroundings: &Surroundings<'_>) -> Result<Side, Failure> {
        let rule = Rule { average: self.scoring.average, threshold: model.body.decision.threshold };
        model
            .predict(&self.pin.loaded.table, self.rows, Some(surroundings.pool))
            .and_then(|predictions| Side::of(&self.truth, predictions, rule))
            .map_err(failed_fit)
    }
}
