//! One trial, from the answer that gave it out to the one that its end is known.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use podium_contract::{Real, Report, Tell, TrialEnd};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::Refusal;
use super::board::Board;
use super::end::{Broken, Ran, end};
use super::reports::{Verdict, report_until_over};
use super::work::{Runner, Worker};
use crate::failure::Failure;

/// Half the time after which the operator takes a trial of which it hears nothing for lost.
const FRESH: Duration = Duration::from_secs(30);

/// A trial as it was given out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trial {
    pub number: i64,
    pub attempt: u32,
    pub parameters: Map<String, Value>,
    /// Whether the next one may be asked for while it runs.
    pub ahead: bool,
    /// When the answer came.
    pub given: Instant,
}

impl Trial {
    /// Whether it is the worker's own for certain: one that waited for its turn too long may be somebody else's, and is asked for again.
    pub fn is_fresh(&self) -> bool {
        self.given.elapsed() < FRESH
    }
}

impl<R: Runner> Worker<R> {
    /// Runs a trial; the end that is to be told, unless the trial is somebody else's by now.
    pub(super) async fn carry_out(&self, trial: &Trial) -> Result<Option<Tell>, Failure> {
        let start = Instant::now();
        let board = Arc::new(Board::default());
        let mut fit = self.start(trial, &board);
        let report = Report {
            run: self.brief.run.clone(),
            number: trial.number,
            attempt: trial.attempt,
            steps: Vec::new(),
        };
        let reports = report_until_over(&self.service, &board, report);
        let (end, metrics) = tokio::select! {
            biased;
            ran = &mut fit => end(ran_of(ran), &self.brief.objective)?,
            verdict = reports => {
                board.end();
                let ran = ran_of(fit.await);
                match verdict {
                    Verdict::Stop => stopped(ran)?,
                    Verdict::Drop => return Ok(None),
                    Verdict::Gone(refusal) => return Err(refusal.into()),
                }
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        info!(trial = trial.number, ?end, seconds, "the trial has ended");
        Ok(Some(Tell {
            run: self.brief.run.clone(),
            number: trial.number,
            attempt: trial.attempt,
            end,
            steps: board.from(0),
            metrics,
            seconds,
        }))
    }

    fn start(&self, trial: &Trial, board: &Arc<Board>) -> JoinHandle<Ran> {
        let (runner, parameters) = (Arc::clone(&self.runner), trial.parameters.clone());
        let (board, stop) = (Arc::clone(board), self.stop.clone());
        tokio::task::spawn_blocking(move || {
            let seen = |step, value| board.write(step, value);
            runner.run(&parameters, &seen, &|| board.is_over() || stop.is_asked())
        })
    }

    /// Told until it is known. SIGTERM does not end that: its grace is for the result.
    pub(super) async fn tell(&self, ended: Option<Tell>) -> Result<(), Failure> {
        let Some(tell) = ended else { return Ok(()) };
        match self.service.tell(&tell).await {
            Ok(_) => Ok(()),
            Err(refusal @ (Refusal::Conflict(_) | Refusal::Unknown(_))) => {
                warn!(trial = tell.number, %refusal, "the end of the trial is not wanted any more");
                Ok(())
            }
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// The end of a trial that was told to stop; that it came to an end by itself in the same moment does not count.
fn stopped(ran: Ran) -> Result<(TrialEnd, BTreeMap<String, Real>), Failure> {
    match ran {
        Err(Broken::Worker(failure)) => Err(failure),
        _ => Ok((TrialEnd::Stopped, BTreeMap::new())),
    }
}

/// A panic is a bug of ours, and this trial's alone: the next one may do well.
fn ran_of(ran: Result<Ran, tokio::task::JoinError>) -> Ran {
    ran.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => Err(Broken::Trial(format!("the trainer has a bug: {}", text(panic.as_ref())))),
        Err(error) => Err(Broken::Worker(Failure::Temporary(error.to_string()))),
    })
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
