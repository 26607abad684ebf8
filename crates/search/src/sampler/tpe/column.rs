//! The kernels of a mixture in one dimension.

use super::normal::{between, ln_density};
use crate::rng::{Random, mix};
use crate::space::Dimension;

/// Widths are never below the range divided by this.
const FINEST: f64 = 100.0;
/// Draws outside the bounds before the nearest bound is taken. A kernel has at least a third of its mass inside.
const TRIES: usize = 64;
/// How much of a trial its category counts in the prior's kernel, in which each category counts 1.
///
/// With no lean, a space with some numbers searches one category alone from some 20 trials on: the others' kernels are so narrow
/// in the numbers that where nobody has been, all of the density is the prior's, which would say nothing of how often a category
/// was tried in vain. Measured on mixed functions: 0.1 leaves a part of them there, from 0.3 to 1 is the same.
const LEAN: f64 = 0.3;
/// A cell below so many widths is narrow: its mass is the density times its width with a correction, good to 2e-4.
const NARROW: f64 = 0.25;

/// One dimension of all kernels: those of the trials, then the prior's.
pub(super) enum Column {
    /// Normals truncated to the bounds.
    Numeric(Numeric),
    Categories(Categories),
}

pub(super) struct Categories {
    /// By kernel the index of the observed category, none for the prior.
    observed: Vec<Option<usize>>,
    /// What each category adds to a kernel, of which the observed one has 1.
    smoothing: f64,
    /// The prior's mass of each.
    prior: Vec<f64>,
}

pub(super) struct Numeric {
    dimension: Dimension,
    kernels: Vec<Kernel>,
}

struct Kernel {
    centre: f64,
    width: f64,
    /// ln of what divides by width and by the mass within the bounds.
    scale: f64,
}

impl Column {
    pub(super) fn new(dimension: &Dimension, values: &[f64], ties: u64) -> Self {
        match dimension {
            Dimension::Categories { count } => Self::Categories(Categories::new(*count, values)),
            Dimension::Real { .. } | Dimension::Cells { .. } => {
                Self::Numeric(Numeric::new(dimension, values, ties))
            }
        }
    }

    /// A draw from one kernel.
    pub(super) fn draw(&self, kernel: usize, random: &mut Random) -> f64 {
        match self {
            Self::Numeric(numeric) => numeric.draw(kernel, random),
            Self::Categories(categories) => categories.draw(kernel, random),
        }
    }

    /// Adds the ln density of each kernel at each value to `terms`: a run of all kernels for each value.
    pub(super) fn add_ln_densities(&self, values: &[f64], terms: &mut [f64]) {
        match self {
            Self::Numeric(numeric) => numeric.add_ln_densities(values, terms),
            Self::Categories(categories) => categories.add_ln_masses(values, terms),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a list of categories is short"
)]
impl Categories {
    fn new(count: usize, values: &[f64]) -> Self {
        let observed: Vec<usize> = values.iter().map(|value| *value as usize).collect();
        let mut prior = vec![1.0; count];
        observed.iter().for_each(|category| prior[*category] += LEAN);
        let sum: f64 = prior.iter().sum();
        prior.iter_mut().for_each(|mass| *mass /= sum);
        let observed: Vec<Option<usize>> = observed.into_iter().map(Some).chain([None]).collect();
        Self { smoothing: 1.0 / observed.len() as f64, observed, prior }
    }

    /// The sum of what all categories have in the kernel of a trial.
    fn sum(&self) -> f64 {
        1.0 + self.smoothing * self.prior.len() as f64
    }

    fn draw(&self, kernel: usize, random: &mut Random) -> f64 {
        match self.observed[kernel] {
            None => random.weighted(&self.prior) as f64,
            Some(category) if random.uniform() * self.sum() < 1.0 => category as f64,
            Some(_) => random.below(self.prior.len()) as f64,
        }
    }

    fn add_ln_masses(&self, values: &[f64], terms: &mut [f64]) {
        let (hit, miss) = (((1.0 + self.smoothing) / self.sum()).ln(), (self.smoothing / self.sum()).ln());
        let prior: Vec<f64> = self.prior.iter().map(|mass| mass.ln()).collect();
        for (value, run) in
            values.iter().map(|value| *value as usize).zip(terms.chunks_exact_mut(self.observed.len()))
        {
            for (term, observed) in run.iter_mut().zip(&self.observed) {
                *term += match observed {
                    Some(category) if *category == value => hit,
                    Some(_) => miss,
                    None => prior[value],
                };
            }
        }
    }
}

impl Numeric {
    fn new(dimension: &Dimension, values: &[f64], ties: u64) -> Self {
        let (low, high) = dimension.bounds();
        let kernel = |(centre, width): (f64, f64)| {
            let inside = between((low - centre) / width, (high - centre) / width);
            Kernel { centre, width, scale: (width * inside).ln() }
        };
        let prior = (0.5 * (low + high), high - low);
        let widths = widths(values, low, high, ties);
        let kernels = values.iter().copied().zip(widths).chain([prior]).map(kernel).collect();
        Self { dimension: dimension.clone(), kernels }
    }

