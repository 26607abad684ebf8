//! Progress, end and tables of made-up runs.

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::outcome::Outcome;
use super::progress::facts;
use super::screen::Screen;
use super::style::Style;
use super::summary;
use super::target::Target;
use super::view::View;
use crate::api::{ModelVersion, TrainingPipeline};
use crate::cli::Until;

fn time(second: u8) -> String {
    format!("2026-01-01T00:00:{second:02}Z")
}

fn at(second: u8) -> Timestamp {
    time(second).parse().unwrap()
}

fn pipeline(status: Value) -> TrainingPipeline {
    serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline",
        "metadata": {"name": "churn", "namespace": "ml", "generation": 2},
        "spec": {
            "data": {"uri": "configmap://data/rows.csv", "target": "t"},
            "candidates": [{"name": "logistic", "algorithm": "LogisticRegression"}],
            "registration": {"registeredModel": "churn"}
        },
        "status": status
    }))
    .unwrap()
}

fn version(name: &str, status: Value) -> ModelVersion {
    serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion",
        "metadata": {"name": name, "namespace": "ml", "generation": 1},
        "spec": {"registeredModel": "churn", "source": {"pipelineRef": {"name": "churn"}}},
        "status": status
    }))
    .unwrap()
}

fn view(pipeline_status: Value, versions: Vec<ModelVersion>) -> View {
    View::new(&Target::Pipeline("churn".into()), Some(pipeline(pipeline_status)), versions).unwrap()
}

fn training() -> Value {
    json!({
        "observedGeneration": 2, "phase": "Training", "message": "1 of 2 candidates ended",
        "run": {"key": "k", "number": 1, "identity": "i", "trigger": "Spec", "startedAt": time(0), "experiment": "ml/churn",
                "parentRunID": "abc",
                "data": {"digest": "d", "task": "BinaryClassification", "rows": 569, "duplicates": 0, "features": 30, "classes": 2}},
        "stages": [
            {"name": "Validate", "phase": "Succeeded", "startedAt": time(0), "finishedAt": time(3)},
            {"name": "Train", "phase": "Running", "startedAt": time(3)},
            {"name": "Evaluate", "phase": "Pending"}
        ],
        "candidates": [
            {"name": "logistic", "phase": "Succeeded", "startedAt": time(3), "finishedAt": time(8), "score": "0.9712"},
            {"name": "forest", "phase": "Running", "startedAt": time(3), "message": "pod starts"}
        ]
    })
}

fn succeeded() -> Value {
    let mut status = training();
    status["phase"] = json!("Succeeded");
    status["modelVersion"] = json!("churn-1");
    status["best"] = json!({"candidate": "logistic", "metric": "f1_score", "cvValue": "0.9712", "value": "0.96512345678",
        "baseline": "0.95", "dummy": "0", "improvementPercent": "1.59"});
    status["candidates"][1] = json!({"name": "forest", "phase": "Failed", "message": "out of memory"});
    status["candidates"][0]["metrics"] = json!({"cv_roc_auc": "0.99123456789", "fit_seconds": "0.4"});
    status
}

fn promoted() -> ModelVersion {
    version(
        "churn-1",
        json!({
            "observedGeneration": 1, "phase": "Promoted", "message": "version 3 promoted", "version": "3", "alias": "champion",
            "gates": [
                {"name": "quality", "result": "Pass", "reason": "WithinBounds", "message": "", "metric": "f1_score", "value": "0.965", "min": "0.9"},
                {"name": "latency", "result": "Fail", "reason": "OutOfBounds", "message": "", "metric": "inference_time_ms", "value": "50", "max": "40", "dryRun": true}
            ],
            "history": [{"id": "d", "action": "Promote", "version": "3", "from": "2", "reason": "GatesPassed", "by": "operator", "at": time(9)}]
        }),
    )
}

fn rejected() -> ModelVersion {
    version(
        "churn-1",
        json!({
            "observedGeneration": 1, "phase": "Rejected", "message": "gate quality failed", "version": "4",
            "gates": [{"name": "quality", "result": "Fail", "reason": "OutOfBounds", "message": "", "metric": "f1_score", "value": "0.8", "min": "0.9"}]
        }),
    )
}

fn champion(number: &str) -> ModelVersion {
    version(
        "churn-0",
        json!({"observedGeneration": 1, "phase": "Promoted", "message": "", "version": number, "alias": "champion"}),
    )
}

