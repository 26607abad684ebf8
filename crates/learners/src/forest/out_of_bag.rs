//! The out-of-bag score: each row judged by the trees whose sample it is not in.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::grow::{draw, generator};
use super::{ForestModel, Tree};
use crate::{Context, FitError, FitWarning, Matrix, Target, TrainingSet};

/// Groups of trees that are summed apart. Fixed, so the sums don't depend on threads.
const GROUPS: usize = 8;

pub(super) struct OutOfBag {
    /// Accuracy or R²; none when no row was left out, or R² has nothing to explain.
    pub score: Option<f64>,
    pub warning: Option<FitWarning>,
}

/// Sums over the trees that did not see a row, for each used row.
struct Votes {
    sums: Vec<f64>,
    trees: Vec<u32>,
}

/// The samples are drawn again from the seed: cheaper than keeping them.
pub(super) fn out_of_bag(
    model: &ForestModel,
    set: &TrainingSet<'_>,
    used: &[u32],
    context: &Context<'_>,
) -> Result<OutOfBag, FitError> {
    let outputs = model.outputs();
    let size = model.trees.len().div_ceil(GROUPS);
    let group = |(index, trees): (usize, &[Tree])| {
        let mut votes = Votes { sums: vec![0.0; used.len() * outputs], trees: vec![0; used.len()] };
        for (offset, tree) in trees.iter().enumerate() {
            context.check_interrupt()?;
            votes.add(tree, (index * size + offset) as u32, set.features(), used, context.seed);
        }
        Ok(votes)
    };
    let groups: Vec<&[Tree]> = model.trees.chunks(size).collect();
    let votes: Result<Vec<Votes>, FitError> = match context.pool {
        Some(pool) => pool.install(|| groups.into_par_iter().enumerate().map(group).collect()),
        None => groups.into_iter().enumerate().map(group).collect(),
    };
    let mut all = Votes { sums: vec![0.0; used.len() * outputs], trees: vec![0; used.len()] };
    for votes in votes? {
        all.sums.iter_mut().zip(&votes.sums).for_each(|(all, sum)| *all += sum);
        all.trees.iter_mut().zip(&votes.trees).for_each(|(all, trees)| *all += trees);
    }
    let unseen = all.trees.iter().filter(|&&trees| trees == 0).count();
    let warning = (unseen > 0).then_some(FitWarning::InEveryBag { rows: unseen });
    Ok(OutOfBag { score: all.score(set.target(), used, outputs), warning })
}

impl Votes {
    fn add(&mut self, tree: &Tree, index: u32, features: &Matrix, used: &[u32], seed: u64) {
        let counts = draw(&mut generator(seed, index), used.len(), true);
        let outputs = self.sums.len() / used.len();
        let mut row = vec![0.0; features.columns()];
        for (at, (&count, &source)) in counts.iter().zip(used).enumerate() {
            if count > 0 {
                continue;
            }
            row.iter_mut().enumerate().for_each(|(j, x)| *x = features.get(source as usize, j));
            let sums = &mut self.sums[at * outputs..(at + 1) * outputs];
            sums.iter_mut().zip(tree.leaf(&row)).for_each(|(sum, &value)| *sum += f64::from(value));
            self.trees[at] += 1;
        }
    }

    fn score(&self, target: &Target, used: &[u32], outputs: usize) -> Option<f64> {
        let judged = || (0..used.len()).filter(|&at| self.trees[at] > 0);
        let count = judged().count() as f64;
        match target {
            Target::Classes { labels, .. } => {
                let right = judged().filter(|&at| {
                    let votes = &self.sums[at * outputs..(at + 1) * outputs];
                    first_largest(votes) == labels[used[at] as usize] as usize
                });
                (count > 0.0).then(|| right.count() as f64 / count)
            }
            Target::Values(values) => {
                let truth = |at: usize| values[used[at] as usize];
                let mean = judged().map(truth).sum::<f64>() / count;
                let around = |at: usize| (truth(at) - mean).powi(2);
                let missed = |at: usize| (truth(at) - self.sums[at] / f64::from(self.trees[at])).powi(2);
                let (total, rest): (f64, f64) = (judged().map(around).sum(), judged().map(missed).sum());
                (total > 0.0).then(|| 1.0 - rest / total)
            }
        }
    }
}

/// Position of the largest value, the first among equals.
fn first_largest(values: &[f64]) -> usize {
    values.iter().enumerate().fold(0, |best, (index, value)| if *value > values[best] { index } else { best })
}
