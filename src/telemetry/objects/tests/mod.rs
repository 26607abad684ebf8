//! Statuses in, the text that Prometheus reads out.

mod documentation;
mod pipeline;
mod sweep;
mod version;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{ModelVersion, ModelVersionStatus, TrainingPipeline, TrainingPipelineStatus};
use crate::telemetry::Metrics;

/// How the names of metrics of objects begin, after the prefix.
const STEMS: [&str; 7] = ["resource", "pipeline_", "sweep_", "gate_", "model_", "promotion_", "rollbacks"];

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn pipeline(name: &str) -> TrainingPipeline {
    read(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {
            "data": {"uri": "configmap://rows/rows.csv", "target": "label"},
            "candidates": [{"name": "logistic", "algorithm": "LogisticRegression"}],
            "registration": {"registeredModel": "churn"},
        },
    }))
}

fn version(name: &str) -> ModelVersion {
    read(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion",
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {"registeredModel": "churn", "source": {"runID": "abc"}},
    }))
}

fn condition(type_: &str, status: &str, reason: &str) -> Value {
    json!({
        "type": type_, "status": status, "reason": reason, "message": "", "observedGeneration": 1,
        "lastTransitionTime": "2026-03-02T08:00:00Z",
    })
}

/// What is shown of objects: the text without what every process shows.
fn shown(metrics: &Metrics) -> Vec<String> {
    let text = metrics.encode();
    let of_objects = |line: &&str| {
        let name = line.split(' ').find_map(|word| word.strip_prefix("podium_")).unwrap_or_default();
        STEMS.iter().any(|stem| name.starts_with(stem))
    };
    text.lines().filter(of_objects).map(str::to_owned).collect()
}

/// The series alone.
fn series(metrics: &Metrics) -> Vec<String> {
    shown(metrics).into_iter().filter(|line| !line.starts_with('#')).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.trim().lines().map(|line| line.trim().to_owned()).collect()
}

/// A run that has ended, or goes on.
fn run(key: &str, outcome: Option<&str>) -> Value {
    json!({
        "key": key, "number": 1, "identity": "i", "trigger": "Spec", "startedAt": "2026-03-02T08:00:00Z",
        "finishedAt": outcome.map(|_| "2026-03-02T09:00:00Z"), "outcome": outcome, "experiment": "ml/churn",
    })
}

fn pipeline_status(value: Value) -> TrainingPipelineStatus {
    read(value)
}

fn version_status(value: Value) -> ModelVersionStatus {
    read(value)
}
