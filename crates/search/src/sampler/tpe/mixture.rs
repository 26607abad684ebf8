//! A density over a group of parameters: one kernel a trial, and a flat one as the prior.

use super::column::Column;
use crate::rng::Random;
use crate::sampler::Observation;
use crate::space::Space;

/// So many of the newest trials have full weight.
const NEWEST: usize = 25;

/// A mixture of products: the kernel of a trial is the same in all dimensions.
pub(super) struct Mixture {
    /// Sum 1; the prior's is the last.
    weights: Vec<f64>,
    columns: Vec<Column>,
}

impl Mixture {
    /// The density of trials, by number, over the parameters of a group, all of which are active in all of them.
    pub(super) fn new(space: &Space, group: &[usize], trials: &[&Observation], random: &mut Random) -> Self {
        let mut column = |index: &usize| {
            let values: Vec<f64> = trials.iter().filter_map(|trial| trial.row[*index]).collect();
            Column::new(&space.dimensions()[*index], &values, random.bits())
        };
        Self { weights: weights(trials.len()), columns: group.iter().map(&mut column).collect() }
    }

    /// A draw, in snapped internal values, in the order of the group.
    pub(super) fn draw(&self, random: &mut Random) -> Vec<f64> {
        let kernel = random.weighted(&self.weights);
        self.columns.iter().map(|column| column.draw(kernel, random)).collect()
    }

    /// ln of the density at each candidate: cells and categories by their mass.
    pub(super) fn ln_densities(&self, candidates: &[Vec<f64>]) -> Vec<f64> {
        let kernels = self.weights.len();
        let start: Vec<f64> = self.weights.iter().map(|weight| weight.ln()).collect();
        let mut terms: Vec<f64> = start.repeat(candidates.len());
        for (place, column) in self.columns.iter().enumerate() {
            let values: Vec<f64> = candidates.iter().map(|candidate| candidate[place]).collect();
            column.add_ln_densities(&values, &mut terms);
        }
        terms.chunks_exact(kernels).map(ln_sum_exp).collect()
    }
}

/// Full weight for the newest, less for older ones, 1 for the prior; normalised.
#[expect(clippy::cast_precision_loss, reason = "numbers of trials are small")]
fn weights(count: usize) -> Vec<f64> {
    let older = count.saturating_sub(NEWEST);
    let first = 1.0 / count.max(1) as f64;
    let ramp = |place: usize| match older {
        0 | 1 => first,
        _ => first + (1.0 - first) * place as f64 / (older - 1) as f64,
    };
    let mut weights: Vec<f64> = (0..older).map(ramp).collect();
    weights.resize(count + 1, 1.0);
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn ln_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    // Terms 40 below the largest are under the last bit of the sum.
    let sum: f64 =
        terms.iter().filter(|term| **term > largest - 40.0).map(|term| (term - largest).exp()).sum();
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::Evidence;
    use crate::{Parameter, Space};

    #[test]
    fn the_newest_trials_weigh_full_and_older_ones_rise_from_one_over_n() {
        let equal = weights(24);
        assert!(equal.iter().all(|weight| (weight - 1.0 / 25.0).abs() < 1e-12));
        let aged = weights(35);
        let full = aged[35];
        assert!(aged[10..].iter().all(|weight| *weight == full));
        assert!((aged[0] / full - 1.0 / 35.0).abs() < 1e-12);
        assert!(aged[..10].windows(2).all(|pair| pair[0] < pair[1]));
        assert!((aged.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    fn trials(space: &Space, count: i64) -> Vec<Observation> {
        (0..count)
            .map(|number| Observation {
                number,
                row: space.canonical(&space.draw(&mut Random::new(3, number, "test"))),
                evidence: Evidence::Complete(0.0),
            })
            .collect()
    }

    #[test]
    fn the_masses_of_a_finite_group_sum_to_1() {
        let space = Space::new(vec![
            Parameter::int("n", 1, 9).log(),
            Parameter::categorical("c", ["a", "b", "c"]),
            Parameter::int("m", -2, 2),
        ])
        .unwrap();
        let trials = trials(&space, 12);
        let refs: Vec<&Observation> = trials.iter().collect();
        let mixture = Mixture::new(&space, &[0, 1, 2], &refs, &mut Random::new(3, 0, "ties"));
        let all = crate::space::Lattice::of_all(&space).unwrap();
        let points: Vec<Vec<f64>> =
            (0..all.count()).map(|index| all.at(index).into_iter().flatten().collect()).collect();
        let sum: f64 = mixture.ln_densities(&points).iter().map(|ln| ln.exp()).sum();
        // Narrow cells take a short cut.
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn draws_follow_the_density() {
        let space =
            Space::new(vec![Parameter::double("x", 1.0, 100.0).log(), Parameter::int("n", 1, 6)]).unwrap();
        let trials = trials(&space, 7);
        let refs: Vec<&Observation> = trials.iter().collect();
        let mixture = Mixture::new(&space, &[0, 1], &refs, &mut Random::new(3, 0, "ties"));
        let mut random = Random::new(3, 0, "draws");
        let draws: Vec<Vec<f64>> = (0..40_000).map(|_| mixture.draw(&mut random)).collect();
        let (low, high) = space.dimensions()[0].bounds();
        let (bins, width) = (8_u32, (high - low) / 8.0);
        for bin in 0..bins {
            for n in 1..=6 {
                let from = low + f64::from(bin) * width;
                let is_in =
                    |draw: &&Vec<f64>| draw[0] >= from && draw[0] < from + width && draw[1] == f64::from(n);
                let found = draws.iter().filter(is_in).count() as f64 / 40_000.0;
                let middles: Vec<Vec<f64>> = (0..200)
                    .map(|step| vec![from + (f64::from(step) + 0.5) * width / 200.0, f64::from(n)])
                    .collect();
                let expected: f64 =
                    mixture.ln_densities(&middles).iter().map(|ln| ln.exp()).sum::<f64>() * width / 200.0;
                // Five standard deviations of a count.
                let margin = 5.0 * (expected / 40_000.0).sqrt() + 1e-4;
                assert!((found - expected).abs() < margin, "bin {bin}, n {n}: {found} is not {expected}");
            }
        }
    }
}
