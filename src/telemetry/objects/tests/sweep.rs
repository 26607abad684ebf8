use serde_json::{Value, json};

use super::{condition, lines, read, series, shown};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};
use crate::telemetry::{Metrics, ObjectKey, SWEEP};

pub(super) fn sweep(name: &str) -> HyperparameterSweep {
    read(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep",
        "metadata": {"name": name, "namespace": "ml"},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"}, "maxTrials": 40,
            "parameters": [{"name": "C", "double": {"min": "0", "max": "1"}}],
        },
    }))
}

fn run(key: &str, outcome: Option<&str>) -> Value {
    json!({"key": key, "number": 1, "identity": "i", "startedAt": "2026-03-02T07:00:00Z", "outcome": outcome, "experiment": "ml/tune"})
}

pub(super) fn status(run: Value, complete: i64) -> HyperparameterSweepStatus {
    read(json!({
        "phase": "Running", "run": run,
        "conditions": [condition("Ready", "False", "Running"), condition("Reconciling", "True", "Running")],
        "trials": {"running": 4, "complete": complete, "stopped": 2, "failed": 1},
        "best": {"number": 3, "value": "0.97", "runID": "r3"},
    }))
}

pub(super) fn running(complete: i64) -> HyperparameterSweepStatus {
    status(run("one", None), complete)
}

fn having(metrics: &Metrics, stem: &str) -> Vec<String> {
    series(metrics).into_iter().filter(|line| line.starts_with(stem)).collect()
}

/// What was counted of runs: succeeded, failed and superseded ones.
fn runs(metrics: &Metrics) -> [u64; 3] {
    ["Succeeded", "Failed", "Superseded"].map(|outcome| {
        let all = having(metrics, "podium_sweep_runs_total");
        let line = all.iter().find(|line| line.contains(&format!("outcome=\"{outcome}\""))).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    })
}

#[test]
fn a_sweep_shows_its_state_its_trials_and_the_best_value() {
    let metrics = Metrics::default();
    metrics.sweep(&sweep("tune"), &running(10), &running(12));
    let expected = r#"
        # HELP podium_resource What an object is about.
        # TYPE podium_resource info
        podium_resource_info{kind="HyperparameterSweep",namespace="ml",name="tune",model="",version=""} 1
        # HELP podium_resource_condition 1 for the status that a condition has.
        # TYPE podium_resource_condition gauge
        podium_resource_condition{kind="HyperparameterSweep",namespace="ml",name="tune",type="Ready",status="False"} 1.0
        podium_resource_condition{kind="HyperparameterSweep",namespace="ml",name="tune",type="Ready",status="True"} 0.0
        podium_resource_condition{kind="HyperparameterSweep",namespace="ml",name="tune",type="Reconciling",status="False"} 0.0
        podium_resource_condition{kind="HyperparameterSweep",namespace="ml",name="tune",type="Reconciling",status="True"} 1.0
        # HELP podium_resource_reason 1 for the reason that a condition has.
        # TYPE podium_resource_reason gauge
        podium_resource_reason{kind="HyperparameterSweep",namespace="ml",name="tune",type="Ready",reason="Running"} 1.0
        podium_resource_reason{kind="HyperparameterSweep",namespace="ml",name="tune",type="Reconciling",reason="Running"} 1.0
        # HELP podium_resource_phase 1 for the phase that an object is in.
        # TYPE podium_resource_phase gauge
        podium_resource_phase{kind="HyperparameterSweep",namespace="ml",name="tune",phase="Running"} 1.0
        # HELP podium_sweep_runs Ended runs of a sweep by outcome.
        # TYPE podium_sweep_runs counter
        podium_sweep_runs_total{namespace="ml",name="tune",outcome="Failed"} 0
        podium_sweep_runs_total{namespace="ml",name="tune",outcome="Succeeded"} 0
        podium_sweep_runs_total{namespace="ml",name="tune",outcome="Superseded"} 0
        # HELP podium_sweep_ended_trials Ended trials of a sweep by what became of them.
        # TYPE podium_sweep_ended_trials counter
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Complete"} 2
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Failed"} 0
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Stopped"} 0
        # HELP podium_sweep_trials Trials of a sweep's run by state.
        # TYPE podium_sweep_trials gauge
        podium_sweep_trials{namespace="ml",name="tune",state="Complete"} 12.0
        podium_sweep_trials{namespace="ml",name="tune",state="Failed"} 1.0
        podium_sweep_trials{namespace="ml",name="tune",state="Running"} 4.0
        podium_sweep_trials{namespace="ml",name="tune",state="Stopped"} 2.0
        # HELP podium_sweep_max_trials Trials that a run of a sweep may have.
        # TYPE podium_sweep_max_trials gauge
        podium_sweep_max_trials{namespace="ml",name="tune"} 40.0
        # HELP podium_sweep_best_value Best value of the objective in a sweep's run.
        # TYPE podium_sweep_best_value gauge
        podium_sweep_best_value{namespace="ml",name="tune",metric="f1_score"} 0.97
        # HELP podium_sweep_running_since_timestamp_seconds Since when the open run of a sweep goes on without a suspension.
        # TYPE podium_sweep_running_since_timestamp_seconds gauge
        # UNIT podium_sweep_running_since_timestamp_seconds seconds
        podium_sweep_running_since_timestamp_seconds{namespace="ml",name="tune"} 1772438400.0
    "#;
    assert_eq!(shown(&metrics), lines(expected));
}

