//! The course of one session: starts trials, waits, stops them. What happens next is the sweep's decision.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use podium_search::Trial;
use podium_tuning::report::Report;
use podium_tuning::sweep::{Action, End, Ending};

use super::SearchError;
use super::folder::Folder;
use super::line::Line;
use super::process::Event;
use super::resume::{Session, now};
use super::screen::{Screen, View};
use super::signals;
use super::trial::RunningTrial;
use crate::domain::sweep::Template;

/// Time between two looks at what trials log.
const TICK: Duration = Duration::from_millis(50);

/// A session and what runs in it.
pub(super) struct Driver<'a> {
    pub(super) session: Session,
    folder: &'a Folder,
    template: &'a Template,
    pub(super) grace: Duration,
    pub(super) running: BTreeMap<i64, RunningTrial>,
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
                Ok(Event::Exited(number)) => {
                    self.hear_end(number)?;
                    screen.ended(&self.session.sweep, number, out)?;
                }
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

    pub(super) fn elapsed(&self) -> Duration {
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

    fn kill_overdue(&mut self) {
        let now = Instant::now();
        self.running.values_mut().for_each(|trial| trial.process.kill_when_due(now));
    }

    /// Ends all that runs. What has ended by itself by now has a result; the others have none, and will run again should the
    /// search go on: whoever ends well on SIGTERM has not come to its end.
    fn stop_trials(&mut self) -> Result<(), SearchError> {
        while let Ok(event) = self.events.try_recv() {
            if let Event::Exited(number) = event {
                self.hear_end(number)?;
            }
        }
        self.running.values_mut().for_each(|trial| trial.process.terminate(self.grace));
        while !self.running.is_empty() {
            match self.events.recv_timeout(TICK) {
                // Asked twice: no more patience.
                Ok(Event::Signal) => self.running.values().for_each(|trial| trial.process.kill()),
                Ok(Event::Exited(number)) => match self.collect(number)? {
                    Some((End::Stopped, details)) => self.tell(number, End::Stopped, details)?,
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