#[test]
fn a_target_is_named_as_for_kubectl() {
    let parse =
        |words: &[&str]| Target::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    assert_eq!(parse(&["tp/churn"]), Some(Target::Pipeline("churn".into())));
    assert_eq!(parse(&["TrainingPipeline", "churn"]), Some(Target::Pipeline("churn".into())));
    assert_eq!(parse(&["modelversions/a"]), Some(Target::Version("a".into())));
    assert_eq!(parse(&["hps/tune"]), Some(Target::Sweep("tune".into())));
    assert_eq!(parse(&["HyperparameterSweep", "tune"]), Some(Target::Sweep("tune".into())));
    assert_eq!([parse(&["churn"]), parse(&["job/a"]), parse(&["tp/"])], [None, None, None]);
}

#[test]
fn a_sweep_is_never_promoted_or_refused() {
    let can = |target: Target| {
        [Until::Finished, Until::Promoted, Until::Refused].map(|until| target.can_reach(until))
    };
    assert_eq!(can(Target::Sweep("a".into())), [true, false, false]);
    assert_eq!([can(Target::Pipeline("a".into())), can(Target::Version("a".into()))], [[true; 3]; 2]);
    let error = super::FollowError::Never { kind: "HyperparameterSweep", until: Until::Promoted }.to_string();
    assert_eq!(
        error,
        "a HyperparameterSweep is never promoted: --until promoted is for pipelines and versions"
    );
}

#[test]
fn it_goes_on_while_the_spec_is_not_observed_a_stage_runs_or_the_version_is_evaluated() {
    assert_eq!(Outcome::of(&view(training(), vec![])), None);
    let mut old = succeeded();
    old["observedGeneration"] = json!(1);
    assert_eq!(Outcome::of(&view(old, vec![promoted()])), None);
    assert_eq!(Outcome::of(&view(succeeded(), vec![])), None, "the version is not there yet");
    let evaluating =
        version("churn-1", json!({"observedGeneration": 1, "phase": "Evaluating", "message": ""}));
    assert_eq!(Outcome::of(&view(succeeded(), vec![evaluating])), None);
    let mut moving = promoted();
    moving.status.as_mut().unwrap().transition =
        Some(serde_json::from_value(json!({"id": "a", "to": "3", "since": time(9)})).unwrap());
    assert_eq!(Outcome::of(&view(succeeded(), vec![moving])), None);
}

/// Whether it ended as asked: until finished, promoted, refused.
fn reached(view: &View, before: Option<&str>) -> [bool; 3] {
    let outcome = Outcome::of(view).unwrap();
    [Until::Finished, Until::Promoted, Until::Refused].map(|until| outcome.reaches(until, before, view))
}

#[test]
fn a_promotion_is_reached_only_by_the_version_of_the_run() {
    assert_eq!(reached(&view(succeeded(), vec![promoted()]), None), [true, true, false]);
    let waiting =
        version("churn-1", json!({"observedGeneration": 1, "phase": "AwaitingApproval", "message": ""}));
    assert_eq!(reached(&view(succeeded(), vec![waiting, champion("2")]), Some("2")), [true, false, false]);
}

#[test]
fn a_refusal_is_reached_only_when_a_gate_refused_and_the_alias_stayed() {
    assert_eq!(reached(&view(succeeded(), vec![rejected(), champion("2")]), Some("2")), [true, false, true]);
    assert_eq!(reached(&view(succeeded(), vec![rejected(), champion("3")]), Some("2")), [true, false, false]);
    let mut by_hand = rejected();
    by_hand.status.as_mut().unwrap().gates.clear();
    assert_eq!(reached(&view(succeeded(), vec![by_hand]), None), [true, false, false]);
}

#[test]
fn a_failed_or_stalled_run_ends_it_and_reaches_nothing() {
    let mut failed = training();
    failed["phase"] = json!("Failed");
    failed["message"] = json!("column age: -1 is below 0");
    let failed = view(failed, vec![]);
    assert_eq!(reached(&failed, None), [false, false, false]);
    let told = Outcome::of(&failed).unwrap().sentence(Until::Promoted, false);
    assert_eq!(told, "The run failed: column age: -1 is below 0\nNot reached: promoted.");
    let mut stalled = training();
    stalled["conditions"] = json!([{"type": "Stalled", "status": "True", "reason": "InvalidSpec", "message": "", "lastTransitionTime": time(1)}]);
    assert_eq!(reached(&view(stalled, vec![]), None), [false, false, false]);
}

