//! The loop around an operator: watches that wake it, pods that go on, time that passes when nothing else does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium::cluster::watch::Key;
use podium::settings::Settings;
use podium::telemetry::Metrics;
use serde_json::Value;

use crate::api_server::{Id, Store};
use crate::injector::Letter;
use crate::operator::Operator;
use crate::state::{Shared, State};
use crate::workers::{Turn, call};
use crate::{clock, sample};

/// Turns of the loop after which it is clear that it never ends.
const MOST: usize = 20_000;

/// An object to be reconciled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    Pipeline(String, String),
    Sweep(String, String),
    Version(String, String),
}

/// A world with its operator at a moment between two reconciles.
#[derive(Clone)]
pub struct Snapshot {
    pub step: usize,
    pub state: State,
    ready: BTreeSet<Wake>,
    due: BTreeMap<Wake, Timestamp>,
}

/// The fakes and the operator on them.
pub struct World {
    pub shared: Shared,
    pub settings: Settings,
    /// What each process counted, the living one's last.
    pub metrics: Vec<Metrics>,
    operator: Operator,
    started: u32,
    ready: BTreeSet<Wake>,
    due: BTreeMap<Wake, Timestamp>,
    /// Objects that were looked at when they were due, and nothing was written since.
    silent: BTreeSet<Wake>,
    /// Moments to come back to, while they are recorded.
    pub snapshots: Option<Vec<Snapshot>>,
    /// The step of a script that is played.
    pub step: usize,
}

impl World {
    /// An empty world.
    pub fn new() -> Self {
        Self::around(State::new())
    }

    /// A world at a moment that was recorded.
    pub fn at(snapshot: &Snapshot) -> Self {
        let mut world = Self::around(snapshot.state.clone());
        world.ready.clone_from(&snapshot.ready);
        world.due.clone_from(&snapshot.due);
        world.step = snapshot.step;
        world
    }

    fn around(state: State) -> Self {
        let shared: Shared = Arc::new(Mutex::new(state));
        let settings = sample::settings();
        let operator = Operator::start(0, &shared, &settings);
        Self {
            shared,
            settings,
            metrics: vec![operator.context.metrics.clone()],
            operator,
            started: 0,
            ready: BTreeSet::new(),
            due: BTreeMap::new(),
            silent: BTreeSet::new(),
            snapshots: None,
            step: 0,
        }
    }

