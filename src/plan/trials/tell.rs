//! A worker tells how its trial ended.

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Tell, Told, TrialEnd};
use podium_tuning::sweep::{End, Failure};

use super::show::Shown;
use super::slip::State;
use super::write::{self, Ending, Kind, Write, Written};
use super::{Desk, Refusal, Turn};

impl Desk {
    /// Takes the end of a trial: the first that is accepted counts, once it is written.
    ///
    /// # Errors
    /// When there is no such trial, somebody else has it by now, or its end is being written.
    pub fn tell(&mut self, worker: &str, call: &Tell, now: Timestamp) -> Result<Turn<Told>, Refusal> {
        self.check_run(&call.run)?;
        self.hands.hear(worker, call.number, now);
        self.check_holder(worker, call.number, call.attempt)?;
        let Some(slip) = self.slips.get_mut(&call.number) else {
            return Err(super::report::unknown(call.number));
        };
        match slip.state {
            State::Given => {}
            State::Ended => return Ok(Turn::Answer(Told::Repeated)),
            State::Ending | State::Giving => return Err(Refusal::NotReady),
            State::Free => return Err(super::report::taken(call.number, call.attempt)),
        }
        let news = slip.note(&call.steps);
        slip.seconds = Some(call.seconds).filter(|seconds| seconds.is_finite());
        slip.metrics = call.metrics.iter().map(|(name, value)| (name.clone(), value.0)).collect();
        for step in news {
            // What a stopper would say comes too late.
            let _ = self.sweep.report(call.number, step.step, step.value.0);
        }
        Ok(Turn::Write(Box::new(self.ending(call.number, call.end.clone(), now))))
    }

    /// What is written about the end of a trial that has a run.
    pub(super) fn ending(&mut self, number: i64, end: TrialEnd, now: Timestamp) -> Write {
        let parameters =
            self.sweep.study().trial(number).map(|trial| trial.point.to_json()).unwrap_or_default();
        let cut = self.sweep.cut(number).copied().filter(|_| end == TrialEnd::Stopped);
        let metric = self.sweep.metric().to_owned();
        let slip = self.slips.entry(number).or_default();
        slip.state = State::Ending;
        let run_id = slip.run_id.clone().unwrap_or_default();
        write::end(Ending {
            number,
            slip,
            run_id: &run_id,
            end,
            cut,
            metric: &metric,
            parameters: &parameters,
            is_logged: self.own_jobs,
            now,
        })
    }

    /// What was to be written stands in MLflow; `run_id` is that of a run that was created or found.
    pub fn written(&mut self, write: &Write, run_id: Option<String>) -> Written {
        match &write.kind {
            Kind::Give => {
                let slip = self.slips.entry(write.number).or_default();
                slip.run_id = run_id.or_else(|| slip.run_id.take());
                slip.is_closed = false;
                if slip.state == State::Giving && slip.attempt == write.attempt {
                    slip.state = State::Given;
                }
                Written::Given(self.order(write.number))
            }
            Kind::End(end) => {
                self.conclude(write.number, end);
                self.file_away(write.number, &write.effect);
                Written::Ended
            }
        }
    }

    /// It does not, or nobody knows. The trial is as it was; nothing was answered.
    pub fn not_written(&mut self, write: &Write) {
        let Some(slip) = self.slips.get_mut(&write.number) else { return };
        if slip.attempt != write.attempt {
            return;
        }
        match write.kind {
            Kind::Give if slip.state == State::Giving => {
                slip.state = State::Free;
                let worker = slip.worker.clone();
                self.hands.take(&worker, write.number);
                self.sweep.lost(write.number);
            }
            Kind::End(_) if slip.state == State::Ending => {
                // Told again by its worker, if it has one; else by whoever found it lost.
                slip.state = State::Given;
            }
            Kind::Give | Kind::End(_) => {}
        }
    }

    fn conclude(&mut self, number: i64, end: &TrialEnd) {
        let Some(slip) = self.slips.get_mut(&number) else { return };
        slip.state = State::Ended;
        slip.is_closed = true;
        slip.shown = Shown::default();
        let worker = slip.worker.clone();
        self.hands.take(&worker, number);
        // Refused only for a trial that ended before, which no slip in this state is.
        let _ = self.sweep.tell(number, course_end(end));
    }
}

/// The end in the words of the sweep's course.
pub(super) fn course_end(end: &TrialEnd) -> End {
    match end {
        TrialEnd::Complete { value } => End::Complete(value.0),
        TrialEnd::Stopped => End::Stopped,
        TrialEnd::NoObjective { logged } => {
            End::Failed(Failure::NoObjective { logged: logged.iter().cloned().collect() })
        }
        TrialEnd::Failed { message } => End::Failed(Failure::Broken(message.clone())),
    }
}
