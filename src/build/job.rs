//! The Job of one attempt. Retries are the planner's business, so a Job makes one pod and never another.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;
use podium_contract::DOCUMENT_ANNOTATION;

use super::pod;
use crate::api::{HyperparameterSweep, Scheduling, TrainingPipeline, labels};
use crate::domain::names::sha256;
use crate::domain::pipeline::Owner;
use crate::plan::pipeline::{JobPlan, JobStage};

/// Longest label value.
const LABEL: usize = 63;

/// The Job of our trainer.
pub fn job(plan: &JobPlan) -> Job {
    let mut own_labels = BTreeMap::new();
    own_labels.extend(plan.candidate.clone().map(|name| (labels::CANDIDATE.to_owned(), name)));
    let (stage, owner_reference) = match plan.stage {
        JobStage::Pipeline(stage) => (format!("{stage:?}"), controlled_by::<TrainingPipeline>(&plan.owner)),
        JobStage::Worker(number) => {
            own_labels.insert(labels::WORKER.to_owned(), number.to_string());
            ("Search".to_owned(), controlled_by::<HyperparameterSweep>(&plan.owner))
        }
    };
    of(Shape {
        name: &plan.name,
        owner: &plan.owner,
        owner_reference,
        run: &plan.document.owner.run,
        stage: &stage,
        attempt: plan.document.attempt,
        own_labels,
        // The document came out of validated values: finite numbers and text, which always serialise.
        told: (DOCUMENT_ANNOTATION, plan.document.to_json().unwrap_or_default()),
        scheduling: &plan.scheduling,
        deadline: plan.deadline,
        pod: pod::spec(plan),
    })
}

/// What Jobs differ in.
pub(super) struct Shape<'a> {
    pub name: &'a str,
    pub owner: &'a Owner,
    pub owner_reference: OwnerReference,
    pub run: &'a str,
    pub stage: &'a str,
    pub attempt: u32,
    pub own_labels: BTreeMap<String, String>,
    /// Annotation of the pod by which it is told what to do, and what it is told.
    pub told: (&'a str, String),
    pub scheduling: &'a Scheduling,
    /// Seconds after which the Job controller stops it.
    pub deadline: Option<i64>,
    pub pod: PodSpec,
}

/// A Job with one pod.
pub(super) fn of(shape: Shape<'_>) -> Job {
    let queue = shape.scheduling.queue_name.as_ref();
    let (annotation, told) = &shape.told;
    let mut labels = labels(&shape);
    let owner_name = (labels::OWNER_NAME.to_owned(), shape.owner.name.clone());
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(labels.clone()),
            annotations: Some(BTreeMap::from([((*annotation).to_owned(), told.clone()), owner_name.clone()])),
            ..ObjectMeta::default()
        }),
        spec: Some(shape.pod),
    };
    labels.extend(queue.map(|queue| (labels::KUEUE_QUEUE.to_owned(), queue.clone())));
    let digest = (labels::DOCUMENT_DIGEST.to_owned(), sha256(told.as_bytes()));
    Job {
        metadata: ObjectMeta {
            name: Some(shape.name.to_owned()),
            namespace: Some(shape.owner.namespace.clone()),
            labels: Some(labels),
            annotations: Some(BTreeMap::from([owner_name, digest])),
            owner_references: Some(vec![shape.owner_reference]),
            ..ObjectMeta::default()
        },
        spec: Some(JobSpec {
            backoff_limit: Some(0),
            completions: Some(1),
            parallelism: Some(1),
            suspend: queue.map(|_| true),
            active_deadline_seconds: shape.deadline,
            template,
            ..JobSpec::default()
        }),
        status: None,
    }
}

fn labels(shape: &Shape<'_>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from(
        [
            (labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
            (labels::OWNER_UID, &shape.owner.uid),
            (labels::RUN, shape.run),
            (labels::STAGE, shape.stage),
            (labels::ATTEMPT, &shape.attempt.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    labels.extend(shape.own_labels.clone());
    if shape.owner.name.len() <= LABEL {
        labels.insert(labels::OWNER.to_owned(), shape.owner.name.clone());
    }
    labels
}

/// The reference by which a child names its controller.
pub(super) fn controlled_by<K: Resource<DynamicType = ()>>(owner: &Owner) -> OwnerReference {
    OwnerReference {
        api_version: K::api_version(&()).into_owned(),
        kind: K::kind(&()).into_owned(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
        controller: Some(true),
        // Foreground deletion of the owner must not wait for pods.
        block_owner_deletion: Some(false),
    }
}
