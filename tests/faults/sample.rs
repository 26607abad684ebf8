//! Objects and settings that scenarios start from.

use podium::settings::{OperatorConfig, Settings};
use serde_json::{Value, json};

/// Settings of the operator: the namespace ml may own and auto-promote the model churn.
pub fn settings() -> Settings {
    let text = "
        installation: test
        trainerImage: trainer:1
        tracking: {uri: 'http://mlflow:5000'}
        namespaces:
        - {name: ml, models: [churn, other], autoPromote: [churn]}";
    OperatorConfig::parse(text).unwrap().check("cluster").unwrap()
}

/// A pipeline of three candidates that registers and promotes.
pub fn pipeline(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {
            "data": {"uri": "s3://lake/churn.csv", "target": "churned"},
            "candidates": [
                {"name": "logistic", "algorithm": "LogisticRegression"},
                {"name": "forest", "algorithm": "RandomForest"},
                {"name": "net", "algorithm": "TorchMLP"},
            ],
            "registration": {
                "registeredModel": "churn",
                "gates": [
                    {"name": "quality", "metric": "f1_score", "min": "0.6"},
                    {"name": "no-regression", "metric": "f1_score", "compareTo": "champion",
                     "minDelta": "-0.05", "confidence": "0.9"},
                ],
                "promotion": {"mode": "Auto"},
            },
        },
    })
}

/// A sweep of a few trials by two workers.
pub fn sweep(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"},
            "algorithm": {"name": "Random"},
            "parameters": [{"name": "C", "double": {"min": "0.01", "max": "1"}}],
            "maxTrials": 4,
            "parallelism": 2,
            "trial": {"data": {"uri": "s3://lake/churn.csv", "target": "churned"}, "algorithm": "LogisticRegression"},
            // Jobs go as soon as they may: what they came to must stand elsewhere.
            "limits": {"ttlSecondsAfterFinished": 0},
        },
    })
}

/// A pipeline of one candidate that is tuned by a few trials. The value of a trial is its parameter.
pub fn tuned(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {
            "data": {"uri": "s3://lake/churn.csv", "target": "churned"},
            "candidates": [{"name": "logistic", "algorithm": "LogisticRegression"}],
            "tuning": {"maxTrials": 2, "algorithm": {"name": "Random", "seed": 1}},
            "limits": {"ttlSecondsAfterFinished": 0},
        },
    })
}
