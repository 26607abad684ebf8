//! What trials say and how they end: told to the sweep, kept in the journal.

use podium_search::State;
use podium_tuning::report::Details;
use podium_tuning::sweep::{End, Reported};

use super::SearchError;
use super::drive::Driver;
use super::line::Line;
use super::metrics::Measurement;
use super::resume::now;

impl Driver<'_> {
    /// Takes what running trials have logged since the last look.
    pub(super) fn look(&mut self) -> Result<(), SearchError> {
        let numbers: Vec<i64> = self.running.keys().copied().collect();
        for number in numbers {
            let Some(trial) = self.running.get_mut(&number) else { continue };
            let found = trial.look()?;
            self.take(number, found)?;
        }
        Ok(())
    }

    /// Takes what a running trial has logged; asks it to stop when the sweep says so.
    fn take(&mut self, number: i64, found: Vec<Measurement>) -> Result<(), SearchError> {
        for Measurement { metric, value, step } in found {
            let Some(trial) = self.running.get_mut(&number) else { return Ok(()) };
            let is_objective = metric == self.session.sweep.metric();
            trial.metrics.insert(metric, value);
            match step {
                Some(step) if is_objective && trial.steps.insert(step) => {
                    self.report_step(number, step, value)?
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn report_step(&mut self, number: i64, step: i64, value: f64) -> Result<(), SearchError> {
        let was_cut = self.session.sweep.cut(number).is_some();
        let answer = self.session.sweep.report(number, step, value)?;
        if was_cut {
            return Ok(());
        }
        let value = value.is_finite().then_some(value);
        self.session.journal.write(&Line::Report { number, step, value })?;
        if let (Reported::Stop(cut), Some(trial)) = (answer, self.running.get_mut(&number)) {
            trial.process.terminate(self.grace);
            self.session.journal.write(&Line::Stop { number, cut })?;
        }
        Ok(())
    }

    /// Takes the end of a trial whose process has ended.
    pub(super) fn hear_end(&mut self, number: i64) -> Result<(), SearchError> {
        match self.collect(number)? {
            Some((end, details)) => self.tell(number, end, details),
            None => Ok(()),
        }
    }

    /// The end of a trial whose process has ended.
    pub(super) fn collect(&mut self, number: i64) -> Result<Option<(End, Details)>, SearchError> {
        // What it says last is evidence, but no longer a reason to stop it: it has come to its end.
        let is_cut = self.session.sweep.cut(number).is_some();
        let Some(trial) = self.running.get_mut(&number) else { return Ok(None) };
        let seconds = trial.started.elapsed().as_secs_f64();
        let found = trial.last_look()?;
        self.take(number, found)?;
        let Some(trial) = self.running.remove(&number) else { return Ok(None) };
        let metrics = trial.metrics.iter().filter(|(_, value)| value.is_finite());
        let metrics = metrics.map(|(name, value)| (name.clone(), *value)).collect();
        let end = trial.end(self.session.sweep.metric())?;
        // Who ends well on SIGTERM has not come to its end: its last value is no result.
        Ok(Some((if is_cut { End::Stopped } else { end }, Details { seconds: Some(seconds), metrics })))
    }

    /// Takes the end of a trial, and keeps it.
    pub(super) fn tell(&mut self, number: i64, end: End, details: Details) -> Result<(), SearchError> {
        self.session.sweep.tell(number, end)?;
        let sweep = &self.session.sweep;
        let Some(State::Finished(outcome)) = sweep.study().trial(number).map(|trial| trial.state) else {
            return Ok(());
        };
        self.session.journal.write_durably(&Line::End {
            number,
            at: now(),
            elapsed: self.elapsed().as_secs_f64(),
            seconds: details.seconds.unwrap_or_default(),
            outcome,
            failure: sweep.failure(number).cloned(),
            metrics: details.metrics.clone(),
        })?;
        self.session.details.insert(number, details);
        Ok(())
    }
}
