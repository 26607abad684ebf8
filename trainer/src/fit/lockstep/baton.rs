//! Whose turn it is: a round is one step of each fold. They work one after the other, or side by side and wait for the slowest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use podium_tabular::metric::Predictions;

/// Shown the step and each fold's predictions after it. A fold that has ended early keeps its last ones.
pub(super) type SeenStep<'a> = &'a (dyn Fn(u32, &[Predictions]) + Sync);

/// Who works within a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One fold at a time, in turn.
    InTurn,
    /// All of them.
    SideBySide,
}

/// Goes round among the folds; who has it works.
pub(super) struct Baton<'a> {
    order: Order,
    round: Mutex<Round>,
    passed: Condvar,
    is_over: AtomicBool,
    seen: SeenStep<'a>,
}

struct Round {
    /// Whose turn it is, where they take turns.
    turn: usize,
    /// Steps that all have done.
    step: u32,
    folds: Vec<Place>,
}

/// What is known of a fold.
#[derive(Clone, Default)]
struct Place {
    /// It has done its step of this round.
    has_passed: bool,
    has_left: bool,
    latest: Option<Predictions>,
}

/// A fold's place in the round.
pub(super) struct Seat<'a> {
    baton: &'a Baton<'a>,
    index: usize,
}

impl<'a> Baton<'a> {
    pub(super) fn new(folds: usize, order: Order, seen: SeenStep<'a>) -> Self {
        let round = Mutex::new(Round { turn: 0, step: 0, folds: vec![Place::default(); folds] });
        Self { order, round, passed: Condvar::new(), is_over: AtomicBool::new(false), seen }
    }

    /// A place in the round. It is left when it is dropped, also by a panic.
    pub(super) const fn seat(&self, index: usize) -> Seat<'_> {
        Seat { baton: self, index }
    }

    /// No fold is to go on.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fold has passed or left. When it was the last one of a round, the round is shown and the next one begins.
    fn hand_on(&self, round: &mut Round, from: usize) {
        if round.folds.iter().all(|fold| fold.has_passed || fold.has_left) {
            self.close(round);
        }
        let folds = round.folds.len();
        let next = (from + 1..=from + folds).map(|at| at % folds).find(|at| !round.folds[*at].has_left);
        round.turn = next.unwrap_or(from);
        self.passed.notify_all();
    }

    fn close(&self, round: &mut Round) {
        // A round in which the last folds have only left is none.
        if !round.folds.iter().any(|fold| fold.has_passed) {
            return;
        }
        round.folds.iter_mut().for_each(|fold| fold.has_passed = false);
        round.step += 1;
        let latest: Option<Vec<Predictions>> = round.folds.iter().map(|fold| fold.latest.clone()).collect();
        if let Some(latest) = latest.filter(|_| !self.is_over()) {
            (self.seen)(round.step, &latest);
        }
    }

    fn may_work(&self, round: &Round, index: usize) -> bool {
        match self.order {
            Order::InTurn => round.turn == index,
            Order::SideBySide => !round.folds[index].has_passed,
        }
    }
}

impl Seat<'_> {
    /// The fold, from 0.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// Waits for its turn.
    pub(super) fn wait(&self) {
        drop(self.taken(self.baton.round()));
    }

    fn taken<'g>(&self, round: MutexGuard<'g, Round>) -> MutexGuard<'g, Round> {
        self.baton
            .passed
            .wait_while(round, |round| !self.baton.may_work(round, self.index))
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A step is done: shows its predictions and waits until all others have done theirs.
    pub(super) fn pass(&self, predictions: Predictions) {
        let mut round = self.baton.round();
        let fold = &mut round.folds[self.index];
        (fold.latest, fold.has_passed) = (Some(predictions), true);
        self.baton.hand_on(&mut round, self.index);
        drop(self.taken(round));
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.baton.end();
        }
        let mut round = self.baton.round();
        round.folds[self.index].has_left = true;
        // In turn, who leaves out of turn leaves the turn where it is.
        if self.baton.order == Order::SideBySide || round.turn == self.index {
            self.baton.hand_on(&mut round, self.index);
        }
    }
}
