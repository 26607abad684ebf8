//! A worker of a sweep: data and torch are loaded once, then trials run as long as the operator has some.

use std::collections::BTreeMap;

use podium_contract::{Exit, JobDocument, Search, TRIAL_TOKEN_PATH};
use rayon::ThreadPool;
use serde_json::{Map, Value};
use tracing::info;

use super::Stop;
use super::compute::{blocking, read};
use super::engine::Engine;
use crate::failure::Failure;
use crate::fit::Surroundings;
use crate::machine::{data_limit, pool};
use crate::stage::Trials;
use crate::worker::{Brief, Broken, Pace, Resolver, Runner, TrialService, Worker};

/// Works for a sweep until the operator sends the worker away.
///
/// # Errors
/// What data, specification or device are at fault for before any trial; a stop; nobody who has trials.
pub(super) async fn search(document: &JobDocument, search: &Search, stop: &Stop) -> Result<(), Failure> {
    let engine = Engine::of(&search.candidate)?;
    let pool = pool(document.threads)?;
    let bytes = stop.or(read(document)).await?;
    info!(bytes = bytes.len(), "the data are read");
    let (owned, told) = (document.clone(), search.clone());
    // Half of what is left to the data: models and predictions need room as well.
    let memory = data_limit() / 2;
    let load = move || {
        let trials = pool.install(|| Trials::read(bytes, owned, &told, memory))?;
        Ok(Local { trials, pool, engine })
    };
    let runner = stop.or(blocking(load)).await?;
    let service = TrialService::new(&search.service, TRIAL_TOKEN_PATH, Resolver::System, Pace::default())?;
    let brief = Brief {
        run: document.owner.run.clone(),
        data: runner.trials.pinned(),
        objective: runner.trials.objective().to_owned(),
    };
    info!(digest = brief.data.data_digest, objective = brief.objective, "ready for trials");
    Worker::new(service, runner, brief, stop.clone()).work().await
}

/// Runs trials on this machine.
struct Local {
    trials: Trials,
    pool: ThreadPool,
    engine: Engine,
}

impl Runner for Local {
    fn run(
        &self,
        parameters: &Map<String, Value>,
        seen: &(dyn Fn(u32, f64) + Sync),
        interrupt: &(dyn Fn() -> bool + Sync),
    ) -> Result<BTreeMap<String, f64>, Broken> {
        let around = Surroundings {
            pool: &self.pool,
            interrupt,
            watch: &|_, _| (),
            torch: self.engine.torch(),
            device: self.engine.device,
        };
        self.trials.run(parameters, &around, seen).map_err(broken)
    }
}

/// Parameters, and what they make of these data, are the trial's fault. A device that has gone is missed by the next one too.
fn broken(failure: Failure) -> Broken {
    match failure {
        Failure::Stopped => Broken::Interrupted,
        Failure::Permanent { exit: Exit::DeviceMissing, .. }
        | Failure::Permanent { reason: "TorchMissing", .. }
        | Failure::Temporary(_) => Broken::Worker(failure),
        other => Broken::Trial(other.to_string()),
    }
}
