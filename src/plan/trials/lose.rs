//! Workers that are gone without a word.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::TrialEnd;

use super::desk::LEASE;
use super::slip::State;
use super::{Desk, Write};

/// Why a worker is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Name of its Job.
    pub worker: String,
    /// In words.
    pub why: String,
    /// Whether it may be the trial's own fault; not that of a drained or lost node.
    pub counts: bool,
}

impl Desk {
    /// A worker is gone: its trial is given out again, same number, same parameters. One that has lost too many workers is
    /// taken for their end, and fails: that is to be written.
    pub fn lose(&mut self, loss: &Loss, now: Timestamp) -> Option<Write> {
        let number = *self.holders.get(&loss.worker)?;
        let slip = self.slips.get_mut(&number)?;
        // What is being written ends by itself, one way or the other.
        if slip.state != State::Given {
            return None;
        }
        slip.losses += u32::from(loss.counts);
        if slip.losses <= self.backoff_limit {
            slip.state = State::Free;
            self.take_back(&loss.worker);
            self.sweep.lost(number);
            return None;
        }
        let who = if self.own_jobs { "pod" } else { "worker" };
        let message = format!("its {who} was lost {} times, the last time: {}", slip.losses, loss.why);
        Some(self.ending(number, TrialEnd::Failed { message }, now))
    }

    /// Workers that have not been heard of for too long.
    pub fn silent(&self, now: Timestamp) -> Vec<Loss> {
        let lease = SignedDuration::try_from(LEASE).unwrap_or(SignedDuration::ZERO);
        let silent = self.heard.iter().filter(|(_, heard)| now.duration_since(**heard) >= lease);
        let why = format!("nothing was heard of it for {} s", LEASE.as_secs());
        silent.map(|(worker, _)| Loss { worker: worker.clone(), why: why.clone(), counts: true }).collect()
    }

    /// Workers that have a trial.
    pub fn workers(&self) -> impl Iterator<Item = &str> {
        self.holders.keys().map(String::as_str)
    }
}
