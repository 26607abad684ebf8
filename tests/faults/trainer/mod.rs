//! Kubelet, Job controller and trainer in one: each Job gets a pod, which starts, works and ends as it was told to.

mod kubelet;
mod results;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use podium_contract::JobDocument;

use crate::api_server::Store;
use crate::mlflow::Mlflow;

/// How an attempt ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    /// It works and writes its result.
    Work,
    /// It ends with this code and writes nothing.
    Exit(i32),
    /// The kernel kills it for memory.
    OutOfMemory,
    /// Its node is drained.
    Disrupted,
    /// It never ends.
    Hang,
    /// It never starts, and an Event says why.
    Refused(&'static str),
    /// It writes a failure for the user and ends with 3.
    Rejects(&'static str, &'static str),
    /// It writes this text as its result.
    Writes(&'static str),
    /// Its result says that another attempt wrote it.
    OfAttempt(u32),
    /// Its ranking metric is undefined in all folds.
    NoScore,
    /// Its Job is deleted by somebody before it ends.
    Vanishes,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    /// Stage, or `Train/<candidate>`.
    pub step: String,
    /// Number of it; 0 stands for all that are not named.
    pub number: u32,
}

impl Attempt {
    pub fn new(step: &str, number: u32) -> Self {
        Self { step: step.to_owned(), number }
    }
}

/// What pods do and did.
#[derive(Debug, Clone, Default)]
pub struct Trainer {
    /// What attempts do; all others work.
    pub told: BTreeMap<Attempt, Behaviour>,
    /// Cross-validated and holdout score of candidates; others score 0.8.
    pub scores: BTreeMap<String, f64>,
    /// Whether MLflow answers no pod: a finished one keeps its result and goes on trying.
    pub cut_off: bool,
    /// Workers of sweeps that found nothing more to do.
    pub left: BTreeSet<String>,
    /// What was worked on, by run and step, in order: a result that was found in the run costs no work.
    pub work: Vec<String>,
}

impl Trainer {
    /// Tells what an attempt does; number 0 means every attempt.
    pub fn tell(&mut self, step: &str, number: u32, behaviour: Behaviour) {
        self.told.insert(Attempt::new(step, number), behaviour);
    }

    fn behaviour(&self, document: &JobDocument) -> Behaviour {
        let step = results::step(document);
        let told = [document.attempt, 0].into_iter().find_map(|n| self.told.get(&Attempt::new(&step, n)));
        told.cloned().unwrap_or(Behaviour::Work)
    }

    /// One step of every pod; whether anything changed.
    pub fn step(&mut self, cluster: &mut Store, mlflow: &mut Mlflow, now: Timestamp) -> bool {
        let before = cluster.version;
        for (id, job) in cluster.all("jobs") {
            kubelet::step(self, cluster, mlflow, &id, &job, now);
        }
        cluster.version != before
    }
}
