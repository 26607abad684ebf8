//! The methods by name, and the choice among them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sampler::{CmaEsError, CmaEsOptions, TooManyParameters};
use crate::{GpOptions, Space, auto};

/// A method of search.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Algorithm {
    /// Whatever suits the space and the budget, see [`Choice`].
    #[default]
    Auto,
    /// Uniform, on the scale of each parameter.
    Random,
    /// Every combination once, in a random order.
    Grid(GridOptions),
    /// Tree-structured Parzen estimator.
    #[serde(rename = "TPE")]
    Tpe(TpeOptions),
    /// Gaussian process with log expected improvement.
    #[serde(rename = "GP")]
    Gp(GpOptions),
    /// Scrambled Sobol points: random ones without gaps and clusters.
    Sobol,
    /// CMA-ES, for numbers without conditions and many trials.
    #[serde(rename = "CMA-ES")]
    CmaEs(CmaEsOptions),
}

impl Algorithm {
    /// Whether what trials came to has a say in what is suggested. Where it has none, suggestions may be asked for ahead.
    #[must_use]
    pub fn learns(&self) -> bool {
        match self {
            Self::Random | Self::Grid(_) | Self::Sobol => false,
            Self::Auto | Self::Tpe(_) | Self::Gp(_) | Self::CmaEs(_) => true,
        }
    }
}

/// Options of [`Algorithm::Grid`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GridOptions {
    /// Number of values by parameter, at least 2, spread evenly on its scale with both ends. A double without a step needs
    /// one. An int without one takes all its values; rounding may leave it fewer than the number.
    pub counts: BTreeMap<String, u32>,
}

/// Options of [`Algorithm::Tpe`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TpeOptions {
    /// Trials that are finished before the model is asked; until then points are random.
    pub startup: u32,
    /// Candidates that are drawn and compared for each suggestion.
    pub candidates: u32,
}

impl Default for TpeOptions {
    /// 10 at random, 64 candidates.
    fn default() -> Self {
        Self { startup: 10, candidates: 64 }
    }
}

/// The method that works in a study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Never [`Algorithm::Auto`].
    pub algorithm: Algorithm,
    /// Why, in a sentence for people.
    pub reason: String,
}

/// Why a method can't search a space.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AlgorithmError {
    /// A double without an end of values on a grid.
    #[error("a grid needs a step or a count for parameter {parameter:?}, a double")]
    NoCount {
        /// The parameter.
        parameter: String,
    },
    /// A count for nothing.
    #[error("the grid has a count for {parameter:?}, which is no double or int parameter without a step")]
    UselessCount {
        /// The parameter.
        parameter: String,
    },
    /// A count below 2.
    #[error("the grid's count {count} for parameter {parameter:?} must be at least 2")]
    SmallCount {
        /// The parameter.
        parameter: String,
        /// As written.
        count: u32,
    },
    /// More than anybody can number.
    #[error(
        "the grid has more than 2^127 points: give fewer values a parameter, or search by another algorithm"
    )]
    TooManyPoints,
    /// Not for CMA-ES.
    #[error(transparent)]
    CmaEs(#[from] CmaEsError),
    /// Not for Sobol points.
    #[error(transparent)]
    Sobol(#[from] TooManyParameters),
    /// An option out of its range.
    #[error("{option} {value} must be at least {least}")]
    Option {
        /// The field.
        option: &'static str,
        /// As written.
        value: u32,
        /// The lowest that makes sense.
        least: u32,
    },
    /// A deviation of the noise that is none.
    #[error("noise deviation {deviation} must be a finite number above 0")]
    NoiseDeviation {
        /// As written.
        deviation: String,
    },
}

impl Algorithm {
    /// Settles [`Algorithm::Auto`] for a space, the number of trials planned and those at the same time.
    #[must_use]
    pub fn choose(&self, space: &Space, budget: Option<u64>, parallelism: u32) -> Choice {
        match self {
            Self::Auto => auto::choose(space, budget, parallelism),
            named => Choice { algorithm: named.clone(), reason: "named in the settings".to_owned() },
        }
    }
}
