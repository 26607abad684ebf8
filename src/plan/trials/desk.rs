//! The desk: a sweep, and who has which of its trials.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podium_contract::Pinned;
use podium_search::RestoreError;
use podium_tuning::sweep::{Ending, Limits, PlanError, Sweep};

use super::Place;
use super::contact::Contact;
use super::hands::Hands;
use super::pages::Pages;
use super::slip::{Slip, State};
use crate::domain::sweep::ValidSweep;

/// A trial that has not been heard of for so long is lost to its worker: six heartbeats.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// Why there is no desk.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// The sweep can't start.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What stands in MLflow makes no sense.
    #[error("the trials in MLflow can't be taken up again: {0}")]
    Restore(#[from] RestoreError),
}

/// What the time of a sweep is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When the run started.
    pub started_at: Timestamp,
    /// How long it was suspended since.
    pub suspended: Duration,
}

impl Clock {
    /// The time that the sweep has run.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        let since = Duration::try_from(now.duration_since(self.started_at)).unwrap_or_default();
        since.saturating_sub(self.suspended)
    }
}

/// A sweep, and who has which of its trials.
#[derive(Debug)]
pub struct Desk {
    pub(super) place: Place,
    pub(super) sweep: Sweep,
    pub(super) slips: BTreeMap<i64, Slip>,
    /// Who has the open trials.
    pub(super) hands: Hands,
    /// Digest of the data that the run's first worker found, under this leader or one before.
    pub(super) data_digest: Option<String>,
    /// Those data as a worker under this leader found them.
    pub(super) data: Option<Pinned>,
    /// Times that a trial may lose its worker.
    pub(super) backoff_limit: u32,
    pub(super) clock: Clock,
    /// Whether trials are given out: not while it is suspended, nor once it is over.
    pub(super) is_open: bool,
    /// Whether each trial has a Job of its own, which logs to MLflow itself.
    pub(super) own_jobs: bool,
    /// What ended, for those who come after this leader.
    pub(super) pages: Pages,
    /// Whether MLflow takes what is to be written.
    pub(super) contact: Contact,
}

impl Desk {
    /// A desk without trials.
    ///
    /// # Errors
    /// When the sweep can't start.
    pub fn new(
        sweep: &ValidSweep,
        place: Place,
        clock: Clock,
        backoff_limit: u32,
    ) -> Result<Self, DeskError> {
        Ok(Self {
            sweep: sweep.start()?,
            place,
            clock,
            backoff_limit,
            slips: BTreeMap::new(),
            hands: Hands::default(),
            data_digest: None,
            data: None,
            is_open: true,
            own_jobs: false,
            pages: Pages::default(),
            contact: Contact { at: clock.started_at, trouble: None },
        })
    }

    /// Key of the run that it is about.
    pub fn run(&self) -> &str {
        &self.place.run
    }

    /// What may change while a run is open.
    pub fn adjust(&mut self, limits: &Limits, backoff_limit: u32, clock: Clock, is_open: bool) {
        self.sweep.set_limits(limits.clone());
        self.backoff_limit = backoff_limit;
        self.clock = clock;
        self.is_open = is_open;
    }

    /// The sweep.
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// Runs of all trials that stand in MLflow, ended ones too.
    pub fn runs(&self) -> impl Iterator<Item = &str> {
        self.slips.values().filter_map(|slip| slip.run_id.as_deref())
    }

    /// The data that all workers must find, once one has.
    pub fn data(&self) -> Option<&Pinned> {
        self.data.as_ref()
    }

    /// Says which data all workers must find, by their digest.
    pub fn pin(&mut self, digest: &str) {
        self.data_digest.get_or_insert_with(|| digest.to_owned());
    }

    /// Why the sweep is over, when it is.
    pub fn over(&self, now: Timestamp) -> Option<Ending> {
        self.sweep.ending(self.clock.elapsed(now))
    }

    /// The time that the sweep has run.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        self.clock.elapsed(now)
    }

    /// Whether a trial waits for a worker, or a new one may still be suggested.
    pub(super) fn has_more(&self) -> bool {
        let free = self.slips.values().any(|slip| slip.state == State::Free);
        free || (self.slips.len() as u64) < self.sweep.limits().max_trials
    }
}
