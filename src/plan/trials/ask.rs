//! A worker asks for a trial.

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Ask, Asked, Pinned, Suggested, TrialRecord};
use podium_search::Trial;
use podium_tuning::sweep::Action;

use super::slip::{Slip, State};
use super::write::{self, Write};
use super::{Desk, Refusal, Turn};

/// Trials of one worker: one that it runs, one after that, and one whose end it is telling, which may come later than it asks.
const MOST_HELD: usize = 3;
/// Seconds until a worker asks again while another of its calls is at work.
const BUSY: f64 = 0.5;
/// Seconds until a worker asks again that there is nothing for at the moment.
const IDLE: f64 = 1.0;

impl Desk {
    /// Answers the worker's open trial, or a new one once it is written.
    ///
    /// # Errors
    /// When the worker is of another run of the sweep, or has read other data than the others.
    pub fn ask(&mut self, worker: &str, call: &Ask, now: Timestamp) -> Result<Turn<Asked>, Refusal> {
        self.check_run(&call.run)?;
        self.check_data(call.data.as_ref())?;
        call.held.iter().for_each(|number| self.hands.hear(worker, *number, now));
        if !self.is_open {
            return Ok(leave("the sweep is over or suspended"));
        }
        let own = self.hands.of(worker);
        if let Some(number) = own.iter().copied().find(|number| !call.held.contains(number)) {
            self.hands.hear(worker, number, now);
            return Ok(self.held(number));
        }
        if !own.is_empty() {
            return Ok(self.ahead(worker, now));
        }
        Ok(self.next(worker, now))
    }

    pub(super) fn check_run(&self, run: &str) -> Result<(), Refusal> {
        if self.place.run == run {
            return Ok(());
        }
        Err(super::standing::other_run(run, &self.place.run))
    }

    fn check_data(&mut self, found: Option<&Pinned>) -> Result<(), Refusal> {
        let Some(found) = found else { return Ok(()) };
        let pinned = self.data_digest.get_or_insert_with(|| found.data_digest.clone());
        if *pinned == found.data_digest {
            self.data.get_or_insert_with(|| found.clone());
            return Ok(());
        }
        Err(Refusal::DataChanged(format!(
            "the data have digest {}, those of the sweep's other workers {pinned}: values of different data can't be compared; \
             start a new run of the sweep",
            found.data_digest
        )))
    }

    /// The trial after the one that the worker runs. Anything but a trial means that it asks again when that one has ended.
    fn ahead(&mut self, worker: &str, now: Timestamp) -> Turn<Asked> {
        let has_all = self.hands.of(worker).len() >= MOST_HELD;
        let is_wanted = self.hands.len() <= self.sweep.limits().parallelism as usize;
        if self.learns() || has_all || !is_wanted {
            return Turn::Answer(Asked::Wait { seconds: IDLE });
        }
        match self.sweep.next_beyond(self.clock.elapsed(now)) {
            Action::Start(trial) => Turn::Write(Box::new(self.give(&trial, worker, now))),
            Action::End(_) | Action::Wait => Turn::Answer(Asked::Wait { seconds: IDLE }),
        }
    }

    fn learns(&self) -> bool {
        self.sweep.study().choice().algorithm.learns()
    }

    /// A trial that the worker has already.
    fn held(&self, number: i64) -> Turn<Asked> {
        match self.slips.get(&number) {
            Some(slip) if slip.state == State::Given => Turn::Answer(self.order(number)),
            _ => Turn::Answer(Asked::Wait { seconds: BUSY }),
        }
    }

    pub(super) fn order(&self, number: i64) -> Asked {
        let slip = self.slips.get(&number);
        let trial = self.sweep.study().trial(number);
        Asked::Trial {
            number,
            attempt: slip.map_or(0, |slip| slip.attempt),
            run_id: slip.and_then(|slip| slip.run_id.clone()).unwrap_or_default(),
            parameters: trial.map(|trial| trial.point.to_json()).unwrap_or_default(),
            ahead: !self.learns(),
        }
    }

    fn next(&mut self, worker: &str, now: Timestamp) -> Turn<Asked> {
        if self.hands.len() >= self.sweep.limits().parallelism as usize {
            return leave("fewer workers are asked for");
        }
        match self.sweep.next_beyond(self.clock.elapsed(now)) {
            Action::Start(trial) => Turn::Write(Box::new(self.give(&trial, worker, now))),
            Action::End(ending) => leave(&ending.to_string()),
            // Should a worker be lost later, another is made for its trial: nobody waits with a GPU in hand.
            Action::Wait if !self.has_more() => leave("all trials are given out"),
            Action::Wait => Turn::Answer(Asked::Wait { seconds: IDLE }),
        }
    }

    pub(super) fn give(&mut self, trial: &Trial, worker: &str, now: Timestamp) -> Write {
        // Where a later one stands in MLflow, a leader died while it created this one: it may be there by now.
        let may_be_there = self.slips.last_key_value().is_some_and(|(last, _)| *last > trial.number);
        let suggested = self.suggested(trial.number);
        let slip = self.slips.entry(trial.number).or_default();
        if slip.attempt == 0 {
            slip.suggested = suggested;
            slip.is_doubtful = may_be_there;
        }
        slip.state = State::Giving;
        slip.attempt = slip.attempt.saturating_add(1);
        slip.worker = worker.to_owned();
        let record = record(slip, trial, self.data_digest.clone());
        let write = match &slip.run_id {
            Some(run_id) => write::give(&record, run_id, slip.is_closed),
            None => write::create(&self.place, &record, slip, now),
        };
        slip.is_doubtful = true;
        slip.shown.at = Some(now);
        self.hands.give(worker, trial.number, now);
        write
    }

    /// What the search knew beside the trial itself, where that matters.
    fn suggested(&self, number: i64) -> Option<Suggested> {
        let study = self.sweep.study();
        let others =
            || study.trials().map(|trial| trial.number).filter(|other| *other >= 0 && *other != number);
        let open = study.pending().map(|trial| trial.number).filter(|open| *open != number);
        self.learns().then(|| Suggested::new(others().count() as u64, open))
    }

    /// What stands in the run of a trial that was given out.
    pub(super) fn record(&self, number: i64) -> Option<TrialRecord> {
        let (slip, trial) = (self.slips.get(&number)?, self.sweep.study().trial(number)?);
        Some(record(slip, trial, self.data_digest.clone()))
    }
}

/// What stands in the run of a trial.
fn record(slip: &Slip, trial: &Trial, data: Option<String>) -> TrialRecord {
    TrialRecord {
        number: trial.number,
        attempt: slip.attempt,
        losses: slip.losses,
        worker: slip.worker.clone(),
        data,
        parameters: trial.point.to_json(),
    }
}

fn leave(reason: &str) -> Turn<Asked> {
    Turn::Answer(Asked::Leave { reason: reason.to_owned() })
}
