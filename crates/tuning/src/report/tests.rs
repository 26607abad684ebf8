use podium_search::{Algorithm, Parameter, Settings, Space};
use serde_json::{Map, Value, json};

use super::*;
use crate::sweep::{EarlyStopping, End, Failure, Limits, Plan};

fn point(x: f64, kind: &str) -> Map<String, Value> {
    json!({"x": x, "kind": kind}).as_object().cloned().unwrap()
}

/// Four trials: the second best, a failed one, the best, one that goes on.
fn report() -> Report {
    let space =
        Space::new(vec![Parameter::double("x", 0.0, 1.0), Parameter::categorical("kind", ["a", "b, c"])])
            .unwrap();
    let plan = Plan {
        space,
        settings: Settings::maximize().algorithm(Algorithm::Random).seed(7),
        metric: "accuracy".into(),
        limits: Limits::trials(10, 4),
        stopping: EarlyStopping::default(),
        first: vec![point(0.25, "a"), point(0.5, "a"), point(0.75, "b, c"), point(1.0, "a")],
    };
    let mut sweep = Sweep::new(plan).unwrap();
    for _ in 0..4 {
        sweep.next_action(std::time::Duration::ZERO);
    }
    sweep.tell(0, End::Complete(0.8)).unwrap();
    sweep.tell(1, End::Failed(Failure::Broken("exit code 3".into()))).unwrap();
    sweep.tell(2, End::Complete(0.9)).unwrap();
    let metrics = [("accuracy".to_owned(), 0.9), ("loss".to_owned(), f64::NAN)].into();
    let details = [(2, Details { seconds: Some(1.5), metrics })].into();
    Report::new("demo", &sweep, &details, Some(Ending::TimeLimit { seconds: 60.0 }), 60.5)
}

fn file(name: &str) -> String {
    report().files().unwrap().into_iter().find(|file| file.name == name).unwrap().text
}

#[test]
fn every_trial_is_a_row_of_the_table_with_its_parameters() {
    let expected = "number,state,accuracy,step,seconds,message,params.x,params.kind\n\
                    0,Complete,0.8,,,,0.25,a\n\
                    1,Failed,,,,exit code 3,0.5,a\n\
                    2,Complete,0.9,,1.5,,0.75,\"b, c\"\n\
                    3,Interrupted,,,,,1.0,a\n";
    assert_eq!(file(ALL_RESULTS_CSV), expected);
}

#[test]
fn the_best_trial_stands_alone_with_the_metrics_that_are_numbers() {
    let expected = json!({
        "name": "demo", "trial": 2, "metric": "accuracy", "value": 0.9,
        "parameters": {"x": 0.75, "kind": "b, c"}, "metrics": {"accuracy": 0.9}
    });
    assert_eq!(serde_json::from_str::<Value>(&file(BEST_JSON)).unwrap(), expected);
}

#[test]
fn the_summary_says_how_the_search_went() {
    let summary: Value = serde_json::from_str(&file(SUMMARY_JSON)).unwrap();
    assert_eq!(summary["objective"], json!({"metric": "accuracy", "goal": "Maximize"}));
    assert_eq!(summary["algorithm"], json!({"name": "Random", "reason": "named in the settings", "seed": 7}));
    assert_eq!(summary["trials"], json!({"pending": 1, "complete": 2, "stopped": 0, "failed": 1}));
    assert_eq!(
        summary["ending"],
        json!({"reason": "TimeLimit", "seconds": 60.0, "message": "the time limit of 60 s is over"})
    );
    let few = "importance needs at least 10 complete trials of the space, and there are 2";
    assert_eq!(summary["importance"], json!({"message": few}));
    let top: Vec<_> =
        summary["top"].as_array().unwrap().iter().map(|trial| trial["number"].as_i64()).collect();
    assert_eq!(top, [Some(2), Some(0)]);
    assert_eq!(summary["improvements"], json!([{"trial": 0, "value": 0.8}, {"trial": 2, "value": 0.9}]));
}

#[test]
fn without_a_complete_trial_there_is_no_file_about_the_best() {
    let mut empty = report();
    empty.trials.retain(|trial| trial.state != Standing::Complete);
    let names: Vec<_> = empty.files().unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(names, [ALL_RESULTS_JSON, ALL_RESULTS_CSV, SUMMARY_JSON]);
}

#[test]
fn what_matters_is_told_once_enough_is_known() {
    let plan = Plan {
        space: Space::new(vec![Parameter::double("x", 0.0, 1.0), Parameter::double("idle", 0.0, 1.0)])
            .unwrap(),
        settings: Settings::minimize().algorithm(Algorithm::Sobol),
        metric: "loss".into(),
        limits: Limits::trials(64, 1),
        stopping: EarlyStopping::default(),
        first: Vec::new(),
    };
    let mut sweep = Sweep::new(plan).unwrap();
    while let crate::sweep::Action::Start(trial) = sweep.next_action(std::time::Duration::ZERO) {
        sweep.tell(trial.number, End::Complete(trial.point["x"].as_f64().unwrap())).unwrap();
    }
    let Mattering::Known { parameters, .. } =
        Report::new("demo", &sweep, &BTreeMap::new(), None, 0.0).summary().importance
    else {
        panic!("64 trials are enough")
    };
    assert!(parameters["x"] > 0.9 && parameters["idle"] < 0.1, "{parameters:?}");
}
