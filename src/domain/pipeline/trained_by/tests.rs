//! Candidates that are learners or containers, and what is refused of each.

use serde_json::{Value, json};

use super::*;
use crate::api::TrainingPipeline;
use crate::domain::pipeline::{ValidPipeline, validate};
use crate::settings::{OperatorConfig, Settings};

fn settings() -> Settings {
    let text = "
        trainerImage: trainer:1
        tracking: {uri: 'http://mlflow:5000'}
        namespaces: [{name: ml}]";
    OperatorConfig::parse(text).unwrap().check("cluster").unwrap()
}

/// A pipeline with one candidate, of which this is stated.
fn valid(candidate: Value) -> Result<ValidPipeline, Vec<String>> {
    let mut named = json!({"name": "own"});
    named.as_object_mut().unwrap().extend(candidate.as_object().unwrap().clone());
    let object: TrainingPipeline = serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": "churn", "namespace": "ml", "uid": "uid", "generation": 1},
        "spec": {"data": {"uri": "s3://lake/churn.csv", "target": "churned"}, "candidates": [named]},
    }))
    .unwrap();
    validate(&object, &settings()).map_err(|found| found.iter().map(ToString::to_string).collect())
}

fn refused(candidate: Value) -> Vec<String> {
    valid(candidate).unwrap_err()
}

#[test]
fn a_candidate_is_a_learner_with_its_parameters_or_a_container_as_it_is_stated() {
    let learner = valid(json!({"algorithm": "TorchMLP", "parameters": {"epochs": 3}})).unwrap();
    let expected = TrainedBy::Learner(Learner {
        algorithm: Algorithm::TorchMlp,
        torch: true,
        parameters: [("epochs".to_owned(), json!(3))].into(),
    });
    assert_eq!(
        (learner.candidates[0].trained_by.name(), &learner.candidates[0].trained_by),
        ("TorchMLP", &expected)
    );

    let stated = json!({"image": "acme/train:3", "args": ["--{x}"], "runAsUser": 1000});
    let own = valid(json!({"container": stated, "resources": {"gpu": {"count": 1}}})).unwrap();
    let expected = TrainedBy::Container(serde_json::from_value(stated).unwrap());
    assert_eq!(
        (own.candidates[0].trained_by.name(), &own.candidates[0].trained_by),
        ("Container", &expected)
    );
    assert_eq!(own.candidates[0].resources.gpu.as_ref().unwrap().count, 1);
}

#[test]
fn both_and_neither_are_refused() {
    let expected = ["spec.candidates[own]: needs exactly one of algorithm, container"];
    assert_eq!(refused(json!({"algorithm": "RandomForest", "container": {"image": "i"}})), expected);
    assert_eq!(refused(json!({})), expected);
}

#[test]
fn a_container_has_no_parameters_and_no_way_out_without_a_gpu() {
    let found = refused(json!({"container": {"image": "i"}, "parameters": {"C": 1.0}}));
    let message = "are for algorithm; a container takes its own as arguments or variables";
    assert_eq!(found, [format!("spec.candidates[own].parameters: {message}")]);
    let found =
        refused(json!({"container": {"image": "i"}, "resources": {"gpu": {"count": 1, "fallback": "Cpu"}}}));
    let message = "is for algorithm; a container finds out by itself";
    assert_eq!(found, [format!("spec.candidates[own].resources.gpu.fallback: {message}")]);
}

#[test]
fn what_is_handed_over_is_not_covered_by_what_a_container_states() {
    let volume = json!({"name": "v", "emptyDir": {}, "mounts": [{"mountPath": "/podium/output"}]});
    let env = json!([{"name": "PODIUM_DATA_FILE", "value": "x"}]);
    let found = refused(json!({"container": {"image": "i", "volumes": [volume], "env": env}}));
    let expected = [
        "spec.candidates[own].container.env[PODIUM_DATA_FILE]: is set by the operator; use another name",
        "spec.candidates[own].container.volumes[v].mounts: \"/podium/output\" is where the operator's own files are; use \
         another folder",
    ];
    assert_eq!(found, expected);
}
