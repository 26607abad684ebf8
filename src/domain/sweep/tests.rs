use podium_search::stop::{Asha, Median};
use podium_search::{Algorithm, GpOptions, GridOptions, Noise};
use podium_tuning::sweep::Rule;
use serde_json::{Value, json};

use super::*;
use crate::api::HyperparameterSweep;
use crate::settings::OperatorConfig;

fn spec(change: impl FnOnce(&mut Value)) -> HyperparameterSweepSpec {
    let mut spec = json!({
        "objective": {"metric": "loss", "goal": "Minimize"},
        "parameters": [
            {"name": "learning_rate", "double": {"min": "0.0001", "max": "0.3", "scale": "Log"}},
            {"name": "num_leaves", "int": {"min": 8, "max": 256, "scale": "Log"}},
            {"name": "booster", "categorical": {"values": ["gbdt", "dart"]}},
            {"name": "drop_rate", "double": {"min": "0", "max": "0.5"}, "when": {"parameter": "booster", "in": ["dart"]}},
        ],
        "maxTrials": 20,
    });
    change(&mut spec);
    serde_json::from_value(spec).unwrap()
}

/// What is said about a changed spec.
fn told(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let problems = validate(&spec(change), None).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_default_is_resolved() {
    let valid = validate(&spec(|_| {}), None).unwrap();
    assert_eq!(valid.plan.limits, Limits::trials(20, 1));
    assert_eq!(valid.plan.settings, Settings::minimize().budget(20, 1));
    assert_eq!(valid.plan.stopping, podium_tuning::sweep::EarlyStopping::default());
    assert_eq!(conditional_names(&valid.plan.space), ["drop_rate"]);
}

#[test]
fn the_parallelism_of_the_command_line_stands_in_for_the_spec_s_own() {
    let valid = validate(&spec(|spec| spec["parallelism"] = json!(3)), Some(8)).unwrap();
    assert_eq!((valid.plan.limits.parallelism, valid.plan.settings.parallelism), (8, 8));
}

#[test]
fn what_is_wrong_with_a_parameter_is_told_with_its_name_its_value_and_what_is_allowed() {
    let double = |range: Value| told(|spec| spec["parameters"][0]["double"] = range);
    for (found, expected) in [
        (
            told(|spec| spec["parameters"] = json!([])),
            "spec.parameters: a space needs at least one parameter",
        ),
        (
            double(json!({"min": "0.5", "max": "0.3"})),
            "spec.parameters[learning_rate]: min 0.5 must be below max 0.3",
        ),
        (
            double(json!({"min": "0", "max": "0.3", "scale": "Log"})),
            "spec.parameters[learning_rate]: a log scale needs min above 0, found 0",
        ),
        (
            double(json!({"min": "x", "max": "0.3"})),
            "spec.parameters[learning_rate].double.min: \"x\" is not a finite decimal number, for example \"0.65\" or \"-1e-3\"",
        ),
        (
            double(json!({"min": "0", "max": "1", "step": "2"})),
            "spec.parameters[learning_rate]: step 2 must be above 0, at most max - min, and give at most 2^51 steps",
        ),
        (
            told(|spec| spec["parameters"][2]["categorical"] = json!({"values": ["gbdt"]})),
            "spec.parameters[booster]: a categorical parameter needs at least 2 values, found 1",
        ),
        (
            told(|spec| spec["parameters"][3]["when"]["parameter"] = json!("engine")),
            "spec.parameters[drop_rate]: its condition names \"engine\", which is no parameter of this space",
        ),
        (
            told(|spec| spec["parameters"][2]["when"] = json!({"parameter": "booster", "in": ["dart"]})),
            "spec.parameters[booster]: its conditions go round in a circle",
        ),
        (
            told(|spec| spec["parameters"][3]["when"]["in"] = json!(["goss"])),
            "spec.parameters[drop_rate]: its condition lists \"goss\", which is no value of \"booster\"",
        ),
        (
            told(|spec| spec["parameters"][3]["name"] = json!("num.leaves")),
            "spec.parameters[num.leaves]: \"num.leaves\" and \"num_leaves\" would both be the environment variable PODIUM_PARAMETER_NUM_LEAVES",
        ),
    ] {
        assert!(found.iter().any(|told| told == expected), "{expected}: {found:?}");
    }
}

#[test]
fn a_grid_over_a_double_needs_a_count_and_may_have_more_points_than_memory() {
    let grid =
        |counts: Value| move |spec: &mut Value| spec["algorithm"] = json!({"name": "Grid", "counts": counts});
    assert_eq!(
        told(grid(json!({}))),
        ["spec.algorithm: a grid needs a step or a count for parameter \"learning_rate\", a double"]
    );
    let valid = validate(
        &spec(|spec| {
            spec["algorithm"] = json!({"name": "Grid", "counts": {"x": 1_000_000, "y": 1_000_000}});
            spec["parameters"] = json!([
                {"name": "x", "double": {"min": "0", "max": "1"}},
                {"name": "y", "double": {"min": "0", "max": "1"}},
            ]);
        }),
        None,
    )
    .unwrap();
    let counts = [("x".to_owned(), 1_000_000), ("y".to_owned(), 1_000_000)].into();
    assert_eq!(valid.plan.settings.algorithm, Algorithm::Grid(GridOptions { counts }));
}

#[test]
fn the_noise_of_a_gaussian_process_is_known_unknown_or_a_deviation() {
    let gp = |noise: &'static str| {
        move |spec: &mut Value| spec["algorithm"] = json!({"name": "GP", "noise": noise})
    };
    for (text, noise) in
        [("None", Noise::None), ("Learned", Noise::Learned), ("0.01", Noise::Deviation(0.01))]
    {
        let expected = Algorithm::Gp(GpOptions { noise, ..GpOptions::default() });
        assert_eq!(validate(&spec(gp(text)), None).unwrap().plan.settings.algorithm, expected);
    }
    let expected = "spec.algorithm.noise: \"0\" must be None, Learned, or a standard deviation above 0";
    assert_eq!(told(gp("0")), [expected]);
}

