//! The method of a sweep.

use podium_search::{Algorithm, CmaEsOptions, GpOptions, GridOptions, Noise, TpeOptions};

use crate::api::sweep::{AlgorithmName, SearchAlgorithm};
use crate::domain::violation::Violation;

/// The method with its options.
pub(super) fn algorithm(stated: Option<&SearchAlgorithm>, problems: &mut Vec<Violation>) -> Algorithm {
    match stated.and_then(|stated| stated.name).unwrap_or(AlgorithmName::Auto) {
        AlgorithmName::Auto => Algorithm::Auto,
        AlgorithmName::Random => Algorithm::Random,
        AlgorithmName::Grid => Algorithm::Grid(grid(stated)),
        AlgorithmName::Tpe => Algorithm::Tpe(TpeOptions::default()),
        AlgorithmName::Sobol => Algorithm::Sobol,
        AlgorithmName::CmaEs => Algorithm::CmaEs(CmaEsOptions::default()),
        AlgorithmName::Gp => {
            Algorithm::Gp(GpOptions { noise: noise(stated, problems), ..GpOptions::default() })
        }
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

fn noise(stated: Option<&SearchAlgorithm>, problems: &mut Vec<Violation>) -> Noise {
    let Some(text) = stated.and_then(|stated| stated.noise.as_deref()) else { return Noise::default() };
    match text {
        "None" => return Noise::None,
        "Learned" => return Noise::Learned,
        _ => {}
    }
    let deviation = text.parse::<f64>().ok().filter(|deviation| *deviation > 0.0 && deviation.is_finite());
    if deviation.is_none() {
        let message = format!("{text:?} must be None, Learned, or a standard deviation above 0");
        problems.push(Violation::new("spec.algorithm.noise", message));
    }
    deviation.map_or(Noise::None, Noise::Deviation)
}
