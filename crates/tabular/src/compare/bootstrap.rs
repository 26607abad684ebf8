//! The paired bootstrap: both models are scored on the same resampled rows.

use rand::RngExt;
use rayon::prelude::*;

use super::{Comparison, MIN_SHARED_ROWS, NotComparable};
use crate::metric::{MetricName, Predictions, Rule, Scorer, Truth};
use crate::random::generator;

/// One model's predictions of the shared rows.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Predictions.
    pub predictions: &'a Predictions,
    /// Its average and its own threshold.
    pub rule: Rule,
}

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub enum Resampling<'a> {
    /// Rows.
    Rows,
    /// Whole groups: rows of a group are alike, and drawing them one by one would claim more evidence than there is.
    /// One group index per row, below the number of groups.
    Groups(&'a [u32]),
}

/// Bootstraps the difference of a metric. The same seed gives the same differences for any number of threads.
///
/// # Errors
/// See [`NotComparable`].
pub fn paired_bootstrap(
    metric: MetricName,
    truth: &Truth,
    challenger: Side<'_>,
    champion: Side<'_>,
    resampling: Resampling<'_>,
    (resamples, seed): (usize, u64),
) -> Result<Comparison, NotComparable> {
    let rows = truth.rows();
    let goal = metric.goal().ok_or(NotComparable::NoDirection { metric })?;
    if rows < MIN_SHARED_ROWS {
        return Err(NotComparable::TooFewRows { rows });
    }
    let scorer = |model, side: Side<'_>| {
        Scorer::new(metric, truth, side.predictions, &side.rule)
            .map_err(|error| NotComparable::Predictions { model, error })
    };
    let (new, old) = (scorer("challenger", challenger)?, scorer("champion", champion)?);
    let drawn = Drawn::new(rows, resampling)?;
    let undefined = || NotComparable::Undefined { metric, rows };
    let (challenger, champion) = (new.score().ok_or_else(undefined)?, old.score().ok_or_else(undefined)?);
    let mut differences: Vec<f64> = (0..resamples as u64)
        .into_par_iter()
        .map_init(
            || (vec![0; rows], vec![0; drawn.units]),
            |(counts, units), position| {
                drawn.counts(seed, position, counts, units);
                Some(goal.improvement(old.score_counts(counts)?, new.score_counts(counts)?))
            },
        )
        .flatten()
        .collect();
    if differences.len() * 2 <= resamples {
        return Err(undefined());
    }
    differences.sort_unstable_by(f64::total_cmp);
    Ok(Comparison {
        metric,
        challenger,
        champion,
        improvement: goal.improvement(champion, challenger),
        undefined: resamples - differences.len(),
        differences,
        rows,
    })
}

/// What one draw is about: rows, or groups of rows.
struct Drawn<'a> {
    units: usize,
    groups: Option<&'a [u32]>,
}

impl<'a> Drawn<'a> {
    fn new(rows: usize, resampling: Resampling<'a>) -> Result<Self, NotComparable> {
        match resampling {
            Resampling::Rows => Ok(Self { units: rows, groups: None }),
            Resampling::Groups(groups) if groups.len() != rows => {
                Err(NotComparable::Groups { groups: groups.len(), rows })
            }
            Resampling::Groups(groups) => {
                let units = groups.iter().max().map_or(0, |g| *g as usize + 1);
                Ok(Self { units, groups: Some(groups) })
            }
        }
    }

    /// As many draws with replacement as there are units; `counts[row]` is how often the row came.
    fn counts(&self, seed: u64, position: u64, counts: &mut [u32], units: &mut [u32]) {
        let mut random = generator(seed, "bootstrap", position);
        let drawn = if self.groups.is_some() { &mut *units } else { &mut *counts };
        drawn.fill(0);
        let last = u32::try_from(self.units).unwrap_or(u32::MAX);
        for _ in 0..self.units {
            drawn[random.random_range(0..last) as usize] += 1;
        }
        if let Some(groups) = self.groups {
            counts.iter_mut().zip(groups).for_each(|(count, &group)| *count = units[group as usize]);
        }
    }
}
