//! Puts what trials have come to so far into their runs.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Table;
use super::write::hear;
use crate::plan::trials::Showing;
use crate::reconcile::Context;

/// Trials of all sweeps that are being shown at the same time, at the most: the client has 8 places, and what a slow MLflow holds
/// must not be what ends of trials and promotions wait for.
const TOGETHER: usize = 2;

/// Places for trials that are being shown.
pub(super) struct Showings(Arc<Semaphore>);

impl Default for Showings {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(TOGETHER)))
    }
}

impl Showings {
    /// A place, if one is free. Who finds none comes again with the trial's next report.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

impl Context {
    /// Shows a trial. The worker that reported it waits for its answer, and not for MLflow.
    pub(super) fn show(&self, table: Arc<Table>, showing: Showing, place: OwnedSemaphorePermit) {
        let (tracking, now) = (Arc::clone(&self.tracking), self.now);
        tokio::spawn(async move {
            let done = tracking.carry_out(&table.grant, &showing.effect).await;
            hear(&table, &done, now());
            table.desk().shown(&showing, done.is_ok());
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_trials_are_shown_at_the_same_time_and_another_once_one_of_them_is_written() {
        let showings = Showings::default();
        let first = showings.place();
        let second = showings.place();
        assert!(first.is_some() && second.is_some());
        assert!(showings.place().is_none());
        drop(first);
        assert!(showings.place().is_some());
    }
}
