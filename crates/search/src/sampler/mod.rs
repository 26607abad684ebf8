//! The methods: each a pure function of space, seed, trials by number and the number of the new trial.
//!
//! A sampler may keep what it worked out for an earlier trial, but only where working it out again gives the same bits.

mod cma;
mod gp;
mod grid;
mod random;
mod sobol;
mod tpe;

use std::fmt::Debug;

pub use cma::{CmaEsError, CmaEsOptions};
pub use gp::{GpOptions, Noise};
pub use sobol::TooManyParameters;

use crate::algorithm::{Algorithm, AlgorithmError};
use crate::auto;
use crate::space::{Row, Space};

/// What a trial tells a method. Values are minimised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Evidence {
    /// Ran to its end with this value, which is finite.
    Complete(f64),
    /// Stopped early at this step with this value, which is finite.
    Pruned { step: i64, value: f64 },
    /// Gave no value.
    Failed,
    /// Still runs.
    Pending,
}

/// A trial as methods see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observation {
    /// Negative for trials of earlier studies.
    pub number: i64,
    /// In canonical form.
    pub row: Row,
    pub evidence: Evidence,
}

impl Observation {
    /// Whether the trial still runs.
    pub(crate) fn is_pending(&self) -> bool {
        self.evidence == Evidence::Pending
    }

    /// Whether the trial gave a number to rank by.
    pub(crate) fn has_value(&self) -> bool {
        matches!(self.evidence, Evidence::Complete(_) | Evidence::Pruned { .. })
    }
}

/// A question to a method.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub space: &'a Space,
    /// Seed of the study.
    pub seed: u64,
    /// Number of the trial to suggest; all others in the history are lower.
    pub number: i64,
    /// All other trials, by ascending number.
    pub history: &'a [Observation],
    /// Whether a row, in canonical form, is in the history.
    pub is_tried: &'a dyn Fn(&Row) -> bool,
}

impl Request<'_> {
    /// Values of the complete trials, by number.
    pub(crate) fn complete(&self) -> impl Iterator<Item = (&Observation, f64)> {
        self.history.iter().filter_map(|observation| match observation.evidence {
            Evidence::Complete(value) => Some((observation, value)),
            _ => None,
        })
    }
}

/// An answer of a method.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Suggestion {
    /// Rows, best first; they need not be canonical nor untried: the study takes the first that is untried.
    Ranked(Vec<Row>),
    /// The method has no opinion yet: a random point will do.
    Random,
    /// The method has given all that it has.
    Exhausted,
}

/// One method. Made for a space and options that it accepted.
pub(crate) trait Sampler: Debug + Send + Sync {
    /// Suggests the trial of the request. Random numbers come from
    /// [`Random::new(seed, number, method)`](crate::rng::Random::new) alone.
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion;
}

/// The sampler of an algorithm for a space.
pub(crate) fn sampler(
    algorithm: &Algorithm,
    space: &Space,
    seed: u64,
) -> Result<Box<dyn Sampler>, AlgorithmError> {
    Ok(match algorithm {
        Algorithm::Auto => return sampler(&auto::choose(space, None, 1).algorithm, space, seed),
        Algorithm::Random => Box::new(random::Uniform),
        Algorithm::Grid(options) => Box::new(grid::Grid::new(space, options, seed)?),
        Algorithm::Tpe(options) => Box::new(tpe::Tpe::new(options)?),
        Algorithm::Gp(options) => Box::new(gp::Gp::new(options)?),
        Algorithm::Sobol => Box::new(sobol::Sobol::new(space)?),
        Algorithm::CmaEs(options) => Box::new(cma::CmaEs::new(options, space)?),
    })
}
