//! Progress, end and tables of made-up sweeps.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Outcome;
use crate::api::HyperparameterSweep;
use crate::cli::Until;
use crate::cli::follow::followed::{Followed, Look};
use crate::cli::follow::screen::Screen;
use crate::cli::follow::style::Style;

const START: &str = "2026-01-01T00:00:00Z";

fn at(second: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

fn time(second: i64) -> Value {
    json!(at(second).to_string())
}

fn sweep(status: Value) -> HyperparameterSweep {
    serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep",
        "metadata": {"name": "tune", "namespace": "ml", "generation": 3},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"},
            "parameters": [
                {"name": "C", "double": {"min": "0.001", "max": "100", "scale": "Log"}},
                {"name": "penalty", "categorical": {"values": ["l1", "l2"]}}
            ],
            "maxTrials": 40, "parallelism": 4
        },
        "status": status
    }))
    .unwrap()
}

fn ready(reason: &str) -> Value {
    json!([{"type": "Ready", "status": "False", "reason": reason, "message": "", "lastTransitionTime": START}])
}

fn trial(number: i64, value: &str, c: f64) -> Value {
    json!({"number": number, "value": value, "runID": format!("r{number}"), "parameters": {"C": c, "penalty": "l2"}})
}

/// A run that goes on, so many of its trials being complete.
fn running(complete: i64) -> Value {
    json!({
        "observedGeneration": 3, "phase": "Running", "message": "4 trials run", "conditions": ready("Running"),
        "run": {"key": "k", "number": 1, "identity": "i", "startedAt": time(0), "experiment": "ml/tune", "parentRunID": "abc"},
        "algorithm": {"name": "TPE", "reason": "40 trials", "trials": 40, "parallelism": 4},
        "trials": {"running": 4, "complete": complete, "stopped": 2, "failed": 1},
        "best": trial(3, "0.97", 2.5)
    })
}

fn ended(outcome: &str, reason: &str, message: &str) -> Value {
    let mut status = running(37);
    status["phase"] = json!(outcome);
    status["message"] = json!(message);
    status["conditions"] = ready(reason);
    status["trials"]["running"] = json!(0);
    status["top"] = json!([trial(3, "0.97", 2.5), trial(11, "0.96512345678", 0.012_345_678_912)]);
    for (field, value) in [
        ("outcome", json!(outcome)),
        ("reason", json!(reason)),
        ("message", json!(message)),
        ("finishedAt", time(95)),
        ("summaryRunID", json!("def")),
        ("reported", json!(true)),
        ("closed", json!(true)),
    ] {
        status["run"][field] = value;
    }
    status
}

