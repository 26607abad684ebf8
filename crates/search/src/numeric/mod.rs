//! Plain numerics for the samplers: slices in, numbers out. Knows neither spaces nor trials.

mod cholesky;
mod lbfgs;
mod normal;
mod vector;

pub(crate) use cholesky::Cholesky;
pub(crate) use lbfgs::{Limits, minimise};
pub(crate) use normal::log_improvement;
pub(crate) use vector::{add_scaled, dot};
