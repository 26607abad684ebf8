//! Plans of a pipeline as whole values: which effects, Jobs, questions and words follow from what was observed.

mod away;
mod containers;
mod first_steps;
mod history;
mod troubles;
mod tuning;

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::api::{Decimal, TrainingPipeline};
use crate::domain::pipeline::validate;
use crate::plan::{AT_ONCE, Effect, Pin, Reading, RunFacts, RunState, Slot, Tags};
use crate::settings::OperatorConfig;

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

/// A pipeline of two candidates, with fields of the spec put in or replaced.
fn pipeline(spec: Value) -> ValidPipeline {
    let settings = "
        installation: test
        trainerImage: trainer:1
        tracking: {uri: 'http://mlflow:5000'}
        namespaces: [{name: ml, models: [churn]}]";
    let settings = OperatorConfig::parse(settings).unwrap().check("cluster").unwrap();
    let mut object = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": "churn", "namespace": "ml", "uid": "uid", "generation": 1},
        "spec": {
            "data": {"uri": "s3://lake/churn.csv", "target": "churned"},
            "candidates": [
                {"name": "logistic", "algorithm": "LogisticRegression"},
                {"name": "forest", "algorithm": "RandomForest"},
            ],
        },
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    let object: TrainingPipeline = serde_json::from_value(object).unwrap();
    validate(&object, &settings).unwrap()
}

/// The plan that follows from a status, when nothing else is there and nothing more must be known.
fn plan_from(pipeline: &ValidPipeline, status: TrainingPipelineStatus, known: &Known) -> PipelinePlan {
    let observed = Observed { status, ..Observed::default() };
    match plan(pipeline, &observed, known, now()) {
        Step::Done(plan) => plan,
        Step::Need(queries) => panic!("it asks {queries:?}"),
    }
}

/// Status with the run begun and its experiment and parent run pinned.
fn with_parent(pipeline: &ValidPipeline) -> TrainingPipelineStatus {
    let mut status = plan_from(pipeline, TrainingPipelineStatus::default(), &Known::default()).status;
    assert!(pin(&mut status, &parent()));
    status
}

/// The id of a parent run that was found, not made.
fn parent() -> Pin {
    Pin::Parent { experiment_id: "1".to_owned(), run_id: "parent".to_owned(), fresh: false }
}

/// A run in MLflow with tags.
fn run(id: &str, tags: Tags) -> Reading<RunFacts> {
    Reading::Found(RunFacts {
        run_id: id.to_owned(),
        experiment_id: "1".to_owned(),
        experiment: "ml/churn".to_owned(),
        state: RunState::Open,
        deleted: false,
        artifact_uri: "mlflow-artifacts:/1/parent/artifacts".to_owned(),
        tags,
        metrics: std::collections::BTreeMap::new(),
    })
}

/// MLflow knows this run.
fn knowing(id: &str, reading: Reading<RunFacts>) -> Known {
    Known { runs: std::collections::BTreeMap::from([(id.to_owned(), reading)]), ..Known::default() }
}
