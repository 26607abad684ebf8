//! Writes to Kubernetes for a pipeline, as data.

use podium_contract::JobDocument;

use crate::api::container::Container;
use crate::api::model_version::ModelVersionSpec;
use crate::api::pipeline_status::StageName;
use crate::api::{HyperparameterSweepSpec, Scheduling};
use crate::domain::pipeline::{Owner, ValidResources};
use crate::settings::PodLogin;

/// One write to Kubernetes.
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineAction {
    /// The Job exists; created once and never patched while it runs.
    CreateJob(Box<JobPlan>),
    /// The Job and its pods go, in the background.
    DeleteJob(String),
    /// A finished Job goes after so many seconds.
    SetTtl {
        /// The Job.
        job: String,
        /// Seconds.
        seconds: i32,
    },
    /// The HyperparameterSweep exists; created once.
    CreateSweep(Box<SweepPlan>),
    /// The HyperparameterSweep goes on or stops, with so many trials at the same time.
    AdjustSweep {
        /// The sweep.
        name: String,
        /// Whether its pods are stopped.
        suspend: bool,
        /// Trials at the same time.
        parallelism: i32,
    },
    /// The HyperparameterSweep and its Jobs go, in the background.
    DeleteSweep(String),
    /// The ModelVersion says this (server-side apply).
    ApplyVersion(Box<VersionPlan>),
    /// The ModelVersion goes.
    DeleteVersion(String),
}

/// What a Job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStage {
    /// A stage of a TrainingPipeline.
    Pipeline(StageName),
    /// A worker of a HyperparameterSweep, by its number.
    Worker(i32),
}

/// Everything that a Job is built from.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPlan {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// What it is for.
    pub stage: JobStage,
    /// Its candidate, in the stages Train and Tune.
    pub candidate: Option<String>,
    /// What the pod is told.
    pub document: JobDocument,
    /// Image of our trainer.
    pub image: String,
    /// The user's own container that runs in the pod, between two steps of our trainer.
    pub container: Option<Box<Container>>,
    /// Resources.
    pub resources: ValidResources,
    /// Where it runs.
    pub scheduling: Scheduling,
    /// Secret for the data.
    pub credentials_secret: Option<String>,
    /// The pods' MLflow login.
    pub login: Option<PodLogin>,
    /// Seconds after which it is stopped, by whoever lives then.
    pub deadline: Option<i64>,
}

/// Everything that a HyperparameterSweep is built from.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPlan {
    /// Its name.
    pub name: String,
    /// The pipeline whose it is.
    pub owner: Owner,
    /// Key of the run.
    pub run: String,
    /// The candidate that it tunes.
    pub candidate: String,
    /// Its spec.
    pub spec: HyperparameterSweepSpec,
}

/// Everything that a ModelVersion is built from.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionPlan {
    /// Its name.
    pub name: String,
    /// The pipeline that makes it; not its owner, so that deleting the pipeline deletes no model.
    pub pipeline: Owner,
    /// Key of the run.
    pub run: String,
    /// Digest of the run's evidence.
    pub evidence: String,
    /// Its spec.
    pub spec: ModelVersionSpec,
}
