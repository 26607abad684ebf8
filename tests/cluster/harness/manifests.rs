//! Manifests: one small good pipeline, and changes to it as JSON merge patches.

use serde_json::{Value, json};

use super::World;

/// A pipeline with one quick candidate on the breast cancer data, whose ConfigMap it takes for granted.
pub fn pipeline(world: &World, name: &str) -> Value {
    json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": name, "namespace": world.namespace},
        "spec": {
            "data": {"uri": "configmap://breast-cancer/breast_cancer.csv", "target": "target", "positiveLabel": "0"},
            "candidates": [{"name": "logistic", "algorithm": "LogisticRegression"}],
            "evaluation": {"metric": "f1_score"},
            "resources": {"cpu": "400m", "memory": "256Mi"},
        }
    })
}

/// A sweep of quick trials on the breast cancer data, whose ConfigMap it takes for granted.
pub fn sweep(world: &World, name: &str, trials: i32, parallelism: i32) -> Value {
    json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep",
        "metadata": {"name": name, "namespace": world.namespace},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"},
            "algorithm": {"name": "Random", "seed": 7},
            "parameters": [{"name": "C", "double": {"min": "0.001", "max": "100", "scale": "Log"}}],
            "maxTrials": trials,
            "parallelism": parallelism,
            "trial": {
                "data": {"uri": "configmap://breast-cancer/breast_cancer.csv", "target": "target", "positiveLabel": "0"},
                "algorithm": "LogisticRegression",
                "parameters": {"max_iter": 200},
            },
            "resources": {"cpu": "200m", "memory": "192Mi"},
        }
    })
}

/// A gate and a promotion without a person, for the world's model.
pub fn promoted(world: &World) -> Value {
    json!({"spec": {"registration": {
        "registeredModel": world.model,
        "gates": [{"name": "quality", "metric": "f1_score", "min": "0.9"}],
        "promotion": {"mode": "Auto"},
    }}})
}

/// An object after a JSON merge patch: null removes, lists are replaced.
pub fn changed(mut object: Value, patch: Value) -> Value {
    merge(&mut object, patch);
    object
}

fn merge(object: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *object = patch;
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    let fields = object.as_object_mut().unwrap();
    for (key, value) in patch {
        match value {
            Value::Null => drop(fields.remove(&key)),
            value => merge(fields.entry(key).or_insert(Value::Null), value),
        }
    }
}
