//! The Job of one attempt. Retries are the planner's business, so a Job makes one pod and never another.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;
use podium_contract::DOCUMENT_ANNOTATION;

use super::pod;
use crate::api::{HyperparameterSweep, TrainingPipeline, labels};
use crate::domain::names::sha256;
use crate::plan::pipeline::{JobPlan, JobStage};

/// Longest label value.
const LABEL: usize = 63;

/// The Job.
pub fn job(plan: &JobPlan) -> Job {
    // The document came out of validated values: finite numbers and text, which always serialise.
    let document = plan.document.to_json().unwrap_or_default();
    let queue = plan.scheduling.queue_name.as_ref();
    let mut labels = labels(plan);
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels.clone()),
            annotations: Some(BTreeMap::from([
                (DOCUMENT_ANNOTATION.to_owned(), document.clone()),
                (labels::OWNER_NAME.to_owned(), plan.owner.name.clone()),
            ])),
            ..ObjectMeta::default()
        }),
        spec: Some(pod::spec(plan)),
    };
    labels.extend(queue.map(|queue| (labels::KUEUE_QUEUE.to_owned(), queue.clone())));
    Job {
        metadata: ObjectMeta {
            name: Some(plan.name.clone()),
            namespace: Some(plan.owner.namespace.clone()),
            labels: Some(labels),
            annotations: Some(BTreeMap::from([
                (labels::OWNER_NAME.to_owned(), plan.owner.name.clone()),
                (labels::DOCUMENT_DIGEST.to_owned(), sha256(document.as_bytes())),
            ])),
            owner_references: Some(vec![owner_reference(plan)]),
            ..ObjectMeta::default()
        },
        spec: Some(JobSpec {
            backoff_limit: Some(0),
            completions: Some(1),
            parallelism: Some(1),
            suspend: queue.map(|_| true),
            template,
            ..JobSpec::default()
        }),
        status: None,
    }
}

fn labels(plan: &JobPlan) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from(
        [
            (labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
            (labels::OWNER_UID, &plan.owner.uid),
            (labels::RUN, &plan.document.owner.run),
            (labels::STAGE, &stage(plan.stage)),
            (labels::ATTEMPT, &plan.document.attempt.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    labels.extend(plan.candidate.clone().map(|name| (labels::CANDIDATE.to_owned(), name)));
    if let JobStage::Worker(number) = plan.stage {
        labels.insert(labels::WORKER.to_owned(), number.to_string());
    }
    if plan.owner.name.len() <= LABEL {
        labels.insert(labels::OWNER.to_owned(), plan.owner.name.clone());
    }
    labels
}

fn stage(stage: JobStage) -> String {
    match stage {
        JobStage::Pipeline(stage) => format!("{stage:?}"),
        JobStage::Worker(_) => "Search".to_owned(),
    }
}

fn owner_reference(plan: &JobPlan) -> OwnerReference {
    let (api_version, kind) = match plan.stage {
        JobStage::Pipeline(_) => (TrainingPipeline::api_version(&()), TrainingPipeline::kind(&())),
        JobStage::Worker(_) => (HyperparameterSweep::api_version(&()), HyperparameterSweep::kind(&())),
    };
    OwnerReference {
        api_version: api_version.into_owned(),
        kind: kind.into_owned(),
        name: plan.owner.name.clone(),
        uid: plan.owner.uid.clone(),
        controller: Some(true),
        // Foreground deletion of the owner must not wait for pods.
        block_owner_deletion: Some(false),
    }
}