    /// Looks at or changes the world as somebody beside the operator.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.shared.lock().unwrap())
    }

    /// Another operator process: what the one before knew is lost, and it sees everything anew.
    pub fn restart(&mut self) {
        self.with(|state| state.injector.dead.insert(self.operator.process.number));
        self.started += 1;
        self.operator = Operator::start(self.started, &self.shared, &self.settings);
        self.metrics.push(self.operator.context.metrics.clone());
        self.due.clear();
        let all = self.with(|state| {
            let kinds = ["trainingpipelines", "hyperparametersweeps", "modelversions"];
            kinds.into_iter().flat_map(|kind| state.cluster.all(kind)).collect::<Vec<_>>()
        });
        self.ready.extend(all.iter().flat_map(|(id, object)| wakes(id, object, &Store::default())));
    }

    /// Goes on until nothing more happens by itself.
    pub async fn settle(&mut self) {
        self.silent.clear();
        for _ in 0..MOST {
            self.take_changes();
            self.deliver_late(false);
            if let Some(wake) = self.ready.pop_first() {
                self.reconcile(wake).await;
            } else if self.with(State::step_pods) || self.step_workers().await || self.deliver_late(true) {
                self.silent.clear();
            } else {
                // Each object is looked at once more at its time: what it then says nothing about is settled.
                let waiting = self.due.iter().filter(|(wake, _)| !self.silent.contains(wake));
                let Some((wake, at)) =
                    waiting.min_by_key(|(_, at)| **at).map(|(wake, at)| (wake.clone(), *at))
                else {
                    return;
                };
                self.with(|state| state.now = state.now.max(at));
                self.silent.insert(wake.clone());
                self.reconcile(wake).await;
            }
        }
        let last =
            self.with(|state| state.injector.writes.iter().rev().take(20).cloned().collect::<Vec<_>>());
        panic!("it never settles; the last writes: {last:#?}");
    }

    /// What the operator works with, by the world's time.
    pub fn context(&self) -> &Arc<podium::reconcile::Context> {
        clock::set(self.with(|state| state.now));
        &self.operator.context
    }

    /// Lets time pass while everything that is due is looked at.
    pub async fn pass(&mut self, seconds: i64) {
        let end = self.with(|state| state.now).checked_add(SignedDuration::from_secs(seconds)).unwrap();
        for _ in 0..MOST {
            self.take_changes();
            if let Some(wake) = self.ready.pop_first() {
                self.reconcile(wake).await;
                continue;
            }
            if self.with(State::step_pods) || self.step_workers().await {
                continue;
            }
            let next = self.due.iter().min_by_key(|(_, at)| **at).map(|(wake, at)| (wake.clone(), *at));
            match next.filter(|(_, at)| *at <= end) {
                Some((wake, at)) => {
                    self.with(|state| state.now = state.now.max(at));
                    self.reconcile(wake).await;
                }
                None => {
                    self.with(|state| state.now = state.now.max(end));
                    return;
                }
            }
        }
        panic!("it never rests");
    }

    fn take_changes(&mut self) {
        let woken: Vec<Wake> = self.with(|state| {
            let changed = std::mem::take(&mut state.cluster.changed);
            changed.iter().flat_map(|(id, object)| wakes(id, object, &state.cluster)).collect()
        });
        self.ready.extend(woken);
    }

    fn deliver_late(&mut self, idle: bool) -> bool {
        self.with(|state| {
            let Some(letter) = state.injector.arrival(idle) else { return false };
            let now = state.now;
            match letter {
                Letter::Cluster(request) => drop(state.cluster.handle(&request, now)),
                Letter::Mlflow(op) => drop(state.mlflow.apply(&op)),
            }
            true
        })
    }

    async fn reconcile(&mut self, wake: Wake) {
        if let Some(snapshots) = &mut self.snapshots {
            let (mut ready, due) = (self.ready.clone(), self.due.clone());
            ready.insert(wake.clone());
            let state = self.shared.lock().unwrap().clone();
            snapshots.push(Snapshot { step: self.step, state, ready, due });
        }
        let (now, writes) = self.with(|state| (state.now, state.injector.writes.len()));
        clock::set(now);
        let context = &self.operator.context;
        let work = async {
            match wake.clone() {
                Wake::Pipeline(namespace, name) => context.pipeline(Key { namespace, name }).await,
                Wake::Sweep(namespace, name) => context.sweep_object(Key { namespace, name }).await,
                Wake::Version(namespace, name) => context.version(Key { namespace, name }).await,
            }
        };
        let outcome = tokio::select! {
            biased;
            () = self.operator.process.died.notified() => None,
            again = work => Some(again),
        };
        if self.with(|state| state.injector.writes.len()) > writes {
            self.silent.clear();
        }
        let Some(again) = outcome else { return self.restart() };
        self.due.remove(&wake);
        match again {
            None => {}
            Some(delay) if delay.is_zero() => {
                self.ready.insert(wake);
            }
            Some(delay) => {
                let now = self.with(|state| state.now);
                let at = now.checked_add(SignedDuration::try_from(delay).unwrap()).unwrap();
                self.due.insert(wake, at);
            }
        }
    }

    /// Each worker makes one call; whether anything came of it. Their sweep is looked at after that, as their desk asks for.
    async fn step_workers(&mut self) -> bool {
        let mut changed = false;
        for caller in self.with(|state| state.callers()) {
            let job = caller.worker.job.clone();
            let (held, ahead) =
                self.with(|state| (state.workers.held.remove(&job).unwrap_or_default(), state.workers.ahead));
            clock::set(self.with(|state| state.now));
            let outcome = tokio::select! {
                biased;
                () = self.operator.process.died.notified() => None,
                done = call(&self.operator.context, &caller, held.clone(), ahead) => Some(done),
            };
            let died = outcome.is_none();
            let (turn, held, leaves) = outcome.unwrap_or((Turn::Changed, held, false));
            self.with(|state| {
                state.workers.held.insert(job.clone(), held);
                leaves.then(|| state.workers.left.insert(job));
            });
            if died {
                self.restart();
            }
            if matches!(turn, Turn::Changed) {
                changed = true;
                let sweeps = self.with(|state| state.cluster.all("hyperparametersweeps"));
                self.ready.extend(sweeps.into_iter().map(|(id, _)| Wake::Sweep(id.namespace, id.name)));
            }
        }
        changed
    }

    /// One round of the sweeper.
    pub async fn sweep(&mut self) {
        clock::set(self.with(|state| state.now));
        self.operator.context.sweep(|_| true).await;
    }
}

/// Whom a change wakes, as the watches do.
fn wakes(id: &Id, object: &Value, store: &Store) -> Vec<Wake> {
    let namespace = || id.namespace.clone();
    let owner = object["metadata"]["annotations"]["podium.dev/owner-name"].as_str();
    let is_worker = !object["metadata"]["labels"]["podium.dev/worker"].is_null();
    let wake = if is_worker { Wake::Sweep } else { Wake::Pipeline };
    let pipeline = owner.map(|name| wake(namespace(), name.to_owned()));
    match id.plural.as_str() {
        "trainingpipelines" => {
            let referring = store.all("modelversions").into_iter().filter(|(_, version)| {
                version["spec"]["source"]["pipelineRef"]["name"].as_str() == Some(&id.name)
            });
            let own = Wake::Pipeline(namespace(), id.name.clone());
            let referring = referring.map(|(id, _)| Wake::Version(id.namespace, id.name));
            std::iter::once(own).chain(referring).collect()
        }
        "hyperparametersweeps" => {
            std::iter::once(Wake::Sweep(namespace(), id.name.clone())).chain(pipeline).collect()
        }
        "modelversions" => {
            std::iter::once(Wake::Version(namespace(), id.name.clone())).chain(pipeline).collect()
        }
        "configmaps" => {
            let all = store.all("modelversions").into_iter();
            all.map(|(id, _)| Wake::Version(id.namespace, id.name)).collect()
        }
        "jobs" | "pods" => pipeline.into_iter().collect(),
        _ => Vec::new(),
    }
}
