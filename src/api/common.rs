//! Parts that several kinds share: resources, scheduling, limits.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Toleration;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// CPU, memory and GPUs of a pod. They are both request and limit, so that one candidate can't starve another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// CPUs as a Kubernetes quantity, for example "2" or "500m". Learners use that many threads, rounded down, at least
    /// one. Default: "1".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub cpu: Option<String>,
    /// Memory as a Kubernetes quantity, for example "4Gi". Default: "2Gi".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub memory: Option<String>,
    /// GPUs. Only for learners that can use one (TorchMLP) and for containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Gpu>,
}

/// GPUs of a pod: asked for means used, or a clear failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gpu {
    /// How many.
    #[schemars(range(min = 1, max = 16))]
    pub count: i32,
    /// Name of the extended resource. Default: "nvidia.com/gpu".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 253))]
    pub resource_name: Option<String>,
    /// Runtime class of the pod, for example "nvidia". Default: the cluster's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub runtime_class_name: Option<String>,
    /// What happens when a learner finds no usable device. Default: the candidate fails. Cpu: it trains on the CPU and logs
    /// gpu_used = 0. Not for containers, which find out by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<GpuFallback>,
}

/// What happens when the pod finds no usable device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GpuFallback {
    /// Train on the CPU and log gpu_used = 0.
    Cpu,
}

/// Where pods may run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scheduling {
    /// Kueue's LocalQueue. Jobs are created suspended and start when Kueue admits them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub queue_name: Option<String>,
    /// Labels that a node must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "node_labels")]
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Taints that pods tolerate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), transform = bound_strings)]
    pub tolerations: Option<Vec<Toleration>>,
    /// PriorityClass of the pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub priority_class_name: Option<String>,
}

/// Retries, deadlines and what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Failed attempts of one Job before its candidate or stage fails. A drained or lost node does not count. Default: 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 20))]
    pub backoff_limit: Option<i32>,
    /// Seconds from the start of a run after which it fails and its pods are deleted; time while suspended counts. Its Jobs
    /// end a minute later where no operator runs. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub active_deadline_seconds: Option<i64>,
    /// Seconds that a finished Job stays after its result stands in status. Default: 86400.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub ttl_seconds_after_finished: Option<i32>,
    /// Ended runs that status.history keeps. Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 50))]
    pub history_limit: Option<i32>,
    /// Seconds that a finished pod goes on trying to deliver its results to MLflow. Default: 1800.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 86_400))]
    pub tracking_timeout_seconds: Option<i64>,
}

/// Labels of a node: a value may be empty.
fn node_labels(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "nullable": true,
        "maxProperties": 32,
        "additionalProperties": {"type": "string", "maxLength": 63}
    })
}

/// Bounds the strings of a list's items whose types are Kubernetes' own and state none.
fn bound_strings(schema: &mut Schema) {
    let Some(properties) = schema
        .get_mut("items")
        .and_then(|items| items.get_mut("properties"))
        .and_then(|properties| properties.as_object_mut())
    else {
        return;
    };
    for property in properties.values_mut().filter_map(|property| property.as_object_mut()) {
        if property.get("type").is_some_and(|kind| kind == "string") {
            property.insert("maxLength".to_owned(), 317.into());
        }
    }
}

/// A schema states no defaults: the API server would write them into objects, and whoever applied them would see drift.
pub(super) fn without_defaults(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(|properties| properties.as_object_mut())
    else {
        return;
    };
    for property in properties.values_mut().filter_map(|property| property.as_object_mut()) {
        property.remove("default");
    }
}