/// What is drawn of several looks, each with its second.
fn drawn(is_terminal: bool, looks: &[(Value, i64)]) -> String {
    let mut screen = Screen::new(is_terminal, Style::new(false));
    let mut out = Vec::new();
    let mut followed: Option<Followed> = None;
    for (status, second) in looks {
        let (look, now) = (Look::Sweep(Box::new(sweep(status.clone()))), at(*second));
        match &mut followed {
            Some(followed) => followed.see(look, now),
            None => followed = Some(Followed::new(look, now)),
        }
        screen.draw(&followed.as_ref().unwrap().facts(now), now, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn the_end(status: Value) -> (bool, String) {
    let followed = Followed::new(Look::Sweep(Box::new(sweep(status))), at(100));
    let end = followed.end(Until::Finished, Style::new(false)).unwrap();
    (end.is_reached, end.text)
}

#[test]
fn a_terminal_shows_phase_method_trials_with_their_speed_and_the_best_one() {
    let text = drawn(true, &[(running(9), 40), (running(15), 43)]);
    let block = text.rsplit("\x1b[4A\x1b[J").next().unwrap();
    let expected = "\x1b[?7l  HyperparameterSweep tune   Running         0:43  run 1
  Algorithm                  TPE                   40 trials
  Trials                     18/40                 15 complete, 2 stopped, 1 failed, 4 running; 2.0 trials/s; about 0:11 left
  Best                       0.97                  f1_score of trial 3: C 2.5, penalty l2
\x1b[?7h";
    assert_eq!(block, expected);
}

#[test]
fn a_log_gets_a_line_for_each_change_and_one_about_trials_now_and_then() {
    let mut better = running(16);
    better["best"] = trial(21, "0.98", 1.0);
    let looks = [
        (running(9), 40),
        (running(10), 41),
        (running(11), 42),
        (running(15), 50),
        (running(15), 59),
        (better, 60),
    ];
    let expected = "HyperparameterSweep tune: Running run 1 (0:40)
Algorithm: TPE 40 trials
Trials: 12/40 9 complete, 2 stopped, 1 failed, 4 running (18.0 trials/min; about 1:33 left)
Best: 0.97 f1_score of trial 3: C 2.5, penalty l2
Trials: 18/40 15 complete, 2 stopped, 1 failed, 4 running (36.0 trials/min; about 0:37 left)
Trials: 19/40 16 complete, 2 stopped, 1 failed, 4 running (21.0 trials/min; about 1:00 left)
Best: 0.98 f1_score of trial 21: C 1.0, penalty l2
";
    assert_eq!(drawn(false, &looks), expected);
}

#[test]
fn a_suspension_a_hindrance_and_a_new_run_are_told_and_a_new_run_has_a_speed_of_its_own() {
    let mut suspended = running(20);
    suspended["phase"] = json!("Suspended");
    suspended["conditions"] = ready("Suspended");
    suspended["message"] = json!("suspended; what is finished is kept");
    suspended["best"] = Value::Null;
    let mut waiting = running(0);
    waiting["run"]["key"] = json!("l");
    waiting["run"]["number"] = json!(2);
    waiting["run"]["startedAt"] = time(60);
    waiting["conditions"] = ready("PodPending");
    waiting["message"] = json!("Insufficient cpu");
    waiting["trials"] = json!({"running": 0, "complete": 0, "stopped": 0, "failed": 0});
    waiting["best"] = Value::Null;
    let expected = "HyperparameterSweep tune: Suspended run 1; suspended; what is finished is kept (0:50)
Algorithm: TPE 40 trials
Trials: 23/40 20 complete, 2 stopped, 1 failed, 4 running
HyperparameterSweep tune: Running run 2; Insufficient cpu (0:05)
Trials: 0/40 0 complete, 0 stopped, 0 failed, 0 running
";
    assert_eq!(drawn(false, &[(suspended, 50), (waiting, 65)]), expected);
}

#[test]
fn before_the_operator_has_seen_the_spec_nothing_of_the_old_status_is_shown() {
    let mut old = ended("Succeeded", "Done", "all 40 trials ended");
    old["observedGeneration"] = json!(2);
    assert_eq!(Outcome::of(&sweep(old.clone())), None);
    let waiting = "HyperparameterSweep tune: Pending waiting for the operator\n";
    assert_eq!(drawn(false, &[(old, 40), (Value::Null, 41)]), waiting);
}

#[test]
fn time_that_was_suspended_makes_nothing_slower_and_a_time_limit_may_come_first() {
    let pace = |status: Value, limit: Option<i64>| {
        let mut object = sweep(status);
        object.spec.time_limit_seconds = limit;
        let followed = Followed::new(Look::Sweep(Box::new(object)), at(100));
        followed.facts(at(100)).into_iter().find(|fact| fact.name == "Trials").unwrap().aside
    };
    let mut status = running(17);
    status["run"]["suspendedSeconds"] = json!(60);
    assert_eq!(pace(status.clone(), None), "30.0 trials/min; about 0:40 left");
    assert_eq!(pace(status.clone(), Some(60)), "30.0 trials/min; the time limit in 0:20");
    status["trials"] = json!({"running": 4, "complete": 0, "stopped": 0, "failed": 0});
    assert_eq!(pace(status.clone(), Some(60)), "the time limit in 0:20");
    assert_eq!(pace(status, None), "");
}

#[test]
fn it_goes_on_until_its_runs_are_closed_another_run_has_ended_or_it_is_no_longer_suspended() {
    let mut closing = ended("Succeeded", "Done", "all 40 trials ended");
    closing["run"]["closed"] = json!(false);
    let text = drawn(false, &[(closing.clone(), 96)]);
    let first = "HyperparameterSweep tune: Succeeded run 1; all 40 trials ended; its records in MLflow are being closed (1:35)";
    assert_eq!(text.lines().next(), Some(first));
    let mut superseded = ended("Superseded", "Superseded", "another run takes its place");
    superseded["phase"] = json!("Suspended");
    let mut suspended = running(20);
    suspended["phase"] = json!("Suspended");
    for status in [closing, superseded, suspended, running(40)] {
        assert_eq!(Outcome::of(&sweep(status.clone())), None, "{status}");
    }
    let mut asked = sweep(ended("Succeeded", "Done", "all 40 trials ended"));
    asked.metadata.annotations = Some([("podium.dev/action".to_owned(), "run:two".to_owned())].into());
    assert_eq!(Outcome::of(&asked), None, "another run was asked for");
    asked.status.as_mut().unwrap().handled_action = Some("two".to_owned());
    assert_eq!(Outcome::of(&asked), Some(Outcome::Found("all 40 trials ended".to_owned())));
}

#[test]
fn the_end_tells_the_best_trials_what_to_use_why_it_ended_and_where_it_stands() {
    let expected = "The best trials (higher is better)
  Trial  f1_score  C          penalty
  3      0.97      2.5        l2
  11     0.965123  0.0123457  l2

The parameters to use: trial 3, f1_score 0.97
  Parameter  Value
  C          2.5
  penalty    l2

Run 1 ended by Done, after 40 of 40 trials (37 complete, 2 stopped, 1 failed) in 1:35, by TPE

MLflow: experiment \"ml/tune\", run abc, report def, best trial r3

The sweep succeeded: all 40 trials ended
";
    assert_eq!(the_end(ended("Succeeded", "Done", "all 40 trials ended")), (true, expected.to_owned()));
}

#[test]
fn a_failed_sweep_reaches_nothing_and_says_why() {
    let mut failed =
        ended("Failed", "AllFailed", "the first 10 trials all failed; the last one: no column t");
    for (field, value) in [
        ("top", json!([])),
        ("best", Value::Null),
        ("trials", json!({"running": 0, "complete": 0, "stopped": 0, "failed": 10})),
    ] {
        failed[field] = value;
    }
    let expected =
        "Run 1 ended by AllFailed, after 10 of 40 trials (0 complete, 0 stopped, 10 failed) in 1:35, by TPE

MLflow: experiment \"ml/tune\", run abc, report def

The sweep failed: the first 10 trials all failed; the last one: no column t
";
    assert_eq!(the_end(failed), (false, expected.to_owned()));
}

#[test]
fn a_spec_that_can_t_be_carried_out_ends_it_at_once() {
    let refused = json!({
        "observedGeneration": 3, "phase": "Failed", "message": "spec.trial: is needed", "conditions": ready("InvalidSpec")
    });
    let told = "The sweep can't be carried out: spec.trial: is needed\n";
    assert_eq!(the_end(refused), (false, told.to_owned()));
}
