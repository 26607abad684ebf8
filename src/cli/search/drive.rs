//! The course of one session: starts trials, hears them, stops them, keeps the journal. What happens next is the sweep's decision.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use podium_search::{State, Trial};
use podium_tuning::report::{Details, Report};
use podium_tuning::sweep::{Action, End, Ending, Reported};

use super::SearchError;
use super::command::Template;
use super::folder::Folder;
use super::line::Line;
use super::metrics::Measurement;
use super::process::Event;
use super::resume::{Session, now};
use super::screen::{Screen, View};
use super::signals;
use super::trial::RunningTrial;

/// Time between two looks at what trials log.
const TICK: Duration = Duration::from_millis(50);

/// A session and what runs in it.
pub(super) struct Driver<'a> {
    session: Session,
    folder: &'a Folder,
    template: &'a Template,
    grace: Duration,
    running: BTreeMap<i64, RunningTrial>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    started: Instant,
}

impl<'a> Driver<'a> {
    /// A session that has not begun.
    pub fn new(session: Session, folder: &'a Folder, template: &'a Template, grace: Duration) -> Self {
        let (sender, events) = mpsc::channel();
        let running = BTreeMap::new();
        Self { session, folder, template, grace, running, sender, events, started: Instant::now() }
    }

    /// Runs trials until the sweep ends, or a signal comes: then there is no ending. Nothing runs any more afterwards.
    pub fn run(&mut self, screen: &mut Screen, out: &mut impl Write) -> Result<Option<Ending>, SearchError> {
        signals::forward(self.sender.clone())?;
        let ending = loop {
            if let Some(ending) = self.start_trials()? {
                break Some(ending);
            }
            screen.draw(&self.view(), out)?;
            match self.events.recv_timeout(TICK) {
                Ok(Event::Signal) => break None,
                Ok(Event::Exited(number)) => self.ended(number, screen, out)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.look()?;
            self.kill_overdue();
        };
        screen.finish(&self.view(), out)?;
        self.stop_trials()?;
        let reason = ending.as_ref().map_or_else(|| "interrupted".to_owned(), ToString::to_string);
        let elapsed = self.elapsed().as_secs_f64();
        self.session.journal.write_durably(&Line::Pause { at: now(), elapsed, reason })?;
        Ok(ending)
    }

    /// What was found so far.
    pub fn report(&self, name: &str, ending: Option<Ending>) -> Report {
        let elapsed = self.elapsed().as_secs_f64();
        Report::new(name, &self.session.sweep, &self.session.details, ending, elapsed)
    }

    fn elapsed(&self) -> Duration {
        self.session.elapsed + self.started.elapsed()
    }

    fn start_trials(&mut self) -> Result<Option<Ending>, SearchError> {
        loop {
            match self.session.sweep.next_action(self.elapsed()) {
                Action::Start(trial) => self.start(&trial)?,
                Action::Wait => return Ok(None),
                Action::End(ending) => return Ok(Some(ending)),
            }
        }
    }

    fn start(&mut self, trial: &Trial) -> Result<(), SearchError> {
        let number = trial.number;
        // Its number and parameters are kept before anybody can have seen them.
        self.session.journal.write_durably(&Line::Start {
            number,
            at: now(),
            elapsed: self.elapsed().as_secs_f64(),
            parameters: trial.point.to_json(),
        })?;
        let running = RunningTrial::start(
            &self.template.fill(&trial.point),
            (number, &trial.point),
            self.session.sweep.study().space(),
            &self.folder.trial(number),
            self.sender.clone(),
        )?;
        self.running.insert(number, running);
        Ok(())
    }

    fn look(&mut self) -> Result<(), SearchError> {
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

    fn ended(&mut self, number: i64, screen: &mut Screen, out: &mut impl Write) -> Result<(), SearchError> {
        if let Some((end, details)) = self.collect(number)? {
            self.tell(number, end, details)?;
            screen.ended(&self.session.sweep, number, out)?;
        }
        Ok(())
    }

    /// The end of a trial whose process has ended.
    fn collect(&mut self, number: i64) -> Result<Option<(End, Details)>, SearchError> {
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

    fn tell(&mut self, number: i64, end: End, details: Details) -> Result<(), SearchError> {
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

    fn kill_overdue(&mut self) {
        let now = Instant::now();
        self.running.values_mut().for_each(|trial| trial.process.kill_when_due(now));
    }

    /// Ends all that runs. A trial that comes to its own end meanwhile has a result; the others have none, and will run again
    /// should the search go on.
    fn stop_trials(&mut self) -> Result<(), SearchError> {
        self.running.values_mut().for_each(|trial| trial.process.terminate(self.grace));
        while !self.running.is_empty() {
            match self.events.recv_timeout(TICK) {
                // Asked twice: no more patience.
                Ok(Event::Signal) => self.running.values().for_each(|trial| trial.process.kill()),
                Ok(Event::Exited(number)) => match self.collect(number)? {
                    Some((end @ (End::Complete(_) | End::Stopped), details)) => {
                        self.tell(number, end, details)?
                    }
                    _ => self.session.sweep.lost(number),
                },
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.kill_overdue(),
            }
        }
        Ok(())
    }

    fn view(&self) -> View<'_> {
        View { sweep: &self.session.sweep, running: &self.running, elapsed: self.elapsed() }
    }
}
