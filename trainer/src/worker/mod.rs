//! A worker of a sweep: asks the operator for trials, has them run, reports on them and tells how they ended.
//! It knows nothing of how a trial is computed, and of MLflow nothing at all: the operator writes what is told.

mod board;
mod end;
mod pace;
mod reports;
mod service;
mod trial;
mod work;

pub use end::Broken;
pub use pace::Pace;
pub use service::{Refusal, Resolver, TrialService};
pub use work::{Brief, Runner, Worker};
