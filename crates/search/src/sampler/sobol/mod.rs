//! Scrambled Sobol points: as random as random ones, but with fewer gaps and clusters (Owen 1997).
//!
//! Trial k gets point k, so nothing depends on the history, and any first 2^m trials cover every parameter evenly.

mod directions;
mod scramble;
#[cfg(test)]
mod tests;

use super::{Request, Sampler, Suggestion};
use crate::space::Space;
use directions::{BITS, Columns, DIMENSIONS, columns};
use scramble::Scramble;

/// The sequence, one dimension a parameter.
#[derive(Debug)]
pub(crate) struct Sobol {
    columns: Vec<Columns>,
}

/// The space has more parameters than there are direction numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Sobol points have at most {DIMENSIONS} dimensions, and the space has {found} parameters: take Random"
)]
pub struct TooManyParameters {
    /// Number of parameters of the space.
    pub found: usize,
}

impl Sobol {
    /// The sequence for a space.
    ///
    /// # Errors
    /// More parameters than dimensions.
    pub(crate) fn new(space: &Space) -> Result<Self, TooManyParameters> {
        let found = space.parameters().len();
        if found > DIMENSIONS { Err(TooManyParameters { found }) } else { Ok(Self::of(found)) }
    }

    fn of(dimensions: usize) -> Self {
        Self { columns: columns(dimensions) }
    }

    /// A coordinate of a point, in (0, 1).
    fn place(&self, seed: u64, dimension: usize, index: u64) -> f64 {
        let columns = &self.columns[dimension];
        let bits = (0..BITS).filter(|bit| index >> bit & 1 == 1).fold(0, |sum, bit| sum ^ columns[bit]);
        Scramble::new(seed, dimension as i64).place(bits)
    }
}

impl Sampler for Sobol {
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion {
        let dimensions = request.space.dimensions();
        let index = request.number.unsigned_abs();
        let mut row = vec![None; dimensions.len()];
        request.space.settle(&mut row, |dimension| {
            dimensions[dimension].at_unit(self.place(request.seed, dimension, index))
        });
        Suggestion::Ranked(vec![row])
    }
}
