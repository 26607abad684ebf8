//! What a study is made with.

use serde::{Deserialize, Serialize};

use crate::{Algorithm, Goal};

/// What a study is made with, besides its space. Equal settings, space and trials give equal suggestions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Which values are better.
    pub goal: Goal,
    /// The method.
    pub algorithm: Algorithm,
    /// Seed of all randomness.
    pub seed: u64,
    /// Trials planned, when known. Only [`Algorithm::Auto`] looks at it.
    pub budget: Option<u64>,
    /// Trials that run at the same time. Only [`Algorithm::Auto`] looks at it.
    pub parallelism: u32,
}

impl Settings {
    /// Lower is better; Auto, seed 0, no known budget, one trial at a time.
    #[must_use]
    pub fn minimize() -> Self {
        Self { goal: Goal::Minimize, algorithm: Algorithm::Auto, seed: 0, budget: None, parallelism: 1 }
    }

    /// Higher is better; otherwise as [`Settings::minimize`].
    #[must_use]
    pub fn maximize() -> Self {
        Self { goal: Goal::Maximize, ..Self::minimize() }
    }

    /// With this method.
    #[must_use]
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// With this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// With so many trials planned, so many at the same time.
    #[must_use]
    pub fn budget(self, trials: u64, parallelism: u32) -> Self {
        Self { budget: Some(trials), parallelism, ..self }
    }
}
