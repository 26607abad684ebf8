//! The ModelVersion that a pipeline makes.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::api::{ModelVersion, labels};
use crate::plan::pipeline::VersionPlan;

/// The ModelVersion. It has no owner: deleting the pipeline deletes no model.
pub fn version(plan: &VersionPlan) -> ModelVersion {
    let labels = BTreeMap::from([
        (labels::MANAGED_BY.to_owned(), labels::MANAGED_BY_VALUE.to_owned()),
        (labels::OWNER_UID.to_owned(), plan.pipeline.uid.clone()),
        (labels::RUN.to_owned(), plan.run.clone()),
    ]);
    let annotations = BTreeMap::from([
        (labels::OWNER_NAME.to_owned(), plan.pipeline.name.clone()),
        (labels::EVIDENCE.to_owned(), plan.evidence.clone()),
    ]);
    ModelVersion {
        metadata: ObjectMeta {
            name: Some(plan.name.clone()),
            namespace: Some(plan.pipeline.namespace.clone()),
            labels: Some(labels),
            annotations: Some(annotations),
            ..ObjectMeta::default()
        },
        spec: plan.spec.clone(),
        status: None,
    }
}
