//! Where a running trial writes its steps and reads whether to go on. The fit writes from its own threads and never waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use podium_contract::{MOST_STEPS, Real, Step};
use tokio::sync::Notify;

use crate::deliver::now_ms;

/// The board of one trial.
#[derive(Debug, Default)]
pub(super) struct Board {
    steps: Mutex<Vec<Step>>,
    written: Notify,
    is_over: AtomicBool,
}

impl Board {
    /// Writes a step.
    pub(super) fn write(&self, step: u32, value: f64) {
        let mut steps = self.steps();
        if steps.len() < MOST_STEPS {
            steps.push(Step { step: i64::from(step), value: Real(value), at_ms: now_ms() });
            self.written.notify_one();
        }
    }

    /// The steps from this position on.
    pub(super) fn from(&self, position: usize) -> Vec<Step> {
        self.steps().get(position..).unwrap_or_default().to_vec()
    }

    /// Ends when there are more steps than so many.
    pub(super) async fn more_than(&self, count: usize) {
        // What was written before is found by the look, what is written after it by the notice, which is kept.
        while self.steps().len() <= count {
            self.written.notified().await;
        }
    }

    /// Ends the trial.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Whether the trial is to end.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn steps(&self) -> MutexGuard<'_, Vec<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_reader_waits_for_more_and_gets_what_it_has_not_seen() {
        let board = Board::default();
        let waited = tokio::time::timeout(Duration::from_millis(20), board.more_than(0)).await;
        assert!(waited.is_err());
        board.write(1, 0.5);
        board.write(2, f64::NAN);
        board.more_than(0).await;
        board.more_than(1).await;
        let steps: Vec<i64> = board.from(1).iter().map(|step| step.step).collect();
        assert_eq!(steps, [2]);
        assert!(board.from(2).is_empty() && board.from(7).is_empty());
    }

    #[test]
    fn steps_beyond_those_that_are_kept_are_not_kept_here_either() {
        let board = Board::default();
        (1..=MOST_STEPS as u32 + 5).for_each(|step| board.write(step, 0.0));
        assert_eq!(board.from(0).len(), MOST_STEPS);
    }

    #[test]
    fn the_longest_trial_fits_into_one_call() {
        let board = Board::default();
        (1..=MOST_STEPS as u32).for_each(|step| board.write(step, -0.123_456_789_012_345_67));
        let bytes = serde_json::to_vec(&board.from(0)).unwrap().len();
        assert!(bytes < podium_contract::LARGEST_CALL * 9 / 10, "{bytes}");
    }
}
