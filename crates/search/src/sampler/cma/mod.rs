//! CMA-ES: a normal distribution that learns the shape of the objective.
//!
//! The active variant of Hansen 2016 (arXiv 1604.00772) over numeric parameters, each scaled to [0, 1]; integers keep a margin
//! (Hamano et al. 2022), earlier studies give the start (Nomura et al. 2021), and a search that has settled starts again
//! elsewhere with more members (Auger, Hansen 2005). Nobody waits for a generation: asks beyond its last member draw from it
//! too, see [`Search`](search::Search). Sensible from about 100 trials a parameter on.

mod distribution;
mod eigen;
mod margin;
mod member;
mod replay;
mod search;
mod strategy;
mod tail;
#[cfg(test)]
mod tests;
mod warm;

use serde::{Deserialize, Serialize};

use super::{Request, Sampler, Suggestion};
use crate::space::{Domain, Space};
use replay::{Replay, rows};
use strategy::population;

/// Options of CMA-ES.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CmaEsOptions {
    /// Members of a generation, at least 4; 4 + 3 ln(number of parameters) when absent. At least as many as run at a time
    /// make the best use of them.
    pub population: Option<u32>,
}

/// Why CMA-ES can't search a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CmaEsError {
    /// It has no order to follow in a list.
    #[error(
        "CMA-ES takes numbers only, and parameter {parameter:?} is categorical: take TPE or GP, or fix it"
    )]
    Categorical {
        /// The parameter.
        parameter: String,
    },
    /// It has one shape for all trials.
    #[error(
        "CMA-ES takes the same parameters in every trial, and {parameter:?} has a condition: take TPE or GP"
    )]
    Conditional {
        /// The parameter.
        parameter: String,
    },
    /// Too few to rank.
    #[error("the population of CMA-ES is {found}: must be at least 4")]
    Population {
        /// As written.
        found: u32,
    },
}

/// The sampler.
#[derive(Debug)]
pub(crate) struct CmaEs {
    population: usize,
    replay: Replay,
}

impl CmaEs {
    /// CMA-ES for a space.
    ///
    /// # Errors
    /// A categorical or conditional parameter; a population below 4.
    pub(crate) fn new(options: &CmaEsOptions, space: &Space) -> Result<Self, CmaEsError> {
        for parameter in space.parameters() {
            let name = || parameter.name.clone();
            if matches!(parameter.domain, Domain::Categorical { .. }) {
                return Err(CmaEsError::Categorical { parameter: name() });
            }
            if parameter.when.is_some() {
                return Err(CmaEsError::Conditional { parameter: name() });
            }
        }
        let population = match options.population {
            Some(found @ ..4) => return Err(CmaEsError::Population { found }),
            Some(found) => found as usize,
            None => population(space.parameters().len()),
        };
        Ok(Self { population, replay: Replay::default() })
    }
}

impl Sampler for CmaEs {
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion {
        let search = self.replay.run(request, self.population);
        Suggestion::Ranked(rows(&search, request))
    }
}
