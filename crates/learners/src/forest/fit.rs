//! Fits a forest: bins once, then a tree for each stream of random numbers, in parallel.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::bins::Binned;
use super::criterion::{Criterion, Gini, Variance};
use super::grow::{Growth, Limits};
use super::out_of_bag::out_of_bag;
use super::watched::Watched;
use super::{ForestModel, Tree};
use crate::weights::row_weights;
use crate::{
    Algorithm, Context, FitError, FitReport, Fitted, ForestParameters, MaxFeatures, Model, Named, ROUNDS,
    Step, Target, Task, TrainingSet,
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

/// Trees, and what each feature took away in each.
#[derive(Default)]
struct Grove {
    trees: Vec<Tree>,
    decreases: Vec<Vec<f64>>,
}

impl Plan<'_> {
    /// All trees at once; where somebody watches, [`ROUNDS`] at a time. A tree depends on its number alone.
    fn grow<C: Criterion>(&self, criterion: C) -> Result<Grove, FitError> {
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
            Ok((grown.tree, grown.decrease))
        };
        let some = |range: Range<u32>| -> Result<(Vec<Tree>, Vec<Vec<f64>>), FitError> {
            match self.context.pool {
                Some(pool) => pool.install(|| range.into_par_iter().map(one).collect()),
                None => range.map(one).collect(),
            }
        };
        let mut watched =
            self.context.validation.map(|rows| Watched::new(rows, self.context, self.classes()));
        let stride = if watched.is_some() { ROUNDS } else { total };
        let mut grove = Grove::default();
        for from in (0..total).step_by(stride as usize) {
            let (trees, decreases) = some(from..(from + stride).min(total))?;
            if let Some(watched) = &mut watched {
                watched.add(&trees);
            }
            grove.trees.extend(trees);
            grove.decreases.extend(decreases);
        }
        Ok(grove)
    }

    /// None for regression.
    fn classes(&self) -> Option<usize> {
        match self.set.target() {
            Target::Classes { classes, .. } => Some(*classes),
            Target::Values(_) => None,
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

    fn finish(&self, grove: Grove) -> Result<Fitted, FitError> {
        let columns = self.set.features().columns();
        let importances = importances(&grove.decreases, columns);
        let model = ForestModel { columns, classes: self.classes(), trees: grove.trees, importances };
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
fn importances(decreases: &[Vec<f64>], columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    for decreases in decreases {
        let total: f64 = decreases.iter().sum();
        if total > 0.0 {
            sums.iter_mut().zip(decreases).for_each(|(sum, decrease)| *sum += decrease / total);
        }
    }
    let total: f64 = sums.iter().sum();
    if total > 0.0 {
        sums.iter_mut().for_each(|sum| *sum /= total);
    }
    sums
}
