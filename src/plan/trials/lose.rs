//! Workers that are gone without a word.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::TrialEnd;

use super::desk::LEASE;
use super::slip::{Slip, State};
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

    /// The run of a trial was deleted in MLflow, by somebody else. What it came to has no place any more: it is given out again and gets
    /// another run. One that ended counts as it ended.
    pub fn run_is_gone(&mut self, number: i64, run_id: &str) {
        let is_it = |slip: &&mut Slip| slip.state != State::Ended && slip.run_id.as_deref() == Some(run_id);
        let Some(slip) = self.slips.get_mut(&number).filter(is_it) else { return };
        slip.state = State::Free;
        slip.run_id = None;
        slip.is_closed = false;
        slip.is_doubtful = true;
        let worker = slip.worker.clone();
        if self.holders.get(&worker) == Some(&number) {
            self.take_back(&worker);
        }
        self.sweep.lost(number);
    }

    /// MLflow refuses what a trial came to, and would do so again: it failed, for that reason, and nothing else of it is written. `None`
    /// when somebody else has seen to the trial since.
    pub fn unwritable(&mut self, refused: &Write, why: &str, now: Timestamp) -> Option<Write> {
        let slip = self.slips.get_mut(&refused.number)?;
        if slip.state != State::Given || slip.attempt != refused.attempt {
            return None;
        }
        slip.steps.clear();
        slip.metrics.clear();
        let message = format!("what it came to can't be recorded: {why}");
        Some(self.ending(refused.number, TrialEnd::Failed { message }, now))
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