fn drawn(is_terminal: bool, views: &[(View, u8)]) -> String {
    let mut screen = Screen::new(is_terminal, Style::new(false));
    let mut out = Vec::new();
    for (view, second) in views {
        screen.draw(&facts(view, at(*second)), at(*second), &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_log_gets_one_line_for_each_change() {
    let mut later = training();
    later["candidates"][1] = json!({"name": "forest", "phase": "Succeeded", "startedAt": time(3), "finishedAt": time(15), "score": "0.96"});
    let text = drawn(
        false,
        &[(view(training(), vec![]), 9), (view(training(), vec![]), 10), (view(later, vec![]), 15)],
    );
    let expected = "TrainingPipeline churn: Training 1 of 2 candidates ended (0:09)
Validate: Succeeded 569 rows, 30 features, 2 classes (0:03)
Train: Running 1/2 candidates (0:06)
logistic: Succeeded cv_score 0.9712 (0:05)
forest: Running pod starts (0:06)
Train: Running 2/2 candidates (0:12)
forest: Succeeded cv_score 0.96 (0:12)
";
    assert_eq!(text, expected);
}

#[test]
fn a_search_has_lines_of_its_own_beside_those_of_its_candidate() {
    let mut tuning = training();
    tuning["candidates"] = json!([training()["candidates"][0]]);
    tuning["stages"] = json!([{"name": "Train", "phase": "Succeeded"}, {"name": "Tune", "phase": "Running", "startedAt": time(8)}]);
    tuning["tuned"] = json!([{
        "candidate": "logistic", "sweep": "churn-1", "phase": "Running", "startedAt": time(8),
        "progress": "12/40", "message": "2 trials run"
    }]);
    let text = drawn(false, &[(view(tuning.clone(), vec![]), 9), (view(tuning, vec![]), 10)]);
    let expected = "TrainingPipeline churn: Training 1 of 2 candidates ended (0:09)
Train: Succeeded 1/1 candidates
logistic: Succeeded cv_score 0.9712 (0:05)
Tune: Running (0:01)
logistic (search): Running 12/40 trials; 2 trials run (0:01)
";
    assert_eq!(text, expected);
}

#[test]
fn what_tuning_or_parameters_made_of_the_baseline_is_said_in_words() {
    for (percent, words) in [
        ("1.59", "(1.59 % better than the baseline)"),
        ("0.00", "(as good as the baseline)"),
        ("-10.31", "(10.31 % worse than the baseline)"),
    ] {
        let mut status = succeeded();
        status["best"]["improvementPercent"] = json!(percent);
        let text = summary::text(&view(status, vec![]), None, Style::new(false));
        assert!(text.contains(&format!("On the holdout {words}")), "{text}");
    }
}

#[test]
fn a_terminal_s_block_is_drawn_again_in_its_place() {
    let text = drawn(true, &[(view(training(), vec![]), 9), (view(training(), vec![]), 10)]);
    let blocks: Vec<_> = text.split("\x1b[6A\x1b[J").collect();
    assert_eq!(blocks.len(), 2, "{text:?}");
    assert!(
        blocks.iter().all(|block| block.starts_with("\x1b[?7l") && block.ends_with("\x1b[?7h")),
        "{text:?}"
    );
    assert_eq!(blocks[0].matches('\n').count(), 6);
    assert!(
        blocks[1].contains("    forest                   Running         0:07  pod starts"),
        "{}",
        blocks[1]
    );
}

#[test]
fn many_candidates_are_counted_and_not_listed_on_a_terminal() {
    let mut many = training();
    let candidate =
        |number: usize| json!({"name": format!("c{number}"), "phase": "Running", "startedAt": time(3)});
    many["candidates"] = (0..100).map(candidate).collect();
    let text = drawn(true, &[(view(many, vec![]), 9)]);
    assert_eq!(text.matches('\n').count(), 4, "{text}");
    assert!(text.contains("0/100 candidates"));
}

#[test]
fn the_end_tells_candidates_winner_gates_and_alias() {
    let text = summary::text(&view(succeeded(), vec![promoted()]), Some("3"), Style::new(false));
    let expected = "Candidates, by cross-validation (* the winner)
  Candidate   Phase      cv_f1_score  cv_roc_auc  fit_seconds
  logistic *  Succeeded  0.9712       0.991235    0.4
  forest      Failed     -            -           -

On the holdout (1.59 % better than the baseline)
  Model              f1_score
  logistic (winner)  0.965123
  baseline           0.95
  dummy              0

Gates
  Gate     Metric             Value  Bound  Against  Result  Reason
  quality  f1_score           0.965  ≥ 0.9  -        Pass    WithinBounds
  latency  inference_time_ms  50     ≤ 40   -        Fail    without effect

Registered model churn, version 3. Alias champion: before 2, after 3

MLflow: experiment \"ml/churn\", run abc

";
    assert_eq!(text, expected);
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    let view = view(succeeded(), vec![promoted()]);
    assert!(!summary::text(&view, None, Style::new(false)).contains('\x1b'));
    assert!(summary::text(&view, None, Style::new(true)).contains("\x1b[32m"));
}