#[test]
fn a_point_to_try_first_must_be_of_the_space() {
    let told = told(|spec| {
        spec["warmStart"] = json!({"trials": [
            {"parameters": {"learning_rate": 0.1, "num_leaves": 31, "booster": "gbdt"}},
            {"parameters": {"learning_rate": 0.1, "num_leaves": 31, "booster": "gbdt", "drop_rate": 0.1}},
        ]});
    });
    assert_eq!(
        told,
        [
            "spec.warmStart.trials[1].parameters: parameter \"drop_rate\" has a value, but its condition on \"booster\" does not hold"
        ]
    );
}

#[test]
fn a_sweep_that_teaches_is_named_once_and_only_where_the_search_has_a_use_for_it() {
    let taught = |algorithm: &'static str, sweeps: Value| {
        move |spec: &mut Value| {
            spec["algorithm"] = json!({"name": algorithm});
            spec["warmStart"] = json!({"sweeps": sweeps});
        }
    };
    let twice = "spec.warmStart.sweeps[2]: \"a\" is named twice; each sweep teaches once";
    assert_eq!(told(taught("TPE", json!(["a", "b", "a"]))), [twice]);
    let useless = "spec.warmStart.sweeps: would change nothing: Random and Sobol ask for no values, and where a double has no step \
                   they hardly ever come to the same point twice; take Auto, TPE, GP or CMA-ES";
    assert_eq!(told(taught("Random", json!(["a"]))), [useless]);
    assert_eq!(told(taught("Sobol", json!(["a"]))), [useless]);
    assert_eq!(told(taught("Auto", json!(["a"]))), Vec::<String>::new());
    let whole = |spec: &mut Value| {
        taught("Random", json!(["a"]))(spec);
        spec["parameters"] = json!([{"name": "n", "int": {"min": 1, "max": 9}}]);
    };
    assert_eq!(told(whole), Vec::<String>::new(), "what was tried is left out");
}

#[test]
fn a_rule_of_early_stopping_that_says_no_more_than_its_name_has_defaults() {
    let rule = |stopping: Value| {
        validate(&spec(|spec| spec["earlyStopping"] = stopping), None).unwrap().plan.stopping.rule
    };
    let asha = Rule::Asha(Asha::new(1, 3).unwrap());
    assert_eq!(rule(json!({"algorithm": "ASHA"})), Some(asha));
    let median = |start, trials| Some(Rule::Median(Median::new(start, trials).unwrap()));
    assert_eq!(rule(json!({"algorithm": "Median"})), median(4, 3));
    assert_eq!(rule(json!({"algorithm": "Median", "startStep": 2})), median(2, 3));
    assert_eq!(rule(json!({"algorithm": "Median", "minTrials": 5})), median(4, 5));
}

#[test]
fn early_stopping_out_of_range_names_its_field() {
    let stopping = |value: Value| told(|spec| spec["earlyStopping"] = value);
    assert_eq!(
        stopping(json!({"algorithm": "ASHA", "reductionFactor": 1})),
        ["spec.earlyStopping.reductionFactor: 1 must be at least 2"]
    );
    assert_eq!(
        stopping(json!({"patience": 5, "tolerance": "-1"})),
        ["spec.earlyStopping.tolerance: -1 must be a finite number of at least 0"]
    );
}

/// A sweep of a learner's trials, this parameter among what is searched.
fn of_learner(algorithm: &str, shared: Value, searched: Value, stopping: Value) -> HyperparameterSweep {
    let spec = spec(|spec| {
        spec["objective"] = json!({"metric": "mae", "goal": "Minimize"});
        spec["parameters"] = searched;
        spec["earlyStopping"] = stopping;
        spec["trial"] = json!({"data": {"uri": "s3://lake/a.csv", "target": "y"}, "algorithm": algorithm, "parameters": shared});
    });
    let mut sweep = HyperparameterSweep::new("tune", spec);
    sweep.metadata.namespace = Some("ml".to_owned());
    sweep
}

