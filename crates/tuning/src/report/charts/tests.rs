use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use podium_search::importance::{Importance, ImportanceError, Share};
use podium_search::{Goal, Settings, Space};
use serde_json::{Value, json};

use super::*;
use crate::sweep::{EarlyStopping, Limits, Plan, Sweep};

/// A space with each kind of parameter, one of them conditional.
fn parameters() -> Vec<Parameter> {
    vec![
        Parameter::double("rate", 1e-4, 1.0).log(),
        Parameter::int("depth", 1, 8),
        Parameter::categorical("booster", ["gbdt", "dart"]),
        Parameter::double("drop", 0.0, 0.5).when("booster", ["dart"]),
    ]
}

fn report(goal: Goal, parameters: Vec<Parameter>, trials: Vec<TrialResult>) -> Report {
    let settings = if goal == Goal::Minimize { Settings::minimize() } else { Settings::maximize() };
    let plan = Plan {
        space: Space::new(parameters).unwrap(),
        settings,
        metric: "loss".into(),
        limits: Limits::trials(10, 1),
        stopping: EarlyStopping::default(),
        first: Vec::new(),
    };
    let mut report = Report::new("demo", &Sweep::new(plan).unwrap(), &BTreeMap::new(), None, 0.0);
    report.trials = trials;
    report
}

fn trial(number: i64, state: Standing, value: Option<f64>, parameters: Value) -> TrialResult {
    TrialResult {
        number,
        state,
        value,
        step: None,
        seconds: None,
        parameters: parameters.as_object().cloned().unwrap(),
        metrics: BTreeMap::new(),
        message: None,
    }
}

fn complete(number: i64, value: f64, rate: f64) -> TrialResult {
    let (depth, is_dart) = (number % 8 + 1, number % 3 == 0);
    let parameters = match is_dart {
        true => json!({"rate": rate, "depth": depth, "booster": "dart", "drop": 0.25}),
        false => json!({"rate": rate, "depth": depth, "booster": "gbdt"}),
    };
    trial(number, Standing::Complete, Some(value), parameters)
}

/// Twelve complete trials, two stopped, one failed, one that was interrupted.
fn usual() -> Vec<TrialResult> {
    let mut trials: Vec<TrialResult> =
        (0..12).map(|number| complete(number, 1.0 / (number + 1) as f64, 0.001)).collect();
    let point = json!({"rate": 0.01, "depth": 3, "booster": "gbdt"});
    trials.push(trial(12, Standing::Stopped, Some(0.7), point.clone()));
    trials.push(trial(13, Standing::Stopped, Some(0.9), point.clone()));
    trials.push(trial(14, Standing::Failed, None, point.clone()));
    trials.push(trial(15, Standing::Interrupted, None, point));
    trials
}

fn known() -> Result<Importance, ImportanceError> {
    let share = |(name, share): (&str, f64)| Share { name: name.to_owned(), share };
    let shares = [("rate", 0.62), ("depth", 0.2), ("booster", 0.05), ("drop", 0.01)].map(share).to_vec();
    Ok(Importance { shares, interactions: 0.12 })
}

fn svg(report: &Report, name: &str) -> String {
    let name = format!("charts/{name}.svg");
    let found = report.charts().unwrap().into_iter().find(|picture| picture.name == name);
    String::from_utf8(found.unwrap_or_else(|| panic!("there is no {name}")).bytes).unwrap()
}

fn names(report: &Report) -> Vec<String> {
    report.charts().unwrap().into_iter().map(|picture| picture.name).collect()
}

