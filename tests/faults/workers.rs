//! Workers of sweeps, each in a pod: they ask the operator of now for trials, and tell it what these came to. What they have in hand outlives
//! the operator.

use std::collections::{BTreeMap, BTreeSet};

use podium::plan::trials::{Refusal, Worker};
use podium::reconcile::Context;
use podium_contract::{Ask, Asked, Pinned, Real, Task, Tell, TrialEnd};
use serde_json::{Map, Value};

use crate::api_server::Id;
use crate::state::State;

/// A trial in a worker's hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub number: i64,
    pub attempt: u32,
    pub parameters: Map<String, Value>,
}

/// What workers have in hand, and did.
#[derive(Debug, Clone, Default)]
pub struct Workers {
    /// Trials by the worker's Job: the one that it runs, then the one that waits for its turn.
    pub held: BTreeMap<String, Vec<Held>>,
    /// Jobs of workers that were sent away.
    pub left: BTreeSet<String>,
    /// Trials from this number on take for ever.
    pub hold_from: Option<i64>,
    /// Whether they ask for the next trial while they run one.
    pub ahead: bool,
}

/// A worker at its pod's work.
#[derive(Debug, Clone)]
pub struct Caller {
    pub worker: Worker,
    pub run: String,
}

impl State {
    /// Workers whose pods run, in the order of their Jobs.
    pub fn callers(&self) -> Vec<Caller> {
        let jobs = self.cluster.all("jobs").into_iter().filter(|(id, job)| self.is_at_work(id, job));
        jobs.map(|(id, job)| caller(id, &job)).collect()
    }

    /// Workers of a sweep that have a trial in hand, and the trial, in the order of its number.
    pub fn holders(&self, sweep: &str) -> Vec<(Caller, Held)> {
        let callers = self.cluster.all("jobs").into_iter().map(|(id, job)| caller(id, &job));
        let own = callers.filter(|caller| caller.worker.sweep == sweep);
        let held = own.filter_map(|caller| {
            let held = self.workers.held.get(&caller.worker.job)?.first()?.clone();
            Some((caller, held))
        });
        let mut held: Vec<_> = held.collect();
        held.sort_by_key(|(_, held)| held.number);
        held
    }

    fn is_at_work(&self, id: &Id, job: &Value) -> bool {
        let pod = Id::new("pods", &id.namespace, &format!("{}-pod", id.name));
        let runs = self.cluster.get(&pod).is_some_and(|pod| pod["status"]["phase"] == "Running");
        let is_worker = job["metadata"]["labels"]["podium.dev/stage"] == "Search";
        let held = self.workers.held.get(&id.name).and_then(|held| held.first()).map(|held| held.number);
        let is_busy = held.zip(self.workers.hold_from).is_some_and(|(number, from)| number >= from);
        is_worker && runs && job["status"].is_null() && !self.workers.left.contains(&id.name) && !is_busy
    }
}

fn caller(id: Id, job: &Value) -> Caller {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owner = &job["metadata"]["ownerReferences"][0];
    Caller {
        run: text(&job["metadata"]["labels"]["podium.dev/run"]),
        worker: Worker {
            namespace: id.namespace,
            sweep: text(&owner["name"]),
            sweep_uid: text(&owner["uid"]),
            job: id.name,
        },
    }
}

/// What came of a worker's turn.
pub enum Turn {
    /// Something did.
    Changed,
    /// Nothing: it tries again later.
    Idle,
}

/// One call of a worker: it asks when it has nothing in hand, and ahead where it does; else what it runs is told.
pub async fn call(
    context: &Context,
    caller: &Caller,
    mut held: Vec<Held>,
    ahead: bool,
) -> (Turn, Vec<Held>, bool) {
    if held.is_empty() || (ahead && held.len() == 1) {
        let (turn, next, leaves) = ask(context, caller, &held).await;
        if held.is_empty() || next.is_some() {
            held.extend(next);
            return (turn, held, leaves);
        }
    }
    match context.tell(&caller.worker, &tell(caller, &held[0])).await {
        Ok(_) | Err(Refusal::Conflict(_) | Refusal::Unknown(_)) => {
            held.remove(0);
            (Turn::Changed, held, false)
        }
        Err(_) => (Turn::Idle, held, false),
    }
}

async fn ask(context: &Context, caller: &Caller, held: &[Held]) -> (Turn, Option<Held>, bool) {
    let data = Some(Pinned { data_digest: "data".into(), task: Task::BinaryClassification });
    let held = held.iter().map(|held| held.number).collect();
    match context.ask(&caller.worker, &Ask { run: caller.run.clone(), data, held }).await {
        Ok(Asked::Trial { number, attempt, parameters, .. }) => {
            (Turn::Changed, Some(Held { number, attempt, parameters }), false)
        }
        Ok(Asked::Leave { .. }) | Err(Refusal::Conflict(_)) => (Turn::Changed, None, true),
        Ok(Asked::Wait { .. }) | Err(_) => (Turn::Idle, None, false),
    }
}

/// The value is the parameter itself: so what a trial came to says which it was.
pub fn tell(caller: &Caller, held: &Held) -> Tell {
    let value = held.parameters.values().next().and_then(Value::as_f64).unwrap();
    Tell {
        run: caller.run.clone(),
        number: held.number,
        attempt: held.attempt,
        end: TrialEnd::Complete { value: Real(value) },
        steps: Vec::new(),
        metrics: BTreeMap::new(),
        seconds: 0.0,
    }
}
