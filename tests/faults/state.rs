//! Everything that outlives an operator process: the two servers, the pods, the time. A clone is a snapshot.

use std::sync::{Arc, Mutex};

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api_server::{Id, Store};
use crate::injector::Injector;
use crate::mlflow::Mlflow;
use crate::trainer::Trainer;
use crate::workers::Workers;

/// A moment in the middle of something that the operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The sweeper has its answer about open runs.
    RunsListed,
    /// The sweeper has its answer about living owners.
    OwnersListed,
}

/// What somebody else does at a moment.
pub type Meanwhile = (Moment, fn(&mut State));

/// The world outside of operator processes.
#[derive(Clone)]
pub struct State {
    pub now: Timestamp,
    pub cluster: Store,
    pub mlflow: Mlflow,
    pub trainer: Trainer,
    pub injector: Injector,
    /// What workers of sweeps have in hand.
    pub workers: Workers,
    /// What somebody else does at a moment, once.
    pub meanwhile: Option<Meanwhile>,
}

/// The world as fakes share it.
pub type Shared = Arc<Mutex<State>>;

impl State {
    pub fn new() -> Self {
        Self {
            now: "2026-03-02T08:00:00Z".parse().unwrap(),
            cluster: Store::default(),
            mlflow: Mlflow::default(),
            trainer: Trainer::default(),
            injector: Injector::default(),
            workers: Workers::default(),
            meanwhile: None,
        }
    }

    /// A moment is there: what was to be done at it is done.
    pub fn happens(&mut self, moment: Moment) {
        if let Some((_, act)) = self.meanwhile.take_if(|(at, _)| *at == moment) {
            act(self);
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    /// Some time passes, and pods go on meanwhile.
    pub fn go_on(&mut self) {
        self.pass(20);
        self.step_pods();
    }

    /// Somebody deletes the sample pipeline.
    pub fn delete_pipeline(&mut self) {
        self.cluster.delete(&Id::new("trainingpipelines", "ml", "churn"), self.now).unwrap();
    }

    /// Pods go on by one step; whether anything changed.
    pub fn step_pods(&mut self) -> bool {
        let mut trainer = std::mem::take(&mut self.trainer);
        trainer.cut_off = self.injector.mlflow_down;
        trainer.left.clone_from(&self.workers.left);
        let changed = trainer.step(&mut self.cluster, &mut self.mlflow, self.now);
        self.trainer = trainer;
        self.cluster.collect_garbage() | changed
    }
}
