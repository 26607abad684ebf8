//! The sweeps of a tuned pipeline are sweeps that anybody could have written.

use serde_json::{Value, json};

use super::*;
use crate::api::{HyperparameterSweep, TrainingPipeline};
use crate::domain::pipeline::{ValidPipeline, validate as validate_pipeline};
use crate::domain::sweep::validate_hosted;
use crate::settings::{OperatorConfig, Settings};

fn settings() -> Settings {
    let text = "
        installation: test
        trainerImage: trainer:1
        tracking: {uri: 'http://mlflow:5000'}
        namespaces: [{name: ml, models: [churn]}]";
    OperatorConfig::parse(text).unwrap().check("cluster").unwrap()
}

fn valid(tuning: Value) -> Result<ValidPipeline, Vec<Violation>> {
    validate_pipeline(&pipeline(tuning), &settings())
}

fn pipeline(tuning: Value) -> TrainingPipeline {
    serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": "churn", "namespace": "ml", "uid": "uid", "generation": 1},
        "spec": {
            "data": {"uri": "s3://lake/churn.csv", "target": "churned", "timeColumn": "at"},
            "split": {"strategy": "TimeOrdered", "seed": 3},
            "evaluation": {"metric": "f1_score", "threshold": "Auto"},
            "candidates": [
                {"name": "logistic", "algorithm": "LogisticRegression", "parameters": {"C": 5.0, "tol": 0.01}},
                {"name": "forest", "algorithm": "RandomForest"},
                {"name": "net", "algorithm": "TorchMLP", "parameters": {"epochs": 20}},
                {"name": "line", "algorithm": "LinearRegression"},
                {"name": "own", "container": {"image": "acme/train:3"}},
            ],
            "tuning": tuning,
        },
    }))
    .unwrap()
}

const F1: Objective<'static> = Objective { metric: "f1_score", higher_is_better: true };

fn sweeps(tuning: Value) -> Vec<Option<HyperparameterSweepSpec>> {
    let tuning = valid(tuning).unwrap().tuning.unwrap();
    (0..5).map(|place| tuning.sweep(place, F1)).collect()
}

#[test]
fn each_candidate_gets_a_sweep_that_the_operator_takes_but_a_container_and_one_that_has_nothing_to_search() {
    for preset in ["Space", "Grid"] {
        let all = sweeps(json!({"preset": preset}));
        assert_eq!(all.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, true, false, false]);
        for spec in all.into_iter().flatten() {
            let mut sweep = HyperparameterSweep::new("churn-1", spec);
            sweep.metadata.namespace = Some("ml".to_owned());
            let valid = validate_hosted(&sweep, &settings()).unwrap();
            assert_eq!(valid.experiment, "ml/churn");
            assert_eq!(valid.sweep.plan.metric, "cv_f1_score");
        }
    }
}

#[test]
fn what_is_searched_takes_the_place_of_what_the_candidate_states_and_the_rest_stays() {
    let [logistic, _, net, ..]: [_; 5] = sweeps(json!({})).try_into().unwrap();
    let shared = |spec: Option<HyperparameterSweepSpec>| {
        serde_json::to_value(spec.unwrap().trial.unwrap().parameters).unwrap()
    };
    assert_eq!(shared(logistic), json!({"tol": 0.01}));
    assert_eq!(shared(net), json!({"epochs": 20}));
}

#[test]
fn a_grid_is_tried_as_a_whole_unless_fewer_trials_are_asked_for() {
    let trials =
        |tuning| sweeps(tuning).into_iter().flatten().map(|spec| spec.max_trials).collect::<Vec<_>>();
    assert_eq!(trials(json!({"preset": "Grid"})), [18, 144, 729]);
    assert_eq!(trials(json!({"preset": "Grid", "maxTrials": 10})), [10, 10, 10]);
    assert_eq!(trials(json!({})), [40, 40, 40]);
}

#[test]
fn a_search_that_no_candidate_can_have_is_refused_once_with_its_field() {
    let refused = valid(json!({"algorithm": {"name": "CMA-ES"}})).unwrap_err();
    let fields: Vec<_> = refused.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["spec.tuning.algorithm"], "{refused:?}");
}

#[test]
fn a_rule_goes_to_the_candidates_whose_trials_have_steps_enough_and_patience_to_all() {
    let stopping = |tuning: Value| -> Vec<Value> {
        sweeps(tuning)
            .into_iter()
            .flatten()
            .map(|spec| serde_json::to_value(spec.early_stopping).unwrap())
            .collect()
    };
    // 100 steps of a logistic regression, 50 of a forest (at most 500 trees are searched), 20 of the network.
    let rule = json!({"algorithm": "ASHA", "minSteps": 30, "patience": 8});
    assert_eq!(stopping(json!({"earlyStopping": rule})), [rule.clone(), rule, json!({"patience": 8})]);
    let rule = json!({"algorithm": "ASHA", "minSteps": 60});
    assert_eq!(stopping(json!({"earlyStopping": rule})), [rule, Value::Null, Value::Null]);
}

#[test]
fn a_rule_that_would_stop_no_trial_of_any_candidate_is_refused_once() {
    let refused = valid(json!({"earlyStopping": {"algorithm": "ASHA", "minSteps": 1000}})).unwrap_err();
    let told: Vec<_> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "spec.tuning.earlyStopping.minSteps: 1000 must be below 100, the steps that a trial has at the most (max_iter; a step is 10 \
             iterations of L-BFGS): nothing would be stopped"
        ]
    );
}

#[test]
fn a_rule_that_an_earlier_operator_took_is_not_refused_while_the_run_is_of_this_spec() {
    let mut object = pipeline(json!({"earlyStopping": {"algorithm": "ASHA", "minSteps": 1000}}));
    object.status = serde_json::from_value(json!({
        "phase": "Tuning",
        "run": {
            "key": "k", "number": 1, "trigger": "Spec", "startedAt": "2027-01-15T08:00:00Z", "experiment": "churn",
            "identity": RunIdentity::of(&object.spec).as_str(),
        },
    }))
    .unwrap();
    assert!(validate_pipeline(&object, &settings()).is_ok());
    object.spec.tuning.as_mut().unwrap().max_trials = Some(7);
    assert_eq!(validate_pipeline(&object, &settings()).unwrap_err().len(), 1);
}
