//! What was observed about a sweep: its desk, and the Jobs of its workers with the state of their pods.

use crate::api::HyperparameterSweepStatus;
use crate::plan::pipeline::{JobPlan, JobStage, JobState};
use crate::plan::trials::{Loss, View};

use super::SweepAction;

/// Everything that a plan for a sweep rests on, beside the spec.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The status as stored.
    pub status: HyperparameterSweepStatus,
    /// Whether the object is being deleted.
    pub deleted: bool,
    /// What its desk shows, looked at before the Jobs were: a worker with a trial had a Job then.
    pub desk: Option<View>,
    /// Its workers of all runs.
    pub workers: Vec<WorkerFacts>,
}

/// The Job of one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFacts {
    /// Its name.
    pub name: String,
    /// Key of its run.
    pub run: String,
    /// Its number within the run, from 1.
    pub number: i32,
    /// Where it is.
    pub state: JobState,
    /// Whether its ttl is set.
    pub has_ttl: bool,
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
            SweepAction::Open(_)
            | SweepAction::Adjust(_)
            | SweepAction::Lose(Loss { .. })
            | SweepAction::Report { .. }
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
        // Kueue's Jobs are made suspended.
        state: if plan.scheduling.queue_name.is_some() { JobState::Queued } else { JobState::Pending(None) },
        has_ttl: false,
    })
}
