//! What the operator would refuse although the API server takes it: what a schema can't state, such as the parameters of
//! a learner, and with the operator's configuration also the names that a namespace may use.

use kube::ResourceExt;
use serde_json::{Value, json};

use super::Problem;
use crate::api::{HyperparameterSweep, ModelVersion, TrainingPipeline};
use crate::domain::violation::Violation;
use crate::domain::{pipeline, sweep, version};
use crate::settings::{ConfigError, OperatorConfig, Settings};

/// Namespace of an object that names none, as for kubectl.
const DEFAULT_NAMESPACE: &str = "default";

/// Objections of the operator to an object that the API server takes.
pub(super) fn objections(kind: &str, object: &Value, settings: Option<&Settings>) -> Vec<Problem> {
    let found = match kind {
        "TrainingPipeline" => read(object).and_then(|pipeline| to_pipeline(pipeline, settings)),
        "HyperparameterSweep" => read(object).and_then(|sweep| to_sweep(sweep, settings)),
        "ModelVersion" => read(object).and_then(|version| to_version(version, settings)),
        _ => Ok(Vec::new()),
    };
    let violations = found.unwrap_or_else(|problem| vec![problem]);
    violations.into_iter().map(|violation| Problem::new(violation.field, violation.message)).collect()
}

fn read<T: serde::de::DeserializeOwned>(object: &Value) -> Result<T, Violation> {
    serde_json::from_value(object.clone()).map_err(|error| Violation::new("", error.to_string()))
}

fn to_pipeline(
    mut pipeline: TrainingPipeline,
    settings: Option<&Settings>,
) -> Result<Vec<Violation>, Violation> {
    let namespace = pipeline.namespace().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
    pipeline.metadata.namespace = Some(namespace.clone());
    let model =
        pipeline.spec.registration.as_ref().map(|registration| registration.registered_model.as_str());
    let open = open_settings(&namespace, model).map_err(|error| Violation::new("", error.to_string()))?;
    Ok(pipeline::validate(&pipeline, settings.unwrap_or(&open)).err().unwrap_or_default())
}

fn to_sweep(
    mut sweep: HyperparameterSweep,
    settings: Option<&Settings>,
) -> Result<Vec<Violation>, Violation> {
    let namespace = sweep.namespace().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
    sweep.metadata.namespace = Some(namespace.clone());
    let open = open_settings(&namespace, None).map_err(|error| Violation::new("", error.to_string()))?;
    Ok(sweep::validate_hosted(&sweep, settings.unwrap_or(&open)).err().unwrap_or_default())
}

fn to_version(mut object: ModelVersion, settings: Option<&Settings>) -> Result<Vec<Violation>, Violation> {
    let namespace = object.namespace().unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
    object.metadata.namespace = Some(namespace.clone());
    let open = open_settings(&namespace, Some(&object.spec.registered_model))
        .map_err(|error| Violation::new("", error.to_string()))?;
    Ok(version::validate(&object, settings.unwrap_or(&open)).err().unwrap_or_default())
}

/// Without the operator's configuration nobody can say what a namespace may use: all that it names.
fn open_settings(namespace: &str, model: Option<&str>) -> Result<Settings, ConfigError> {
    let models: Vec<_> = model.into_iter().collect();
    let config = json!({
        "trainerImage": "trainer",
        "tracking": {"uri": "http://mlflow"},
        "namespaces": [{"name": namespace, "models": models, "autoPromote": models}],
    });
    OperatorConfig::parse(&config.to_string())?.check("check")
}
