//! What was observed about a pipeline: its Jobs with the state of their pods, and its ModelVersions.

use k8s_openapi::jiff::Timestamp;

use super::{JobPlan, JobStage, OwnedSweep, PipelineAction, SweepState, VersionPlan};
use crate::api::TrainingPipelineStatus;
use crate::api::model_version::ModelVersionSpec;
use crate::api::pipeline_status::StageName;

/// Everything that a plan for a pipeline rests on, beside the spec and MLflow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// The status as stored.
    pub status: TrainingPipelineStatus,
    /// Whether the object is being deleted.
    pub deleted: bool,
    /// Its Jobs of all runs.
    pub jobs: Vec<JobFacts>,
    /// Its HyperparameterSweeps of all runs.
    pub sweeps: Vec<OwnedSweep>,
    /// Its ModelVersions.
    pub versions: Vec<OwnedVersion>,
}

impl Observed {
    /// What would be observed once an action is done: planning goes on from there in the same reconcile.
    pub fn after(&mut self, action: &PipelineAction, now: Timestamp) {
        match action {
            PipelineAction::CreateJob(plan) => {
                // One that was there already was observed, unless it came in between.
                if !self.jobs.iter().any(|job| job.name == plan.name) {
                    self.jobs.extend(JobFacts::made(plan));
                }
            }
            PipelineAction::DeleteJob(name) => {
                for job in self.jobs.iter_mut().filter(|job| job.name == *name) {
                    job.state = JobState::Deleting;
                }
            }
            PipelineAction::SetTtl { job: name, .. } => {
                for job in self.jobs.iter_mut().filter(|job| job.name == *name) {
                    job.has_ttl = true;
                }
            }
            PipelineAction::CreateSweep(plan) => {
                if !self.sweeps.iter().any(|sweep| sweep.name == plan.name) {
                    self.sweeps.push(OwnedSweep::made(plan));
                }
            }
            PipelineAction::AdjustSweep { name, suspend, parallelism } => {
                for sweep in self.sweeps.iter_mut().filter(|sweep| sweep.name == *name) {
                    (sweep.suspend, sweep.parallelism) = (*suspend, *parallelism);
                }
            }
            PipelineAction::DeleteSweep(name) => {
                for sweep in self.sweeps.iter_mut().filter(|sweep| sweep.name == *name) {
                    sweep.state = SweepState::Deleting;
                }
            }
            PipelineAction::ApplyVersion(plan) => self.apply(plan, now),
            PipelineAction::DeleteVersion(name) => self.versions.retain(|version| version.name != *name),
        }
    }

    fn apply(&mut self, plan: &VersionPlan, now: Timestamp) {
        if let Some(version) = self.versions.iter_mut().find(|version| version.name == plan.name) {
            version.spec = plan.spec.clone();
            version.evidence = Some(plan.evidence.clone());
            return;
        }
        self.versions.push(OwnedVersion {
            name: plan.name.clone(),
            run: plan.run.clone(),
            spec: plan.spec.clone(),
            evidence: Some(plan.evidence.clone()),
            baseline_moved: None,
            holds_alias: false,
            created_at: now,
        });
    }
}

/// A ModelVersion that a pipeline made.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedVersion {
    /// Its name.
    pub name: String,
    /// Key of the run that made it.
    pub run: String,
    /// Its spec.
    pub spec: ModelVersionSpec,
    /// Digest of the evidence that it was last told of.
    pub evidence: Option<String>,
    /// Digest of the evidence that it found to name a champion that has moved.
    pub baseline_moved: Option<String>,
    /// Whether it holds an alias or an open move of one.
    pub holds_alias: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One Job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// Its name.
    pub name: String,
    /// Key of its run.
    pub run: String,
    /// Its stage.
    pub stage: StageName,
    /// Its candidate, in the stages Train and Tune.
    pub candidate: Option<String>,
    /// Its attempt.
    pub attempt: i32,
    /// Where it is.
    pub state: JobState,
    /// Whether its ttl is set.
    pub has_ttl: bool,
}

impl JobFacts {
    /// A Job that was made just now.
    fn made(plan: &JobPlan) -> Option<Self> {
        let JobStage::Pipeline(stage) = plan.stage else { return None };
        Some(Self {
            name: plan.name.clone(),
            run: plan.document.owner.run.clone(),
            stage,
            candidate: plan.candidate.clone(),
            attempt: i32::try_from(plan.document.attempt).unwrap_or(i32::MAX),
            // Kueue's Jobs are made suspended.
            state: if plan.scheduling.queue_name.is_some() {
                JobState::Queued
            } else {
                JobState::Pending(None)
            },
            has_ttl: false,
        })
    }
}

/// Where a Job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Suspended by Kueue until it is admitted.
    Queued,
    /// No container runs yet; why, when that is known.
    Pending(Option<String>),
    /// A container runs.
    Running,
    /// It ended with exit code 0.
    Succeeded,
    /// It ended otherwise.
    Failed(Failure),
    /// It is being deleted.
    Deleting,
}

/// Why a Job failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A container ended.
    Exit {
        /// Whose it was.
        by: By,
        /// Its exit code.
        code: i32,
        /// Whether the kernel killed it for memory.
        out_of_memory: bool,
        /// Its own last words, one line; empty when it had none.
        words: String,
    },
    /// Its pod was drained, preempted or its node lost: nobody's fault.
    Disrupted(String),
    /// The deadline of its Job had passed, so many seconds.
    DeadlineExceeded(i64),
    /// Nothing is known about the pod any more.
    Unknown(String),
}

/// Whose program ended, which says what its exit code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Our trainer's.
    Ours,
    /// That of another image, in the container of this name: its exit codes mean what its author likes.
    Foreign(String),
}

impl JobState {
    /// Whether a pod of it may still run.
    pub fn is_active(&self) -> bool {
        match self {
            Self::Queued | Self::Pending(_) | Self::Running => true,
            Self::Succeeded | Self::Failed(_) | Self::Deleting => false,
        }
    }
}
