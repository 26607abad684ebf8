//! What a worker is told, and the Job that tells it.

use podium_contract::{
    self as contract, CONTRACT_VERSION, JobDocument, Owner, Search, Service, Stage, Tracking,
};

use super::Context;
use crate::api::HyperparameterSweepStatus;
use crate::domain::names::child_name;
use crate::domain::sweep::ValidLearner;
use crate::plan::pipeline::{JobPlan, JobStage};

/// Name of a worker's Job. Who makes Jobs in its namespace can work it out too: it tells ours from those that only name the
/// sweep as their owner, and proves nothing beyond that.
pub fn worker_job_name(owner: &str, owner_uid: &str, run: &str, number: &str) -> String {
    child_name(owner, &[owner_uid, run, "Worker", number])
}

/// The plan of a worker's Job. `None` while the run has no parent yet.
pub(super) fn worker(
    context: Context<'_>,
    learner: &ValidLearner,
    status: &HyperparameterSweepStatus,
    number: i32,
    service: &Service,
) -> Option<JobPlan> {
    let sweep = context.sweep;
    let owner = &sweep.owner;
    let run = status.run.as_ref()?;
    Some(JobPlan {
        name: worker_job_name(&owner.name, &owner.uid, &run.key, &number.to_string()),
        owner: owner.clone(),
        stage: JobStage::Worker(number),
        candidate: None,
        image: sweep.image.clone(),
        container: None,
        document: JobDocument {
            version: CONTRACT_VERSION,
            owner: Owner {
                installation: sweep.installation.clone(),
                namespace: owner.namespace.clone(),
                name: owner.name.clone(),
                uid: owner.uid.clone(),
                run: run.key.clone(),
            },
            attempt: 1,
            first_attempt: 1,
            tracking: Tracking {
                uri: sweep.grant.pod_tracking_uri.clone(),
                workspace: sweep.grant.workspace.clone(),
                experiment_id: run.experiment_id.clone()?,
                run_id: run.parent_run_id.clone()?,
                timeout_seconds: sweep.limits.operator_timeout.as_secs(),
            },
            certificate_authorities: sweep.grant.certificate_authorities.as_deref().map(str::to_owned),
            threads: sweep.resources.threads,
            data: learner.data.clone(),
            checks: learner.checks.clone(),
            preparation: learner.preparation,
            split: learner.split.clone(),
            evaluation: learner.evaluation.clone(),
            stage: Stage::Search(Box::new(search(context, learner, service))),
        },
        resources: sweep.resources.clone(),
        scheduling: sweep.scheduling.clone(),
        credentials_secret: learner.credentials_secret.clone(),
        // The operator writes what trials come to; a worker has nothing to say to MLflow.
        login: None,
        // It ends by itself where no operator answers it.
        deadline: None,
    })
}

fn search(context: Context<'_>, learner: &ValidLearner, service: &Service) -> Search {
    let sweep = context.sweep;
    let gpu = sweep.resources.gpu.as_ref();
    Search {
        candidate: contract::Candidate {
            name: sweep.owner.name.clone(),
            algorithm: learner.algorithm.to_owned(),
            parameters: learner.parameters.clone(),
            gpu: gpu.map(|gpu| contract::Gpu { count: gpu.count, fallback_cpu: gpu.fallback_cpu }),
        },
        metric: learner.metric.clone(),
        early_stopping: sweep.sweep.plan.stopping.rule.is_some(),
        pinned: context.observed.desk.as_ref().and_then(|view| view.data.clone()),
        service: Service { timeout_seconds: sweep.limits.operator_timeout.as_secs(), ..service.clone() },
    }
}
