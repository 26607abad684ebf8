//! What is done for a sweep beside MLflow: workers, and the desk that gives out its trials.

use podium_tuning::sweep::Limits;

use crate::domain::sweep::ValidSweep;
use crate::plan::pipeline::JobPlan;
use crate::plan::trials::{Clock, Loss, Place, Settlement, Wanted};

use super::TrialPlan;

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepAction {
    /// It is looked where the sweeps are that are to teach the next run.
    FindTeachers,
    /// What earlier sweeps teach is found, and written down among the artifacts of the parent run.
    Learn(Box<Wanted>),
    /// The trials that stand in MLflow are read and put on a desk; until then nothing is given out.
    Open(Box<Opening>),
    /// The desk follows the spec.
    Adjust(Terms),
    /// A worker is gone.
    Lose(Loss),
    /// The Job of a worker exists; created once and never patched while it runs.
    CreateWorker(Box<JobPlan>),
    /// Trials are given out to Jobs that are to be made, as many as this at the most.
    HandOut(u32),
    /// The Job of a trial has ended: what the trial came to is written.
    Settle(Settlement),
    /// The Job of a trial exists; created once and never patched while it runs.
    CreateTrial(Box<TrialPlan>),
    /// The Job of a worker or a trial and its pod go, in the background.
    DeleteWorker(String),
    /// A finished Job goes after so many seconds.
    SetTtl {
        /// The Job.
        job: String,
        /// Seconds.
        seconds: i32,
    },
    /// The report on the desk's trials is put into a run, and the run is closed.
    Report {
        /// The run.
        run_id: String,
    },
    /// A page of trials that all ended is put among the artifacts of the parent run.
    Keep(i64),
    /// It is looked whether MLflow answers about a run.
    Pulse {
        /// The run.
        run_id: String,
    },
    /// The desk is not needed any more.
    Forget,
}

/// What a desk is opened with.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The search, with the method that was chosen when the run started.
    pub sweep: ValidSweep,
    /// Where its trials stand.
    pub place: Place,
    /// What may change while the run is open.
    pub terms: Terms,
    /// Whether each trial has a Job of its own.
    pub own_jobs: bool,
    /// Digest of the data that the run's first worker found.
    pub data_digest: Option<String>,
    /// Digest of the file that holds what earlier sweeps taught the run, where they did.
    pub taught: Option<String>,
}

/// What may change while a run is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// When it ends, and how much of it runs at once.
    pub limits: Limits,
    /// Times that a trial may lose its worker.
    pub backoff_limit: u32,
    /// What its time is counted by.
    pub clock: Clock,
    /// Whether trials are given out.
    pub is_open: bool,
}
