//! The worker's loop: ask, run, tell, until there is nothing more to do. Where trials are short and the operator allows it, the next one
//! is asked for while one runs, and the end of one is told while the next runs: the time that MLflow takes costs none of theirs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use podium_contract::{Ask, Asked, Pinned, Tell};
use serde_json::{Map, Value};
use tracing::{debug, info, warn};

use super::end::Broken;
use super::trial::Trial;
use super::{Refusal, TrialService};
use crate::failure::Failure;
use crate::run::Stop;

/// Bounds of the time that an operator may have a worker wait, in seconds: it is heard of again before it counts as gone.
const SHORTEST_WAIT: f64 = 0.05;
const LONGEST_WAIT: f64 = 30.0;

/// Runs trials, one at a time, on a thread that may block.
pub trait Runner: Send + Sync + 'static {
    /// Runs one; answers its metrics. `seen` takes the objective step by step, from any thread; once `interrupt` says so
    /// the trial ends.
    ///
    /// # Errors
    /// See [`Broken`].
    fn run(
        &self,
        parameters: &Map<String, Value>,
        seen: &(dyn Fn(u32, f64) + Sync),
        interrupt: &(dyn Fn() -> bool + Sync),
    ) -> Result<BTreeMap<String, f64>, Broken>;
}

/// What a worker is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Key of the sweep's run.
    pub run: String,
    /// The data that were read.
    pub data: Pinned,
    /// Name of the objective among a trial's metrics.
    pub objective: String,
}

/// What a trial's turn has led to.
struct Turn {
    /// Its end, where it is still to be told.
    ended: Option<Tell>,
    /// The next trial, where there is one already.
    following: Option<Trial>,
    /// How long it ran.
    took: Duration,
}

/// A worker.
#[derive(Debug)]
pub struct Worker<R> {
    pub(super) service: TrialService,
    pub(super) runner: Arc<R>,
    pub(super) brief: Brief,
    pub(super) stop: Stop,
}

impl<R: Runner> Worker<R> {
    /// A worker that has read its data.
    pub fn new(service: TrialService, runner: R, brief: Brief, stop: Stop) -> Self {
        Self { service, runner: Arc::new(runner), brief, stop }
    }

    /// Works until the operator sends it away.
    ///
    /// # Errors
    /// SIGTERM; nobody who answers; what no trial could be run with.
    pub async fn work(&self) -> Result<(), Failure> {
        let mut next = self.next().await?;
        let mut ended = None;
        // How long trials take is known from the first one. A long first one gives back what waits for it, by not being heard of.
        let mut took = Duration::ZERO;
        while let Some(trial) = next {
            let is_ahead = trial.ahead && took <= self.service.pace().short;
            let turn = self.turn(&trial, ended.take(), is_ahead).await?;
            took = turn.took;
            next = match turn.following.filter(Trial::is_fresh) {
                Some(following) => {
                    ended = turn.ended;
                    Some(following)
                }
                None => {
                    self.tell(turn.ended).await?;
                    self.next().await?
                }
            };
        }
        Ok(())
    }

    /// Runs a trial; meanwhile tells the end of the one before, and asks for the next one where that may be.
    async fn turn(&self, trial: &Trial, before: Option<Tell>, is_ahead: bool) -> Result<Turn, Failure> {
        let held = before.iter().map(|tell| tell.number).chain([trial.number]).collect();
        let begin = Instant::now();
        let is_here = AtomicBool::new(false);
        let following = async {
            let following = self.following(is_ahead, held).await;
            is_here.store(true, Ordering::SeqCst);
            following
        };
        let run = async {
            let run = async { (self.carry_out(trial).await, begin.elapsed()) };
            let (told, (ran, took)) = tokio::join!(self.tell(before), run);
            told?;
            let ended = ran?;
            if is_here.load(Ordering::SeqCst) {
                return Ok::<_, Failure>((ended, took));
            }
            // Nothing is gained by telling it later.
            self.tell(ended).await?;
            Ok((None, took))
        };
        let (run, following) = tokio::join!(run, following);
        let (ended, took) = run?;
        Ok(Turn { ended, following, took })
    }

    /// The next trial, once there is one; `None` when there will be none.
    async fn next(&self) -> Result<Option<Trial>, Failure> {
        loop {
            match self.stop.or(async { Ok(self.service.ask(&self.question(Vec::new())).await) }).await? {
                Ok(Asked::Trial { number, attempt, run_id, parameters, ahead }) => {
                    debug!(trial = number, attempt, run = run_id, "a trial");
                    return Ok(Some(Trial { number, attempt, parameters, ahead, given: Instant::now() }));
                }
                Ok(Asked::Wait { seconds }) => self.wait(seconds).await?,
                Ok(Asked::Leave { reason }) => {
                    info!(reason, "nothing more to do");
                    return Ok(None);
                }
                Err(refusal @ (Refusal::Conflict(_) | Refusal::Unknown(_))) => {
                    warn!(%refusal, "the sweep has gone on without this worker, it leaves");
                    return Ok(None);
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }

    /// The trial after those that it has, if it may have it already. Whatever else is answered is answered again when it asks in turn.
    async fn following(&self, is_ahead: bool, held: Vec<i64>) -> Option<Trial> {
        if !is_ahead {
            return None;
        }
        match self.stop.or(async { Ok(self.service.ask(&self.question(held)).await) }).await {
            Ok(Ok(Asked::Trial { number, attempt, run_id, parameters, ahead })) => {
                debug!(trial = number, attempt, run = run_id, "a trial, ahead");
                Some(Trial { number, attempt, parameters, ahead, given: Instant::now() })
            }
            Ok(Ok(Asked::Wait { .. } | Asked::Leave { .. }) | Err(_)) | Err(_) => None,
        }
    }

    fn question(&self, held: Vec<i64>) -> Ask {
        Ask { run: self.brief.run.clone(), data: Some(self.brief.data.clone()), held }
    }

    async fn wait(&self, seconds: f64) -> Result<(), Failure> {
        let pause = Duration::from_secs_f64(seconds.clamp(SHORTEST_WAIT, LONGEST_WAIT));
        let sleep = async {
            tokio::time::sleep(pause).await;
            Ok(())
        };
        self.stop.or(sleep).await
    }
}