#[test]
fn a_run_is_counted_once_by_how_it_ended_and_one_that_another_replaced_at_once_too() {
    let (metrics, object) = (Metrics::default(), sweep("tune"));
    let ended = status(run("one", Some("Succeeded")), 37);
    metrics.sweep(&object, &running(36), &ended);
    metrics.sweep(&object, &ended, &ended);
    assert_eq!(runs(&metrics), [1, 0, 0]);
    let second = status(run("two", None), 0);
    metrics.sweep(&object, &ended, &second);
    assert_eq!(runs(&metrics), [1, 0, 0]);
    let third = status(run("three", None), 0);
    metrics.sweep(&object, &second, &third);
    metrics.sweep(&object, &third, &status(run("three", Some("Failed")), 0));
    assert_eq!(runs(&metrics), [1, 1, 1]);

    let restarted = Metrics::default();
    restarted.sweep(&object, &ended, &ended);
    assert_eq!(runs(&restarted), [0, 0, 0]);
}

#[test]
fn trials_are_counted_as_they_end_and_from_the_start_in_another_run() {
    let (metrics, object) = (Metrics::default(), sweep("tune"));
    metrics.sweep(&object, &running(10), &running(10));
    metrics.sweep(&object, &running(10), &running(15));
    metrics.sweep(&object, &running(15), &status(run("two", None), 3));
    let expected = r#"
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Complete"} 8
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Failed"} 1
        podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Stopped"} 2
    "#;
    assert_eq!(having(&metrics, "podium_sweep_ended"), lines(expected));
}

#[test]
fn a_run_that_ended_or_is_suspended_does_not_go_on_and_one_that_ended_has_no_running_trial() {
    let since = "podium_sweep_running_since";
    let (metrics, object) = (Metrics::default(), sweep("tune"));
    let mut suspended = running(10);
    suspended.phase = read(json!("Suspended"));
    metrics.sweep(&object, &suspended, &suspended);
    assert_eq!(having(&metrics, since), Vec::<String>::new());
    let ended = status(run("one", Some("Failed")), 10);
    metrics.sweep(&object, &ended, &ended);
    assert_eq!(having(&metrics, since), Vec::<String>::new());
    let none = r#"podium_sweep_trials{namespace="ml",name="tune",state="Running"} 0.0"#;
    assert!(series(&metrics).contains(&none.to_owned()), "{:?}", series(&metrics));
}

#[test]
fn a_run_goes_on_since_it_began_when_that_is_later_than_its_condition() {
    let (metrics, mut later) = (Metrics::default(), running(10));
    later.run.as_mut().unwrap().started_at = read(json!("2026-03-02T09:00:00Z"));
    metrics.sweep(&sweep("tune"), &later, &later);
    let expected = r#"podium_sweep_running_since_timestamp_seconds{namespace="ml",name="tune"} 1772442000.0"#;
    assert_eq!(having(&metrics, "podium_sweep_running_since"), [expected]);
}

#[test]
fn nothing_is_shown_of_a_sweep_that_is_gone() {
    let metrics = Metrics::default();
    metrics.sweep(&sweep("tune"), &running(10), &running(12));
    metrics.forget(&ObjectKey { kind: SWEEP, namespace: "ml".to_owned(), name: "tune".to_owned() });
    assert_eq!(series(&metrics), Vec::<String>::new());
}
