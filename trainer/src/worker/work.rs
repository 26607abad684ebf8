//! The worker's loop: ask, run, tell, until there is nothing more to do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use podium_contract::{Ask, Asked, Pinned};
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
        let ask = Ask { run: self.brief.run.clone(), data: Some(self.brief.data.clone()) };
        loop {
            let asked = self.stop.or(async { Ok(self.service.ask(&ask).await) }).await?;
            match asked {
                Ok(Asked::Trial { number, attempt, run_id, parameters }) => {
                    debug!(trial = number, attempt, run = run_id, "a trial");
                    self.carry_out(Trial { number, attempt, parameters }).await?;
                }
                Ok(Asked::Wait { seconds }) => self.wait(seconds).await?,
                Ok(Asked::Leave { reason }) => {
                    info!(reason, "nothing more to do");
                    return Ok(());
                }
                Err(refusal @ (Refusal::Conflict(_) | Refusal::Unknown(_))) => {
                    warn!(%refusal, "the sweep has gone on without this worker, it leaves");
                    return Ok(());
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
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
