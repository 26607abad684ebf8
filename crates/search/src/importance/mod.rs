//! How much each parameter matters, by functional analysis of variance (fANOVA, Hutter, Hoos, Leyton-Brown 2014).
//!
//! A forest of regression trees is fitted to the complete trials. Trees are constant on boxes, so what is left of the forest
//! when all parameters but one are averaged out is known exactly, and no trial has to lie on a grid.
//!
//! Parameters count where they are active: the share of a conditional one is the variance that it causes while it is active,
//! times the chance that it is; what its condition causes belongs to the parent.

mod axis;
mod forest;
mod marginal;
mod split;
#[cfg(test)]
mod tests;
mod tree;

use crate::rng::Random;
use crate::{Space, Trial};
use axis::{Axis, axes, features};
use forest::Forest;

/// Complete trials below which nothing is said.
const FEWEST: usize = 10;
/// Draws of the whole space for the total variance: about 1 % of it is left as noise.
const DRAWS: i64 = 1 << 14;

/// What the variance of the objective over the whole space comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The part that each parameter causes by itself, in the order of the space.
    pub shares: Vec<Share>,
    /// The part that only combinations of parameters cause.
    pub interactions: f64,
}

/// The importance of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The parameter.
    pub name: String,
    /// Part of the variance, from 0 to 1.
    pub share: f64,
}

/// Why trials tell nothing about importance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportanceError {
    /// Not enough evidence.
    #[error("importance needs at least {FEWEST} complete trials of the space, and there are {found}")]
    TooFew {
        /// Complete trials that fit the space.
        found: usize,
    },
    /// Nothing to explain.
    #[error("all complete trials have the same objective, so no parameter is seen to matter")]
    Constant,
}

/// The importance of each parameter by all complete trials that fit the space. Equal seeds and trials give equal numbers, in
/// whatever order the trials come.
///
/// # Errors
/// Fewer than 10 such trials, or all with one value.
///
/// ```
/// use podium_search::importance::importance;
/// use podium_search::{Outcome, Parameter, Space, State, Trial};
///
/// let space = Space::new(vec![Parameter::int("depth", 1, 8), Parameter::int("seed", 1, 8)])?;
/// let mut trials = Vec::new();
/// for number in 0..64 {
///     let (depth, seed) = (number / 8 + 1, number % 8 + 1);
///     let values = serde_json::json!({"depth": depth, "seed": seed});
///     let point = space.read(values.as_object().unwrap())?;
///     trials.push(Trial { number, point, state: State::Finished(Outcome::Complete(depth as f64)) });
/// }
/// let importance = importance(&space, &trials, 42)?;
/// assert!(importance.shares[0].share > 0.95 && importance.shares[1].share < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn importance<'a>(
    space: &Space,
    trials: impl IntoIterator<Item = &'a Trial>,
    seed: u64,
) -> Result<Importance, ImportanceError> {
    let axes = axes(space);
    let mut known: Vec<(i64, Vec<f64>, f64)> = trials
        .into_iter()
        .filter_map(|trial| Some((trial.number, features(space, &space.row(&trial.point)?), trial.value()?)))
        .filter(|(_, _, value)| value.is_finite())
        .collect();
    if known.len() < FEWEST {
        return Err(ImportanceError::TooFew { found: known.len() });
    }
    known.sort_by_key(|(number, _, _)| *number);
    let (places, values): (Vec<_>, Vec<_>) =
        known.into_iter().map(|(_, place, value)| (place, value)).unzip();
    let values = scaled(&values).ok_or(ImportanceError::Constant)?;
    let forest = Forest::fit(&axes, &places, &values, seed);
    let total = total_variance(space, &forest, seed);
    if total <= 0.0 {
        return Err(ImportanceError::Constant);
    }
    Ok(shares(space, &axes, &forest, total))
}

fn shares(space: &Space, axes: &[Axis], forest: &Forest, total: f64) -> Importance {
    let variances = marginal::variances(axes, space.order(), forest);
    let share = |(parameter, variance): (&crate::Parameter, f64)| Share {
        name: parameter.name.clone(),
        share: (variance / total).clamp(0.0, 1.0),
    };
    let shares: Vec<Share> = space.parameters().iter().zip(variances).map(share).collect();
    let sum: f64 = shares.iter().map(|share| share.share).sum();
    Importance { shares, interactions: (1.0 - sum).max(0.0) }
}

/// The values brought to a range of 1, so that none of their squares overflows; none when they are all equal.
fn scaled(values: &[f64]) -> Option<Vec<f64>> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = high / 2.0 - low / 2.0;
    (range > 0.0).then(|| values.iter().map(|value| (value / 2.0 - low / 2.0) / range).collect())
}

/// The variance of the forest over the space.
fn total_variance(space: &Space, forest: &Forest, seed: u64) -> f64 {
    let draw = |number| {
        let mut random = Random::new(seed, number, "importance draw");
        forest.predict(&features(space, &space.draw(&mut random)))
    };
    let values: Vec<f64> = (0..DRAWS).map(draw).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count
}