#[track_caller]
fn says(svg: &str, words: &[&str]) {
    for word in words {
        assert!(svg.contains(word), "{word:?} is not in {svg}");
    }
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

#[test]
fn a_report_has_each_picture_in_both_forms() {
    let mut report = report(Goal::Minimize, parameters(), usual());
    report.importance = known();
    let expected: Vec<String> =
        CHARTS.iter().flat_map(|name| CHART_FORMS.map(|form| format!("{name}.{form}"))).collect();
    assert_eq!(names(&report), expected);
    assert_eq!(report.charts(), report.charts(), "equal reports have equal charts");
}

#[test]
fn a_picture_that_has_nothing_to_show_is_left_out() {
    let few = report(Goal::Minimize, parameters(), usual());
    assert!(!names(&few).iter().any(|name| name.contains("importance")), "{:?}", names(&few));
    let none = trial(0, Standing::Failed, None, json!({"rate": 0.1, "depth": 1, "booster": "gbdt"}));
    assert_eq!(names(&report(Goal::Minimize, parameters(), vec![none])), [] as [&str; 0]);
    let nan = report(Goal::Minimize, parameters(), vec![complete(0, f64::NAN, 0.1)]);
    assert_eq!(names(&nan), [] as [&str; 0]);
}

#[test]
fn the_history_marks_how_trials_ended_and_says_which_way_is_better() {
    let history = svg(&report(Goal::Minimize, parameters(), usual()), "optimization_history");
    says(&history, &["Optimisation history of demo", "loss (lower is better)", "best 0.08333 by trial 11"]);
    says(&history, &["complete (12)", "stopped early, last value (2)", "failed (1)", "best so far"]);
    // One more in the legend.
    assert_eq!(count(&history, "<circle"), 13);
    let upwards = svg(&report(Goal::Maximize, parameters(), usual()), "optimization_history");
    says(&upwards, &["loss (higher is better)", "best 1 by trial 0"]);
}

#[test]
fn a_value_that_is_no_number_has_no_point() {
    let mut trials = usual();
    trials.push(complete(16, f64::NAN, 0.1));
    trials.push(complete(17, f64::INFINITY, 0.1));
    let report = report(Goal::Minimize, parameters(), trials);
    assert_eq!(count(&svg(&report, "optimization_history"), "<circle"), 13);
    says(&svg(&report, "top_trials"), &["trial 11", "trial 2"]);
}

#[test]
fn values_far_off_stand_at_the_end_of_the_axis_and_are_counted() {
    let mut trials = usual();
    trials[0].value = Some(1e9);
    let history = svg(&report(Goal::Minimize, parameters(), trials), "optimization_history");
    says(&history, &["2 trials are worse than the axis shows", "0.2"]);
}

#[test]
fn one_trial_is_enough_for_a_picture() {
    for value in [0.0, -3.5, 1e-300, f64::MAX, f64::MIN] {
        let report = report(Goal::Maximize, parameters(), vec![complete(0, value, 0.1)]);
        assert_eq!(report.charts().unwrap().len(), 8, "{value}");
        says(
            &svg(&report, "top_trials"),
            &["The best trial of demo", "rate 0.1, depth 1, booster dart, drop 0.25"],
        );
    }
}

#[test]
fn lines_go_through_all_parameters_and_past_those_that_are_absent() {
    let parallel = svg(&report(Goal::Minimize, parameters(), usual()), "parallel_coordinates");
    says(&parallel, &["rate", "depth", "booster", "drop", "gbdt", "dart", "absent", "12 complete trials"]);
    // On a log axis powers of ten stand in equal distances.
    says(&parallel, &["0.0001", "0.001", "0.01", "0.1"]);
    let lines: Vec<&str> = parallel.lines().filter(|line| line.contains("<polyline")).collect();
    let full = lines.iter().filter(|line| line.matches(',').count() >= 5).count();
    assert_eq!(full, 12, "{lines:?}");
}

#[test]
fn each_parameter_has_a_panel_with_the_trials_in_which_it_is_there() {
    let mut report = report(Goal::Minimize, parameters(), usual());
    report.importance = known();
    let impact = svg(&report, "parameter_impact");
    says(&impact, &["rate (62 %)", "depth (20 %)", "booster (5 %)", "drop (1 %)", "loss (lower is better)"]);
    // 12 points of three parameters, 4 of the conditional one, and a ring around the best where it has the parameter.
    assert_eq!(count(&impact, "<circle"), 3 * 12 + 4 + 3);
}

#[test]
fn importance_is_shown_by_share_with_the_combinations_last() {
    let mut report = report(Goal::Minimize, parameters(), usual());
    report.importance = known();
    let importance = svg(&report, "parameter_importance");
    let places =
        ["rate", "depth", "booster", "drop", "combinations"].map(|name| importance.find(name).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    says(&importance, &["62 %", "12 %", "share of the variance of loss (fANOVA)"]);
}

#[test]
fn bars_of_values_that_are_nearly_alike_do_not_begin_at_0_and_say_so() {
    let trials = (0..20).map(|number| complete(number, 0.95 + 0.001 * number as f64, 0.1)).collect();
    let top = svg(&report(Goal::Maximize, parameters(), trials), "top_trials");
    says(&top, &["The 10 best trials of demo", "trial 19", "0.969", "bars do not begin at 0"]);
    assert!(!top.contains("trial 9\n"), "only ten are shown");
    let far = svg(&report(Goal::Minimize, parameters(), usual()), "top_trials");
    assert!(!far.contains("do not begin"), "{far}");
}

#[test]
fn ten_thousand_trials_of_many_parameters_are_thinned() {
    let many: Vec<Parameter> =
        (0..40).map(|index| Parameter::double(format!("parameter_{index}"), 1e-4, 1.0).log()).collect();
    let trial = |number: i64| {
        let place = |index: i64| 10_f64.powf(-((number * (index + 7)) % 997) as f64 / 250.0);
        let values: serde_json::Map<String, Value> =
            (0..40).map(|index| (format!("parameter_{index}"), json!(place(index)))).collect();
        trial(number, Standing::Complete, Some(10_000.0 - number as f64), Value::Object(values))
    };
    let report = report(Goal::Minimize, many, (0..10_000).map(trial).collect());
    let start = Instant::now();
    let pictures = report.charts().unwrap();
    let took = start.elapsed();
    for picture in &pictures {
        assert!(picture.bytes.len() < 1_000_000, "{} has {} bytes", picture.name, picture.bytes.len());
    }
    // Alone it takes a tenth of that; other tests run beside it.
    assert!(took < Duration::from_secs(10), "{took:?}");
    says(
        &svg(&report, "parallel_coordinates"),
        &["200 of 10000 complete trials", "the 10 first of 40 parameters"],
    );
    says(
        &svg(&report, "parameter_impact"),
        &["250 of 10000 complete trials", "the 24 first of 40 parameters"],
    );
    says(&svg(&report, "optimization_history"), &["complete (10000)"]);
}
