//! Folds that advance together: a learner with steps fits one step of each fold, then the next, so that a trial can be judged
//! on all folds long before it is through.
//!
//! Each fold has a thread, and its fit stays where it is while it waits for the others: nothing is fitted again. Folds of torch
//! take turns, since it has one source of random numbers a process; those of other learners work side by side on the threads of
//! the pool, which a step of one fold alone would not keep busy.

mod baton;
#[cfg(test)]
mod tests;

use std::thread::{Builder, ScopedJoinHandle};

use podium_learners::{Algorithm, Context, FitError};

use self::baton::{Baton, Order, Seat, SeenStep};
use super::candidate::Recipe;
use super::folds::Folds;
use super::part::{FittingError, Learner};
use super::prepared::FoldFit;
use super::surroundings::{Phase, Surroundings};

/// Fits all folds, step by step.
///
/// # Errors
/// That of the first fold that has one; the others are interrupted.
pub(super) fn fit_together(
    folds: &Folds<'_>,
    recipe: &Recipe<'_>,
    surroundings: &Surroundings<'_>,
    seen: SeenStep<'_>,
) -> Result<Vec<FoldFit>, FittingError> {
    let order = match recipe.parameters.algorithm() {
        Algorithm::TorchMlp => Order::InTurn,
        _ => Order::SideBySide,
    };
    let baton = Baton::new(folds.rows.len(), order, seen);
    let fit = |seat: &Seat<'_>| {
        seat.wait();
        let fold = folds.get(seat.index())?;
        let interrupt = || surroundings.interrupt() || baton.is_over();
        surroundings.with(recipe.seed, Phase::Fold(seat.index() + 1), |context| {
            let context = Context { interrupt: &interrupt, ..*context };
            let learner = Learner::Parameters(recipe.parameters);
            fold.fit_seen(learner, &context, &|predictions| seat.pass(predictions))
        })
    };
    let (baton, fit) = (&baton, &fit);
    let fits = std::thread::scope(|scope| {
        let start = |index| {
            // Leaves when it is dropped: also by a panic, also when no thread could be had.
            let seat = baton.seat(index);
            let work = move || fit(&seat).inspect_err(|_| baton.end());
            let thread = Builder::new().name(format!("fold-{}", index + 1));
            thread.spawn_scoped(scope, work).inspect_err(|_| baton.end())
        };
        let threads: Vec<_> = (0..folds.rows.len()).map(start).collect();
        threads.into_iter().map(joined).collect::<Vec<_>>()
    });
    first_error(fits)
}

fn joined(
    thread: std::io::Result<ScopedJoinHandle<'_, Result<FoldFit, FittingError>>>,
) -> Result<FoldFit, FittingError> {
    let thread = thread.map_err(|error| FittingError::Threads(error.to_string()))?;
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// All fits, or the error that made the others end.
fn first_error(fits: Vec<Result<FoldFit, FittingError>>) -> Result<Vec<FoldFit>, FittingError> {
    let is_cause = |fit: &&Result<FoldFit, FittingError>| {
        fit.as_ref().is_err_and(|error| *error != FittingError::Fit(FitError::Interrupted))
    };
    match fits.iter().find(is_cause) {
        Some(Err(cause)) => Err(cause.clone()),
        _ => fits.into_iter().collect(),
    }
}
