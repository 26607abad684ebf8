//! Fitting one candidate: pure functions from a table and a recipe to a model and its figures.
//! Preparation is fitted inside each training part. No file, no network, no clock but for the time that a fit took.

mod candidate;
mod cross_validation;
mod decision;
mod folds;
mod lockstep;
mod part;
mod prepared;
mod scoring;
#[cfg(test)]
mod steps;
mod surroundings;
#[cfg(test)]
mod tests;
mod trial;

pub use candidate::{Candidate, Recipe, fit_candidate, fit_dummy};
pub use cross_validation::CrossValidation;
pub use decision::{Decision, DecisionError, Judging};
pub use folds::{Folds, Kept};
pub use part::{FittedPart, FittingError, Learner, predict};
pub use prepared::{FoldFit, PreparedFold, PreparedPart};
pub use scoring::Scoring;
pub use surroundings::{Phase, Surroundings, Watch};
pub use trial::{Measured, Seen, run_trial};
