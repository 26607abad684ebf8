//! Fits a forest: bins once, then a tree for each stream of random numbers, in parallel.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::ForestModel;
use super::bins::Binned;
use super::criterion::{Criterion, Gini, Variance};
use super::grow::{Grown, Growth, Limits};
use super::out_of_bag::out_of_bag;
use crate::weights::row_weights;
use crate::{
    Algorithm, Context, FitError, FitReport, Fitted, ForestParameters, MaxFeatures, Model, Named, Step,
    Target, Task, TrainingSet,
};

pub(crate) fn fit(
    parameters: &ForestParameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    if parameters.oob_score && !parameters.bootstrap {
        return Err(FitError::Parameter {
            name: "oob_score",
            value: "true".to_owned(),
            reason: "without bootstrap every tree sees every row".to_owned(),
        });
    }
    if let Target::Values(targets) = set.target()
        && targets.iter().any(|target| !(*target as f32).is_finite())
    {
        return Err(FitError::NotFinite { algorithm: Algorithm::RandomForest, what: "target beyond 3.4e38" });
    }
    let weights = near_one(row_weights(set, parameters.class_weight)?);
    let used: Vec<u32> = (0..set.rows() as u32).filter(|&row| weights[row as usize] > 0.0).collect();
    let binned = Binned::new(set.features(), &used, context.pool);
    let plan = Plan { parameters, set, context, binned: &binned, used: &used };
    let grown = match set.target() {
        Target::Classes { labels, classes: 2 } => {
            plan.grow(Gini::<2> { labels, weights: &weights, classes: 2 })
        }
        Target::Classes { labels, classes: 3 } => {
            plan.grow(Gini::<3> { labels, weights: &weights, classes: 3 })
        }
        Target::Classes { labels, classes } => {
            plan.grow(Gini::<0> { labels, weights: &weights, classes: *classes })
        }
        Target::Values(targets) => {
            let mean = weighted_mean(targets, &weights);
            plan.grow(Variance { targets, weights: &weights, mean })
        }
    }?;
    plan.finish(grown)
}

/// All that growing needs but the criterion.
struct Plan<'a> {
    parameters: &'a ForestParameters,
    set: &'a TrainingSet<'a>,
    context: &'a Context<'a>,
    binned: &'a Binned,
    used: &'a [u32],
}

impl Plan<'_> {
    fn grow<C: Criterion>(&self, criterion: C) -> Result<Vec<Grown>, FitError> {
        let features = self.binned.varying();
        let growth = Growth {
            criterion,
            values: self.set.features(),
            binned: self.binned,
            features: &features,
            used: self.used,
            limits: self.limits(),
            context: self.context,
        };
        let total = self.parameters.n_estimators;
        let done = AtomicU32::new(0);
        let one = |index| {
            self.context.check_interrupt()?;
            let grown = growth.grow(index)?;
            let step = done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.context.progress)(Step { step, total, value: None });
            Ok(grown)
        };
        match self.context.pool {
            Some(pool) => pool.install(|| (0..total).into_par_iter().map(one).collect()),
            None => (0..total).map(one).collect(),
        }
    }

    fn limits(&self) -> Limits {
        let columns = self.set.features().columns();
        Limits {
            max_depth: self.parameters.max_depth.unwrap_or(u32::MAX),
            max_features: max_features(self.parameters.max_features, self.set.target().task(), columns),
            min_samples_leaf: self.parameters.min_samples_leaf as usize,
            min_samples_split: self.parameters.min_samples_split as usize,
            bootstrap: self.parameters.bootstrap,
        }
    }

    fn finish(&self, grown: Vec<Grown>) -> Result<Fitted, FitError> {
        let columns = self.set.features().columns();
        let importances = importances(&grown, columns);
        let classes = match self.set.target() {
            Target::Classes { classes, .. } => Some(*classes),
            Target::Values(_) => None,
        };
        let trees = grown.into_iter().map(|grown| grown.tree).collect();
        let model = ForestModel { columns, classes, trees, importances };
        let mut report = FitReport { steps: self.parameters.n_estimators, ..FitReport::default() };
        if self.parameters.oob_score {
            let score = out_of_bag(&model, self.set, self.used, self.context)?;
            report.out_of_bag = score.score;
            report.warnings.extend(score.warning);
        }
        Ok(Fitted { model: Model::Forest(model), report })
    }
}

/// Features of a split: at least one, at most all.
fn max_features(rule: MaxFeatures, task: Task, columns: usize) -> usize {
    let count = match (rule, task) {
        (MaxFeatures::Named(Named::All), _) | (MaxFeatures::Named(Named::Auto), Task::Regression) => columns,
        (MaxFeatures::Named(Named::Sqrt), _) | (MaxFeatures::Named(Named::Auto), Task::Classification) => {
            columns.isqrt()
        }
        (MaxFeatures::Named(Named::Log2), _) => columns.ilog2() as usize,
        // A third of 30 is 10, also when the third was written with ten digits.
        (MaxFeatures::Fraction(share), _) => (share * columns as f64 + 1e-6) as usize,
    };
    count.clamp(1, columns)
}

/// The weights times a power of two that brings the largest near 1: their squares can't overflow, and nothing is
/// rounded.
fn near_one(mut weights: Vec<f64>) -> Vec<f64> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let factor = (-largest.log2().floor()).exp2();
    weights.iter_mut().for_each(|weight| *weight *= factor);
    weights
}

fn weighted_mean(values: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    values.iter().zip(weights).map(|(value, weight)| value * (weight / total)).sum()
}

/// Share of each column in the decrease of impurity: mean over trees of the shares within a tree, as scikit-learn.
fn importances(grown: &[Grown], columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    for tree in grown {
        let total: f64 = tree.decrease.iter().sum();
        if total > 0.0 {
            sums.iter_mut().zip(&tree.decrease).for_each(|(sum, decrease)| *sum += decrease / total);
        }
    }
    let total: f64 = sums.iter().sum();
    if total > 0.0 {
        sums.iter_mut().for_each(|sum| *sum /= total);
    }
    sums
}
