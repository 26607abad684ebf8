//! Takes what trials report and how they end.

use podium_search::stop::{Progress, Verdict};
use podium_search::{Outcome, State, TellError, Told};

use super::{Cut, End, Failure, Sweep};

/// The answer to a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reported {
    /// The trial goes on.
    Continue,
    /// The trial is to stop; said again at each further report until it ended.
    Stop(Cut),
    /// The trial ended before, or is not of this space: the report changed nothing.
    Ended,
}

impl Sweep {
    /// Takes the objective of a trial at a step, and judges the trial. Of two reports of one step the first counts.
    ///
    /// # Errors
    /// When no such trial was given out.
    pub fn report(&mut self, number: i64, step: i64, value: f64) -> Result<Reported, TellError> {
        let Some(trial) = self.study.trial(number) else { return Err(TellError::Unknown { number }) };
        if trial.state != State::Pending {
            return Ok(Reported::Ended);
        }
        if let Some(cut) = self.cuts.get(&number) {
            return Ok(Reported::Stop(*cut));
        }
        let cut = self.note(number, step, value).and_then(|place| self.judge(place, step));
        Ok(match cut {
            None => Reported::Continue,
            Some(cut) => {
                self.cuts.insert(number, cut);
                Reported::Stop(cut)
            }
        })
    }

    /// Takes the end of a trial: the first one that is accepted counts.
    ///
    /// # Errors
    /// When no such trial was given out, or it ended otherwise before.
    pub fn tell(&mut self, number: i64, end: End) -> Result<Told, TellError> {
        let (outcome, failure) = self.settle(number, end);
        let told = self.study.tell(number, outcome)?;
        self.finish(number, outcome, failure);
        Ok(told)
    }

    /// Where a new report was put; none when the step was reported before.
    pub(super) fn note(&mut self, number: i64, step: i64, value: f64) -> Option<usize> {
        self.track(number);
        let value = self.goal().minimised(value);
        let place = *self.places.get(&number)?;
        self.progress.get_mut(place)?.report(step, value).then_some(place)
    }

    /// What the outcome of an end does to the records beside the study.
    pub(super) fn finish(&mut self, number: i64, outcome: Outcome, failure: Option<Failure>) {
        self.running.remove(&number);
        if !matches!(outcome, Outcome::Pruned { .. }) {
            // It came to its own end before it heard.
            self.cuts.remove(&number);
        }
        if let Some(failure) = failure {
            self.failures.entry(number).or_insert(failure);
        }
        if let (Outcome::Complete(_), Some(progress)) = (outcome, self.progress_mut(number)) {
            progress.complete();
        }
    }

    fn progress_mut(&mut self, number: i64) -> Option<&mut Progress> {
        self.progress.get_mut(*self.places.get(&number)?)
    }

    fn judge(&self, place: usize, step: i64) -> Option<Cut> {
        let trial = self.progress.get(place)?;
        match self.stopping.rule?.verdict(trial, step, &self.progress) {
            Verdict::Continue => None,
            Verdict::Stop { value, bound, among } => {
                let own = |value| self.goal().minimised(value);
                Some(Cut::Behind { step, value: own(value), bound: own(bound), among })
            }
            Verdict::Fail => Some(Cut::NotFinite { step }),
        }
    }

    fn settle(&self, number: i64, end: End) -> (Outcome, Option<Failure>) {
        match end {
            End::Complete(value) if value.is_finite() => (Outcome::Complete(value), None),
            End::Complete(_) => (Outcome::Failed, Some(Failure::NotFinite)),
            End::Failed(failure) => (Outcome::Failed, Some(failure)),
            End::Stopped => match self.last_report(number) {
                Some((step, value)) if value.is_finite() => (Outcome::Pruned { step, value }, None),
                Some(_) => (Outcome::Failed, Some(Failure::NotFinite)),
                None => {
                    let words = "stopped before it reported anything".to_owned();
                    (Outcome::Failed, Some(Failure::Broken(words)))
                }
            },
        }
    }
}
