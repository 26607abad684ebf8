//! The algorithms by name, and the tasks each can do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// One of two or more classes.
    Classification,
    /// A number.
    Regression,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classification => "classification",
            Self::Regression => "regression",
        })
    }
}

/// Trees, or iterations of L-BFGS, of one step of a fit.
pub const ROUNDS: u32 = 10;

/// What a fit does in one step, after which there is a model that can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stride {
    /// One pass over the rows.
    Epoch,
    /// [`ROUNDS`] trees.
    Trees,
    /// [`ROUNDS`] iterations of L-BFGS.
    Iterations,
}

impl Stride {
    /// Name of the parameter that says how much of it a fit does at the most.
    #[must_use]
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Epoch => "epochs",
            Self::Trees => "n_estimators",
            Self::Iterations => "max_iter",
        }
    }
}

impl fmt::Display for Stride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epoch => f.write_str("an epoch"),
            Self::Trees => write!(f, "{ROUNDS} trees"),
            Self::Iterations => write!(f, "{ROUNDS} iterations of L-BFGS"),
        }
    }
}

/// The learners a candidate can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// L2-penalised logistic regression, two or more classes.
    LogisticRegression,
    /// Ordinary least squares.
    LinearRegression,
    /// Bagged trees with random features (Breiman 2001).
    RandomForest,
    /// Multi-layer perceptron, trained by libtorch.
    #[serde(rename = "TorchMLP")]
    TorchMlp,
}

/// A name that is no algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown algorithm {0:?}; use one of LogisticRegression, LinearRegression, RandomForest, TorchMLP")]
pub struct UnknownAlgorithm(pub String);

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 4] =
        [Self::LogisticRegression, Self::LinearRegression, Self::RandomForest, Self::TorchMlp];

    /// The name in manifests and in MLflow.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LogisticRegression => "LogisticRegression",
            Self::LinearRegression => "LinearRegression",
            Self::RandomForest => "RandomForest",
            Self::TorchMlp => "TorchMLP",
        }
    }

    /// The tasks it can be fitted for.
    #[must_use]
    pub fn tasks(self) -> &'static [Task] {
        match self {
            Self::LogisticRegression => &[Task::Classification],
            Self::LinearRegression => &[Task::Regression],
            Self::RandomForest | Self::TorchMlp => &[Task::Classification, Task::Regression],
        }
    }

    /// The step of its fits; none for a learner that is fitted in one go. The last step may be a shorter one.
    #[must_use]
    pub fn stride(self) -> Option<Stride> {
        match self {
            Self::LogisticRegression => Some(Stride::Iterations),
            Self::LinearRegression => None,
            Self::RandomForest => Some(Stride::Trees),
            Self::TorchMlp => Some(Stride::Epoch),
        }
    }

    /// Whether it can be fitted for a task.
    #[must_use]
    pub fn supports(self, task: Task) -> bool {
        self.tasks().contains(&task)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}
