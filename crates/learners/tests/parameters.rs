//! What users may write as parameters, and what they are told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;

use podium_learners::{Algorithm, Parameters, Task};
use serde_json::{Value, json};

fn given(value: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn refusal(algorithm: Algorithm, value: Value) -> String {
    Parameters::parse(algorithm, &given(value)).unwrap_err().to_string()
}

#[test]
fn the_defaults_of_every_algorithm_are_allowed_by_its_own_table() {
    for algorithm in Algorithm::ALL {
        let defaults = Parameters::defaults(algorithm).unwrap();
        assert_eq!(defaults.algorithm(), algorithm);
        for task in [Task::Classification, Task::Regression] {
            let effective = defaults.effective(task);
            assert_eq!(effective.len(), algorithm.parameters().len());
            let again = Parameters::parse(algorithm, &effective).unwrap();
            assert_eq!(again.effective(task), effective);
        }
    }
}

#[test]
fn effective_values_hold_defaults_and_resolve_auto_by_the_task() {
    let forest = Parameters::parse(Algorithm::RandomForest, &given(json!({"n_estimators": 300}))).unwrap();
    let expected = |features: &str| {
        given(json!({
            "bootstrap": true, "class_weight": "none", "max_depth": "none", "max_features": features,
            "min_samples_leaf": 1, "min_samples_split": 2, "n_estimators": 300, "oob_score": false,
        }))
    };
    assert_eq!(forest.effective(Task::Classification), expected("sqrt"));
    assert_eq!(forest.effective(Task::Regression), expected("all"));
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    assert_eq!(
        refusal(Algorithm::LogisticRegression, json!({"c": 1})),
        "LogisticRegression has no parameter \"c\"; it takes C, class_weight, fit_intercept, max_iter, tol"
    );
}

#[test]
fn a_value_out_of_range_is_answered_with_the_range() {
    let cases = [
        (
            Algorithm::LogisticRegression,
            json!({"C": 0}),
            "LogisticRegression: parameter C is 0; allowed: a number above 0 and at most 1000000000000",
        ),
        (
            Algorithm::RandomForest,
            json!({"n_estimators": 0}),
            "RandomForest: parameter n_estimators is 0; allowed: a whole number from 1 to 10000",
        ),
        (
            Algorithm::RandomForest,
            json!({"n_estimators": 1.5}),
            "RandomForest: parameter n_estimators is 1.5; allowed: a whole number from 1 to 10000",
        ),
        (
            Algorithm::RandomForest,
            json!({"max_depth": "deep"}),
            "RandomForest: parameter max_depth is \"deep\"; allowed: a whole number from 1 to 1000, or \"none\"",
        ),
        (
            Algorithm::RandomForest,
            json!({"max_features": 1.01}),
            "RandomForest: parameter max_features is 1.01; allowed: one of auto, sqrt, log2, all, or a number above 0 and at most 1",
        ),
        (
            Algorithm::RandomForest,
            json!({"bootstrap": "yes"}),
            "RandomForest: parameter bootstrap is \"yes\"; allowed: true or false",
        ),
        (
            Algorithm::TorchMlp,
            json!({"hidden": [64, 0]}),
            "TorchMLP: parameter hidden is [64,0]; allowed: a list of at most 16 whole numbers from 1 to 16384",
        ),
        (
            Algorithm::TorchMlp,
            json!({"dropout": 1}),
            "TorchMLP: parameter dropout is 1; allowed: a number at least 0 and below 1",
        ),
        (
            Algorithm::LogisticRegression,
            json!({"class_weight": "heavy"}),
            "LogisticRegression: parameter class_weight is \"heavy\"; allowed: one of none, balanced",
        ),
    ];
    for (algorithm, value, message) in cases {
        assert_eq!(refusal(algorithm, value), message);
    }
}

#[test]
fn whole_numbers_may_have_a_zero_fraction_and_none_may_be_null() {
    let value = json!({"n_estimators": 30.0, "max_depth": null, "class_weight": null, "max_features": 1});
    let forest = Parameters::parse(Algorithm::RandomForest, &given(value)).unwrap();
    let effective = forest.effective(Task::Classification);
    assert_eq!(effective["n_estimators"], json!(30));
    assert_eq!(effective["max_depth"], json!("none"));
    assert_eq!(effective["class_weight"], json!("none"));
    assert_eq!(effective["max_features"], json!(1.0));
}

#[test]
fn an_unknown_algorithm_is_answered_with_the_known_ones() {
    assert_eq!(
        "XGBoost".parse::<Algorithm>().unwrap_err().to_string(),
        "unknown algorithm \"XGBoost\"; use one of LogisticRegression, LinearRegression, RandomForest, TorchMLP"
    );
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.name().parse(), Ok(algorithm));
        assert_eq!(serde_json::to_value(algorithm).unwrap(), json!(algorithm.name()));
    }
}
