//! What was observed about a sweep: its desk, and the Jobs of its workers with the state of their pods.

use crate::api::{HyperparameterSweepStatus, Scheduling};
use crate::domain::violation::Violation;
use crate::plan::pipeline::{JobPlan, JobStage, JobState};
use crate::plan::trials::{Loss, Taught, View};

use super::{GpuPod, SweepAction, TeacherFacts, TrialPlan};

/// Everything that a plan for a sweep rests on, beside the spec.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The status as stored.
    pub status: HyperparameterSweepStatus,
    /// Whether the object is being deleted.
    pub deleted: bool,
    /// What its desk shows, looked at before the Jobs were: a worker with a trial had a Job then.
    pub desk: Option<View>,
    /// Its Jobs of all runs: workers, or trials that have their own.
    pub workers: Vec<WorkerFacts>,
    /// Its pods that have GPUs, of all runs; looked at after the Jobs.
    pub gpus: Vec<GpuPod>,
    /// Whether the desk, when it was last asked for trials, had fewer than it was asked for.
    pub is_dry: bool,
    /// The sweeps that are to teach the next run, and those that they wait for, once it was looked.
    pub teachers: Option<Vec<TeacherFacts>>,
    /// What earlier sweeps teach the run, once it was looked for and written down; or why one of them can't.
    pub lesson: Option<Result<Taught, Violation>>,
}

/// The Job of one worker, or of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFacts {
    /// Its name.
    pub name: String,
    /// Key of its run.
    pub run: String,
    /// Its number within the run, from 1; that of the trial where trials have Jobs of their own.
    pub number: i32,
    /// Where it is.
    pub state: JobState,
    /// Whether its ttl is set.
    pub has_ttl: bool,
    /// Seconds from its start to its end, once it ended.
    pub seconds: Option<u64>,
}

impl Observed {
    /// What the desk of a run shows.
    pub fn view(&self, run: &str) -> Option<&View> {
        self.desk.as_ref().filter(|view| view.run == run)
    }

    /// Workers of a run.
    pub fn workers_of<'a>(&'a self, run: &'a str) -> impl Iterator<Item = &'a WorkerFacts> {
        self.workers.iter().filter(move |worker| worker.run == run)
    }

    /// What would be observed once an action is done, but for the desk: planning goes on from there.
    pub fn after(&mut self, action: &SweepAction) {
        match action {
            SweepAction::CreateWorker(plan) => self.workers.extend(made(plan)),
            SweepAction::CreateTrial(plan) => self.workers.push(made_trial(plan)),
            SweepAction::DeleteWorker(name) => {
                for worker in self.workers.iter_mut().filter(|worker| worker.name == *name) {
                    worker.state = JobState::Deleting;
                }
            }
            SweepAction::SetTtl { job, .. } => {
                for worker in self.workers.iter_mut().filter(|worker| worker.name == *job) {
                    worker.has_ttl = true;
                }
            }
            SweepAction::FindTeachers
            | SweepAction::Learn(_)
            | SweepAction::Open(_)
            | SweepAction::Adjust(_)
            | SweepAction::Lose(Loss { .. })
            | SweepAction::HandOut(_)
            | SweepAction::Settle(_)
            | SweepAction::Report { .. }
            | SweepAction::Keep(_)
            | SweepAction::Pulse { .. }
            | SweepAction::Forget => {}
        }
    }
}

fn made(plan: &JobPlan) -> Option<WorkerFacts> {
    let JobStage::Worker(number) = plan.stage else { return None };
    Some(WorkerFacts {
        name: plan.name.clone(),
        run: plan.document.owner.run.clone(),
        number,
        state: first_state(&plan.scheduling),
        has_ttl: false,
        seconds: None,
    })
}

fn made_trial(plan: &TrialPlan) -> WorkerFacts {
    WorkerFacts {
        name: plan.name.clone(),
        run: plan.run.clone(),
        number: i32::try_from(plan.number).unwrap_or(i32::MAX),
        state: first_state(&plan.scheduling),
        has_ttl: false,
        seconds: None,
    }
}

/// Kueue's Jobs are made suspended.
fn first_state(scheduling: &Scheduling) -> JobState {
    if scheduling.queue_name.is_some() { JobState::Queued } else { JobState::Pending(None) }
}
