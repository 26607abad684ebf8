//! What a pod is told, and the Job that tells it.

use std::collections::BTreeMap;

use podium_contract::{self as contract, CONTRACT_VERSION, JobDocument, Owner, Stage, Tracking};

use super::close::age;
use super::{Context, JobPlan, JobStage};
use crate::api::container::Container;
use crate::api::pipeline_status::{Run, StageName};
use crate::domain::names::child_name;
use crate::domain::pipeline::{TrainedBy, ValidCandidate, ValidResources};
use crate::plan::job_deadline;

/// One Job to be made.
pub(super) struct Order<'a> {
    pub name: StageName,
    pub candidate: Option<&'a str>,
    pub attempt: i32,
    pub run_id: &'a str,
    pub stage: Stage,
    pub resources: &'a ValidResources,
    pub program: Program<'a>,
}

/// What runs in the pod of a Job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Program<'a> {
    /// Our trainer.
    Trainer {
        /// Whether it is the image with libtorch.
        torch: bool,
    },
    /// A container of the user's own, between two steps of our trainer.
    Container(&'a Container),
}

/// The plan of a Job. `None` while the run has no experiment yet.
pub(super) fn job(context: Context<'_>, run: &Run, order: Order<'_>) -> Option<JobPlan> {
    let pipeline = context.pipeline;
    let owner = &pipeline.owner;
    let stage = format!("{:?}", order.name);
    let attempt = order.attempt.to_string();
    let candidate = order.candidate.unwrap_or_default();
    let name = child_name(&owner.name, &[&owner.uid, &run.key, &stage, candidate, &attempt]);
    let (image, container) = match order.program {
        Program::Trainer { torch: true } => (&pipeline.torch_trainer_image, None),
        Program::Trainer { torch: false } => (&pipeline.trainer_image, None),
        Program::Container(stated) => (&pipeline.trainer_image, Some(Box::new(stated.clone()))),
    };
    Some(JobPlan {
        name,
        owner: owner.clone(),
        stage: JobStage::Pipeline(order.name),
        candidate: order.candidate.map(str::to_owned),
        image: image.clone(),
        container,
        document: document(context, run, &order)?,
        resources: order.resources.clone(),
        scheduling: pipeline.scheduling.clone(),
        credentials_secret: pipeline.credentials_secret.clone(),
        login: pipeline.grant.pod_login.clone(),
        deadline: pipeline.limits.active_deadline.map(|limit| job_deadline(limit, age(context, run))),
    })
}

fn document(context: Context<'_>, run: &Run, order: &Order<'_>) -> Option<JobDocument> {
    let pipeline = context.pipeline;
    Some(JobDocument {
        version: CONTRACT_VERSION,
        owner: Owner {
            installation: pipeline.installation.clone(),
            namespace: pipeline.owner.namespace.clone(),
            name: pipeline.owner.name.clone(),
            uid: pipeline.owner.uid.clone(),
            run: run.key.clone(),
        },
        attempt: order.attempt.unsigned_abs(),
        first_attempt: if order.name == StageName::Evaluate {
            run.evaluation_attempt.unsigned_abs().max(1)
        } else {
            1
        },
        tracking: Tracking {
            uri: pipeline.grant.pod_tracking_uri.clone(),
            workspace: pipeline.grant.workspace.clone(),
            experiment_id: run.experiment_id.clone()?,
            run_id: order.run_id.to_owned(),
            timeout_seconds: pipeline.limits.tracking_timeout.as_secs(),
        },
        certificate_authorities: pipeline.grant.certificate_authorities.as_deref().map(str::to_owned),
        threads: order.resources.threads,
        data: pipeline.data.clone(),
        checks: pipeline.checks.clone(),
        preparation: pipeline.preparation,
        split: pipeline.split.clone(),
        evaluation: pipeline.evaluation.clone(),
        stage: order.stage.clone(),
    })
}

/// A candidate as the pod is told.
pub(super) fn told(candidate: &ValidCandidate) -> contract::Candidate {
    let parameters = match &candidate.trained_by {
        TrainedBy::Learner(learner) => learner.parameters.clone(),
        TrainedBy::Container(_) => BTreeMap::new(),
    };
    contract::Candidate {
        name: candidate.name.clone(),
        algorithm: candidate.trained_by.name().to_owned(),
        parameters,
        gpu: candidate
            .resources
            .gpu
            .as_ref()
            .map(|gpu| contract::Gpu { count: gpu.count, fallback_cpu: gpu.fallback_cpu }),
    }
}
