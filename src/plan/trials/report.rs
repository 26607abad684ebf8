//! A worker reports steps of its trial, or that it is alive.

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Report, Reported};
use podium_tuning::sweep as course;

use super::slip::State;
use super::{Desk, Refusal};

impl Desk {
    /// Takes values step by step, and says whether the trial goes on. Nothing of it needs to be written first: a worker
    /// repeats what it reported to the next leader, and with the end of the trial.
    ///
    /// # Errors
    /// When there is no such trial, or somebody else has it by now.
    pub fn report(&mut self, worker: &str, call: &Report, now: Timestamp) -> Result<Reported, Refusal> {
        self.check_run(&call.run)?;
        self.hands.hear(worker, call.number, now);
        self.check_holder(worker, call.number, call.attempt)?;
        if !self.is_open {
            return Ok(Reported::Drop);
        }
        let Some(slip) = self.slips.get_mut(&call.number) else { return Err(unknown(call.number)) };
        match slip.state {
            State::Given => {}
            // Its end is being written, or was: the report is late.
            State::Ending | State::Ended => return Ok(Reported::Continue),
            State::Free | State::Giving => return Err(taken(call.number, call.attempt)),
        }
        let news = slip.note(&call.steps);
        let mut answer = self.sweep.cut(call.number).map_or(Reported::Continue, |_| Reported::Stop);
        for step in news {
            let said = self.sweep.report(call.number, step.step, step.value.0);
            if let Ok(course::Reported::Stop(_)) = said {
                answer = Reported::Stop;
            }
        }
        Ok(answer)
    }

    /// Whether the trial was given to this worker in this attempt. One that it has told is still its own.
    pub(super) fn check_holder(&self, worker: &str, number: i64, attempt: u32) -> Result<(), Refusal> {
        let Some(slip) = self.slips.get(&number) else { return Err(unknown(number)) };
        let is_own = slip.worker == worker && slip.attempt == attempt && slip.state != State::Free;
        if is_own { Ok(()) } else { Err(taken(number, attempt)) }
    }
}

pub(super) fn unknown(number: i64) -> Refusal {
    Refusal::Unknown(format!("trial {number} was never given out"))
}

pub(super) fn taken(number: i64, attempt: u32) -> Refusal {
    Refusal::Conflict(format!(
        "attempt {attempt} of trial {number} counts no longer: its worker was taken for lost, and the trial was given out again"
    ))
}
