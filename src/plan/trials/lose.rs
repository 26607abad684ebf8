//! Workers that are gone without a word, and trials of which nothing is heard.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::TrialEnd;

use super::desk::LEASE;
use super::show::Shown;
use super::slip::{Slip, State};
use super::{Desk, Write};

/// Why a worker has its trials no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Name of its Job.
    pub worker: String,
    /// Which trial; `None` is all that it has.
    pub trial: Option<i64>,
    /// In words.
    pub why: String,
    /// Whether it may be the trial's own fault; not that of a drained or lost node.
    pub counts: bool,
}

impl Desk {
    /// A worker is gone: its trials are given out again, same numbers, same parameters. One that has lost too many workers is
    /// taken for their end, and fails: that is to be written. The one that waited for its turn is at no fault.
    pub fn lose(&mut self, loss: &Loss, now: Timestamp) -> Option<Write> {
        let given = self.given_to(&loss.worker);
        let running = given.first().copied();
        let mut failed = None;
        for number in given.into_iter().filter(|number| loss.trial.is_none_or(|trial| trial == *number)) {
            // Of a single trial the loss itself knows: the one that ran may have been lost just before.
            let counts = loss.counts && (loss.trial.is_some() || Some(number) == running);
            failed = self.lose_one(number, loss, counts, now).or(failed);
        }
        failed
    }

    /// Trials that a worker has, the one that it runs first. What is being written ends by itself, one way or the other.
    fn given_to(&self, worker: &str) -> Vec<i64> {
        let is_given = |number: &i64| self.slips.get(number).is_some_and(|slip| slip.state == State::Given);
        self.hands.of(worker).iter().copied().filter(is_given).collect()
    }

    fn lose_one(&mut self, number: i64, loss: &Loss, counts: bool, now: Timestamp) -> Option<Write> {
        let slip = self.slips.get_mut(&number)?;
        slip.losses += u32::from(counts);
        if slip.losses <= self.backoff_limit {
            slip.state = State::Free;
            self.hands.take(&loss.worker, number);
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
        slip.shown = Shown { news: slip.steps.keys().copied().collect(), ..Shown::default() };
        let worker = slip.worker.clone();
        self.hands.take(&worker, number);
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
        slip.shown.news.clear();
        slip.metrics.clear();
        let message = format!("what it came to can't be recorded: {why}");
        Some(self.ending(refused.number, TrialEnd::Failed { message }, now))
    }

    /// Trials that have not been heard of for too long: their workers hang, or hang on the trial before.
    pub fn silent(&self, now: Timestamp) -> Vec<Loss> {
        let lease = SignedDuration::try_from(LEASE).unwrap_or(SignedDuration::ZERO);
        let why = format!("nothing was heard of it for {} s", LEASE.as_secs());
        let loss = |(worker, number): (&str, i64)| Loss {
            worker: worker.to_owned(),
            trial: Some(number),
            why: why.clone(),
            counts: self.given_to(worker).first() == Some(&number),
        };
        self.hands.silent(lease, now).map(loss).collect()
    }
}