    fn draw(&self, kernel: usize, random: &mut Random) -> f64 {
        let (low, high) = self.dimension.bounds();
        let Kernel { centre, width, .. } = self.kernels[kernel];
        let mut draws = (0..TRIES).map(|_| centre + width * random.normal());
        self.dimension.snap(draws.find(|draw| (low..=high).contains(draw)).unwrap_or(centre))
    }

    fn add_ln_densities(&self, values: &[f64], terms: &mut [f64]) {
        let runs = terms.chunks_exact_mut(self.kernels.len());
        if matches!(self.dimension, Dimension::Cells { .. }) {
            return self.add_ln_masses(values, runs);
        }
        for (value, run) in values.iter().zip(runs) {
            for (term, kernel) in run.iter_mut().zip(&self.kernels) {
                *term += ln_density((value - kernel.centre) / kernel.width) - kernel.scale;
            }
        }
    }

    /// Candidates often share a cell, so each cell is worked out once.
    fn add_ln_masses<'a>(&self, values: &[f64], runs: impl Iterator<Item = &'a mut [f64]>) {
        let mut known: std::collections::HashMap<u64, Vec<f64>> = std::collections::HashMap::new();
        for (value, run) in values.iter().zip(runs) {
            let masses = known.entry(value.to_bits()).or_insert_with(|| {
                let cell = self.dimension.cell(*value);
                self.kernels.iter().map(|kernel| kernel.ln_mass(cell)).collect()
            });
            for (term, mass) in run.iter_mut().zip(masses) {
                *term += *mass;
            }
        }
    }
}

impl Kernel {
    /// ln of the mass in a cell.
    fn ln_mass(&self, (low, high): (f64, f64)) -> f64 {
        let (low, high) = ((low - self.centre) / self.width, (high - self.centre) / self.width);
        let (middle, length) = (0.5 * (low + high), high - low);
        let mass = if length < NARROW && length * middle.abs() < 0.75 {
            // The first two terms of the integral's series around the middle.
            ln_density(middle) + length.ln() + ((middle * middle - 1.0) * length * length / 24.0).ln_1p()
        } else {
            between(low, high).max(f64::MIN_POSITIVE).ln()
        };
        // `scale` divides by the width too, which a mass doesn't need.
        mass + self.width.ln() - self.scale
    }
}

/// Of each value the larger distance to its neighbours, within limits. The bounds are neighbours of the ends, unless an end has
/// another value beside it.
///
/// Of equal values only the outer two have a distance. Which trials these are is drawn for each dimension: were it always the
/// oldest and the newest, those would be wide everywhere and all others narrow everywhere, and whole numbers suffer much.
#[expect(clippy::cast_precision_loss, reason = "numbers of trials are small")]
fn widths(values: &[f64], low: f64, high: f64, ties: u64) -> Vec<f64> {
    let range = high - low;
    let least = range / FINEST.min(values.len() as f64 + 2.0);
    let mut order: Vec<usize> = (0..values.len()).collect();
    let draw = |index: usize| mix(ties ^ mix(index as u64));
    order.sort_by(|first, second| {
        values[*first].total_cmp(&values[*second]).then_with(|| draw(*first).cmp(&draw(*second)))
    });
    let mut widths = vec![0.0; values.len()];
    for (place, &index) in order.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| values[index] - values[order[before]]);
        let after = order.get(place + 1).map(|after| values[*after] - values[index]);
        let width = match (before, after) {
            (Some(before), Some(after)) => before.max(after),
            (Some(inner), None) | (None, Some(inner)) => inner,
            (None, None) => (values[index] - low).max(high - values[index]),
        };
        widths[index] = width.clamp(least, range);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_the_larger_distance_to_a_neighbour_within_limits() {
        assert_eq!(widths(&[3.0], 0.0, 10.0, 1), [7.0]);
        assert_eq!(widths(&[3.0, 1.0, 8.0], 0.0, 10.0, 1), [5.0, 2.0, 5.0]);
        // Two in one place are not narrower than a quarter of the range.
        assert_eq!(widths(&[3.0, 3.0], 0.0, 10.0, 1), [2.5, 2.5]);
        assert!(widths(&[5.0; 500], 0.0, 10.0, 1).iter().all(|width| *width == 0.1));
    }

    #[test]
    fn among_equal_values_chance_decides_who_is_wide() {
        let values = [0.0, 5.0, 5.0, 5.0, 5.0, 9.0];
        let wide = |ties| {
            let widths = widths(&values, 0.0, 10.0, ties);
            assert_eq!(widths[1..5].iter().filter(|width| **width > 2.0).count(), 2);
            widths
        };
        assert_eq!(wide(1), wide(1));
        assert!((2..20).any(|ties| wide(ties) != wide(1)));
    }

    #[test]
    fn the_short_cut_for_narrow_cells_agrees_with_the_exact_mass() {
        let kernel = Kernel { centre: 0.0, width: 1.0, scale: 0.0 };
        for middle in [-3.1, -1.0, 0.0, 0.5, 3.0] {
            let cell = (middle - 0.12, middle + 0.12);
            let exact = between(cell.0, cell.1).ln();
            assert!((kernel.ln_mass(cell) - exact).abs() < 2e-4, "{middle}");
        }
    }
}
