//! Whose turn it is: one fold works at a time, and a round is one epoch of each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use podium_tabular::metric::Predictions;

/// Shown the epoch and each fold's predictions after it. A fold that has ended early keeps its last ones.
pub(super) type SeenEpoch<'a> = &'a (dyn Fn(u32, &[Predictions]) + Sync);

/// Goes round among the folds; who has it works.
pub(super) struct Baton<'a> {
    round: Mutex<Round>,
    passed: Condvar,
    is_over: AtomicBool,
    seen: SeenEpoch<'a>,
}

struct Round {
    /// Whose turn it is.
    turn: usize,
    /// Epochs that all have done.
    epoch: u32,
    /// Whether a fold has done one more.
    has_advanced: bool,
    latest: Vec<Option<Predictions>>,
    has_left: Vec<bool>,
}

/// A fold's place in the round.
pub(super) struct Seat<'a> {
    baton: &'a Baton<'a>,
    index: usize,
}

impl<'a> Baton<'a> {
    pub(super) fn new(folds: usize, seen: SeenEpoch<'a>) -> Self {
        let round = Round {
            turn: 0,
            epoch: 0,
            has_advanced: false,
            latest: vec![None; folds],
            has_left: vec![false; folds],
        };
        Self { round: Mutex::new(round), passed: Condvar::new(), is_over: AtomicBool::new(false), seen }
    }

    /// A place in the round. It is left when it is dropped, also by a panic.
    pub(super) const fn seat(&self, index: usize) -> Seat<'_> {
        Seat { baton: self, index }
    }

    /// No fold is to begin another batch.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To the next fold that is still there. Where that begins a round, the last one is shown.
    fn hand_on(&self, round: &mut Round, from: usize) {
        let folds = round.has_left.len();
        let next = (from + 1..=from + folds).map(|at| at % folds).find(|at| !round.has_left[*at]);
        let is_through = next.is_none_or(|next| next <= from);
        if is_through && std::mem::take(&mut round.has_advanced) {
            round.epoch += 1;
            let latest: Option<Vec<Predictions>> = round.latest.iter().cloned().collect();
            if let Some(latest) = latest.filter(|_| !self.is_over()) {
                (self.seen)(round.epoch, &latest);
            }
        }
        round.turn = next.unwrap_or(from);
        self.passed.notify_all();
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
            .wait_while(round, |round| round.turn != self.index)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// An epoch is done: shows its predictions and waits until all others have done theirs.
    pub(super) fn pass(&self, predictions: Predictions) {
        let mut round = self.baton.round();
        round.latest[self.index] = Some(predictions);
        round.has_advanced = true;
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
        round.has_left[self.index] = true;
        if round.turn == self.index {
            self.baton.hand_on(&mut round, self.index);
        }
    }
}