/// What the operator says about it.
fn told_by_operator(sweep: &HyperparameterSweep) -> Vec<String> {
    let config = "{installation: test, trainerImage: trainer, tracking: {uri: 'http://mlflow'}, namespaces: [{name: ml}]}";
    let settings = OperatorConfig::parse(config).unwrap().check("").unwrap();
    let problems = validate_hosted(sweep, &settings).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rule_that_judges_no_step_but_the_last_is_refused_with_the_steps_that_there_are() {
    let leaf = json!([{"name": "min_samples_leaf", "int": {"min": 1, "max": 20}}]);
    let asha = |first: i64| json!({"algorithm": "ASHA", "minSteps": first});
    let forest = |trees: u32, first: i64| {
        told_by_operator(&of_learner(
            "RandomForest",
            json!({"n_estimators": trees}),
            leaf.clone(),
            asha(first),
        ))
    };
    let none: [&str; 0] = [];
    assert_eq!(forest(600, 59), none);
    assert_eq!(
        forest(600, 60),
        [
            "spec.earlyStopping.minSteps: 60 must be below 60, the steps that a trial has at the most (n_estimators; a step is 10 trees): \
             nothing would be stopped"
        ]
    );
    assert_eq!(forest(601, 60), none, "the last step may be shorter");
    assert_eq!(forest(10, 1).len(), 1, "there is one step");
    // The learner's own number of trees is 100.
    let default = |first| told_by_operator(&of_learner("RandomForest", json!({}), leaf.clone(), asha(first)));
    assert_eq!((default(9).len(), default(10).len()), (0, 1));
}

#[test]
fn the_steps_of_a_trial_are_those_of_the_longest_that_can_be_searched() {
    let epochs = |epochs: Value, stopping: Value| {
        let mut searched =
            json!([{"name": "epochs"}, {"name": "activation", "categorical": {"values": ["relu", "tanh"]}}]);
        searched[0].as_object_mut().unwrap().extend(epochs.as_object().unwrap().clone());
        told_by_operator(&of_learner("TorchMLP", json!({}), searched, stopping))
    };
    let median = |first: i64| json!({"algorithm": "Median", "startStep": first});
    let range = json!({"int": {"min": 3, "max": 12}});
    assert_eq!((epochs(range.clone(), median(11)).len(), epochs(range, median(12)).len()), (0, 1));
    let few = json!({"int": {"min": 2, "max": 4}});
    assert_eq!(
        epochs(few.clone(), json!({"algorithm": "Median"})),
        [
            "spec.earlyStopping.startStep: 4 must be below 4, the steps that a trial has at the most (epochs; a step is an epoch): \
             nothing would be stopped"
        ]
    );
    assert_eq!(epochs(few, json!({"patience": 3})), [""; 0], "patience judges no steps");
    // Where epochs are not searched there are 50 of them, which is more than any that is.
    let sometimes =
        json!({"categorical": {"values": [4, 8]}, "when": {"parameter": "activation", "in": ["tanh"]}});
    assert_eq!((epochs(sometimes.clone(), median(49)).len(), epochs(sometimes, median(50)).len()), (0, 1));
}

#[test]
fn a_learner_that_is_fitted_in_one_go_has_a_step_a_fold() {
    let searched = json!([{"name": "fit_intercept", "categorical": {"values": [true, false]}}]);
    let line = |first: i64| {
        let asha = json!({"algorithm": "ASHA", "minSteps": first});
        told_by_operator(&of_learner("LinearRegression", json!({}), searched.clone(), asha))
    };
    assert_eq!(line(4), [""; 0]);
    assert_eq!(
        line(5),
        [
            "spec.earlyStopping.minSteps: 5 must be below 5, the steps that a trial has at the most (a step is a fold): nothing would be \
             stopped"
        ]
    );
}

#[test]
fn a_rule_that_an_earlier_operator_took_is_refused_only_once_the_spec_asks_for_another_run() {
    let leaf = json!([{"name": "min_samples_leaf", "int": {"min": 1, "max": 20}}]);
    let mut sweep = of_learner("RandomForest", json!({}), leaf, json!({"algorithm": "ASHA", "minSteps": 10}));
    assert_eq!(told_by_operator(&sweep).len(), 1);
    sweep.status = serde_json::from_value(json!({
        "phase": "Running",
        "run": {
            "key": "k", "number": 1, "startedAt": "2027-01-15T08:00:00Z", "experiment": "tune",
            "identity": identity::of(&sweep.spec),
        },
    }))
    .unwrap();
    assert_eq!(told_by_operator(&sweep), [""; 0]);
    sweep.spec.max_trials = 40;
    assert_eq!(told_by_operator(&sweep), [""; 0], "the run goes on");
    sweep.spec.parameters[0].int.as_mut().unwrap().max = 30;
    assert_eq!(told_by_operator(&sweep).len(), 1, "another run");
}
