//! The HyperparameterSweep that tunes a candidate of a pipeline.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::job::controlled_by;
use crate::api::{HyperparameterSweep, TrainingPipeline, labels};
use crate::plan::pipeline::SweepPlan;

/// The sweep. It goes with its pipeline.
pub fn sweep(plan: &SweepPlan) -> HyperparameterSweep {
    let labels = BTreeMap::from([
        (labels::MANAGED_BY.to_owned(), labels::MANAGED_BY_VALUE.to_owned()),
        (labels::OWNER_UID.to_owned(), plan.owner.uid.clone()),
        (labels::RUN.to_owned(), plan.run.clone()),
        (labels::CANDIDATE.to_owned(), plan.candidate.clone()),
    ]);
    HyperparameterSweep {
        metadata: ObjectMeta {
            name: Some(plan.name.clone()),
            namespace: Some(plan.owner.namespace.clone()),
            labels: Some(labels),
            annotations: Some(BTreeMap::from([(labels::OWNER_NAME.to_owned(), plan.owner.name.clone())])),
            owner_references: Some(vec![controlled_by::<TrainingPipeline>(&plan.owner)]),
            ..ObjectMeta::default()
        },
        spec: plan.spec.clone(),
        status: None,
    }
}
