//! The trials of an open sweep: who has which, what a worker is answered, and what must stand in MLflow before it is. PURE.
//!
//! A [`Desk`] has one clerk: calls are put to it one at a time, and what it says is to be written is written while others are
//! put to it. Then [`Desk::written`] or [`Desk::not_written`] follows, and only what was written is answered. A desk that was
//! lost is made again from what stands in MLflow, and gives out what it would have given.

mod ask;
mod contact;
mod desk;
pub mod earlier;
mod files;
mod hands;
mod lose;
mod own_jobs;
pub mod pages;
mod place;
mod read;
mod refusal;
mod report;
mod show;
mod slip;
mod standing;
mod tell;
mod view;
mod write;

#[cfg(test)]
pub(in crate::plan) mod tests;

pub use contact::Contact;
pub use desk::{Clock, Desk, DeskError};
pub use earlier::{Earlier, Gathered, Lesson, SweepRunFacts, Taught, Wanted};
pub use lose::Loss;
pub use own_jobs::{Exit, Given, Settlement};
pub use pages::Stored;
pub use place::Place;
pub(crate) use place::TRIAL_ROLE;
pub use read::{Strays, TrialRun, read};
pub use refusal::{Forbidden, Refusal, Worker};
pub use show::Showing;
pub use standing::{Over, standing};
pub use view::View;
pub use write::{Write, Written};

/// What is done about a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn<T> {
    /// This is the answer.
    Answer(T),
    /// This must stand in MLflow before there is an answer.
    Write(Box<Write>),
}
