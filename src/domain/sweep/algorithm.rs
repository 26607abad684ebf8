//! The method of a sweep.

use podium_search::{Algorithm, GridOptions, TpeOptions};

use crate::api::sweep::{AlgorithmName, SearchAlgorithm};

/// The method with its options.
pub(super) fn algorithm(stated: Option<&SearchAlgorithm>) -> Algorithm {
    match stated.and_then(|stated| stated.name).unwrap_or(AlgorithmName::Auto) {
        AlgorithmName::Auto => Algorithm::Auto,
        AlgorithmName::Random => Algorithm::Random,
        AlgorithmName::Grid => Algorithm::Grid(grid(stated)),
        AlgorithmName::Tpe => Algorithm::Tpe(TpeOptions::default()),
    }
}

/// The seed; 0 when none is stated, so that a sweep without one can be repeated too.
pub(super) fn seed(stated: Option<&SearchAlgorithm>) -> u64 {
    stated.and_then(|stated| stated.seed).map_or(0, i64::unsigned_abs)
}

fn grid(stated: Option<&SearchAlgorithm>) -> GridOptions {
    let counts = stated.and_then(|stated| stated.counts.clone()).unwrap_or_default();
    GridOptions { counts: counts.into_iter().map(|(name, count)| (name, count.unsigned_abs())).collect() }
}
