use serde_json::{Value, json};

use super::{condition, lines, pipeline, pipeline_status, run, series, shown};
use crate::api::TrainingPipelineStatus;
use crate::telemetry::{Metrics, ObjectKey, PIPELINE};

fn training() -> TrainingPipelineStatus {
    pipeline_status(json!({
        "phase": "Training",
        "conditions": [condition("Ready", "False", "Running"), condition("Reconciling", "True", "Running")],
        "run": run("one", None),
        "stages": [
            {"name": "Validate", "phase": "Succeeded", "startedAt": "2026-03-02T08:00:00Z",
             "finishedAt": "2026-03-02T08:10:00Z", "attempts": {"number": 2, "failures": 1}},
            {"name": "Train", "phase": "Running", "startedAt": "2026-03-02T08:10:00Z"},
        ],
        "candidates": [
            {"name": "logistic", "phase": "Running", "startedAt": "2026-03-02T08:20:00Z",
             "attempts": {"number": 3, "failures": 2}},
            {"name": "forest", "phase": "Pending", "attempts": {"number": 0}},
        ],
        "history": [{"number": 0, "key": "zero", "outcome": "Succeeded", "startedAt": "2026-03-01T08:00:00Z",
                     "finishedAt": "2026-03-01T09:00:00Z"}],
    }))
}

fn ended(outcome: &str) -> TrainingPipelineStatus {
    let phase: Value = if outcome == "Superseded" { "Pending".into() } else { outcome.into() };
    pipeline_status(json!({"phase": phase, "run": run("one", Some(outcome))}))
}

fn runs(metrics: &Metrics) -> Vec<String> {
    series(metrics).into_iter().filter(|line| line.starts_with("podium_pipeline_runs")).collect()
}

#[test]
fn a_pipeline_shows_its_state_its_run_and_its_attempts() {
    let metrics = Metrics::default();
    let status = training();
    metrics.pipeline(&pipeline("churn"), &status, &status);
    let expected = r#"
        # HELP podium_resource What an object is about.
        # TYPE podium_resource info
        podium_resource_info{kind="TrainingPipeline",namespace="ml",name="churn",model="churn",version=""} 1
        # HELP podium_resource_condition 1 for the status that a condition has.
        # TYPE podium_resource_condition gauge
        podium_resource_condition{kind="TrainingPipeline",namespace="ml",name="churn",type="Ready",status="False"} 1.0
        podium_resource_condition{kind="TrainingPipeline",namespace="ml",name="churn",type="Ready",status="True"} 0.0
        podium_resource_condition{kind="TrainingPipeline",namespace="ml",name="churn",type="Reconciling",status="False"} 0.0
        podium_resource_condition{kind="TrainingPipeline",namespace="ml",name="churn",type="Reconciling",status="True"} 1.0
        # HELP podium_resource_reason 1 for the reason that a condition has.
        # TYPE podium_resource_reason gauge
        podium_resource_reason{kind="TrainingPipeline",namespace="ml",name="churn",type="Ready",reason="Running"} 1.0
        podium_resource_reason{kind="TrainingPipeline",namespace="ml",name="churn",type="Reconciling",reason="Running"} 1.0
        # HELP podium_resource_phase 1 for the phase that an object is in.
        # TYPE podium_resource_phase gauge
        podium_resource_phase{kind="TrainingPipeline",namespace="ml",name="churn",phase="Training"} 1.0
        # HELP podium_pipeline_runs Ended runs of a pipeline by outcome.
        # TYPE podium_pipeline_runs counter
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Failed"} 0
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Succeeded"} 0
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Superseded"} 0
        # HELP podium_pipeline_failed_attempts Failed attempts of a pipeline's Jobs that count against its backoffLimit.
        # TYPE podium_pipeline_failed_attempts counter
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Evaluate"} 0
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Train"} 0
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Tune"} 0
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Validate"} 0
        # HELP podium_pipeline_candidates Candidates of a pipeline's run by phase.
        # TYPE podium_pipeline_candidates gauge
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Failed"} 0.0
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Pending"} 1.0
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Queued"} 0.0
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Running"} 1.0
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Succeeded"} 0.0
        podium_pipeline_candidates{namespace="ml",name="churn",phase="Suspended"} 0.0
        # HELP podium_pipeline_last_success_timestamp_seconds When the last run that succeeded ended.
        # TYPE podium_pipeline_last_success_timestamp_seconds gauge
        # UNIT podium_pipeline_last_success_timestamp_seconds seconds
        podium_pipeline_last_success_timestamp_seconds{namespace="ml",name="churn"} 1772355600.0
        # HELP podium_pipeline_last_progress_timestamp_seconds When a stage, a candidate or a trial of the open run started or ended last.
        # TYPE podium_pipeline_last_progress_timestamp_seconds gauge
        # UNIT podium_pipeline_last_progress_timestamp_seconds seconds
        podium_pipeline_last_progress_timestamp_seconds{namespace="ml",name="churn"} 1772439600.0
    "#;
    assert_eq!(shown(&metrics), lines(expected));
}

#[test]
fn a_condition_that_went_is_not_shown_any_more() {
    let metrics = Metrics::default();
    let old = training();
    metrics.pipeline(&pipeline("churn"), &old, &old);
    let mut new = old.clone();
    new.conditions.truncate(1);
    metrics.pipeline(&pipeline("churn"), &old, &new);
    assert!(!series(&metrics).iter().any(|line| line.contains("Reconciling")), "{:?}", series(&metrics));
}

#[test]
fn a_run_is_counted_once_when_it_ends_and_never_by_an_operator_that_finds_it_ended() {
    let (metrics, object) = (Metrics::default(), pipeline("churn"));
    metrics.pipeline(&object, &training(), &ended("Succeeded"));
    for _ in 0..3 {
        metrics.pipeline(&object, &ended("Succeeded"), &ended("Succeeded"));
    }
    let next = pipeline_status(json!({
        "run": run("two", None),
        "history": [{"number": 1, "key": "one", "outcome": "Succeeded", "startedAt": "2026-03-02T08:00:00Z",
                     "finishedAt": "2026-03-02T09:00:00Z"}],
    }));
    metrics.pipeline(&object, &ended("Succeeded"), &next);
    let expected = r#"
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Failed"} 0
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Succeeded"} 1
        podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Superseded"} 0
    "#;
    assert_eq!(runs(&metrics), lines(expected));

    let restarted = Metrics::default();
    restarted.pipeline(&object, &next, &next);
    assert!(runs(&restarted).iter().all(|line| line.ends_with(" 0")), "{:?}", runs(&restarted));
    let success =
        r#"podium_pipeline_last_success_timestamp_seconds{namespace="ml",name="churn"} 1772442000.0"#;
    assert!(series(&restarted).contains(&success.to_owned()), "{:?}", series(&restarted));
}

#[test]
fn failed_attempts_are_counted_as_they_come_and_from_the_start_in_another_run() {
    let (metrics, object) = (Metrics::default(), pipeline("churn"));
    let mut second = training();
    second.candidates[0].attempts.failures = 3;
    metrics.pipeline(&object, &training(), &second);
    let mut third = second.clone();
    third.run.as_mut().unwrap().key = "two".to_owned();
    third.candidates[0].attempts.failures = 1;
    third.stages[0].attempts.as_mut().unwrap().failures = 0;
    metrics.pipeline(&object, &second, &third);
    let counted: Vec<_> =
        series(&metrics).into_iter().filter(|line| line.contains("failed_attempts")).collect();
    let expected = r#"
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Evaluate"} 0
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Train"} 2
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Tune"} 0
        podium_pipeline_failed_attempts_total{namespace="ml",name="churn",stage="Validate"} 0
    "#;
    assert_eq!(counted, lines(expected));
}

#[test]
fn a_run_that_is_suspended_or_ended_waits_for_no_progress() {
    for change in
        [json!({"phase": "Suspended", "run": run("one", None)}), json!({"run": run("one", Some("Failed"))})]
    {
        let (metrics, status) = (Metrics::default(), pipeline_status(change));
        metrics.pipeline(&pipeline("churn"), &status, &status);
        assert!(!series(&metrics).iter().any(|line| line.contains("last_progress")), "{status:?}");
    }
}

#[test]
fn trials_of_a_search_are_progress() {
    let tuned = json!({
        "candidate": "forest", "sweep": "churn-1", "phase": "Running", "lastProgressTime": "2026-03-02T20:00:00Z"
    });
    let (metrics, status) = (
        Metrics::default(),
        pipeline_status(json!({"phase": "Tuning", "run": run("one", None), "tuned": [tuned]})),
    );
    metrics.pipeline(&pipeline("churn"), &status, &status);
    let shown = series(&metrics);
    let last =
        "podium_pipeline_last_progress_timestamp_seconds{namespace=\"ml\",name=\"churn\"} 1772481600.0";
    assert!(shown.iter().any(|line| line == last), "{shown:?}");
}

#[test]
fn nothing_is_shown_of_an_object_that_is_gone() {
    let (metrics, status) = (Metrics::default(), training());
    for name in ["a", "b", "c"] {
        metrics.pipeline(&pipeline(name), &status, &status);
    }
    metrics.forget(&ObjectKey { kind: PIPELINE, namespace: "ml".to_owned(), name: "a".to_owned() });
    metrics.retain("ModelVersion", |_| false);
    metrics.retain(PIPELINE, |key| key.name == "c");
    let left = series(&metrics);
    assert!(!left.is_empty() && left.iter().all(|line| line.contains(r#"name="c""#)), "{left:?}");
}

#[test]
fn a_reason_that_is_no_word_becomes_no_label() {
    let metrics = Metrics::default();
    let status =
        pipeline_status(json!({"conditions": [condition("Ready", "False", "a \"pod's\"\nown words")]}));
    metrics.pipeline(&pipeline("churn"), &status, &status);
    let reasons: Vec<_> = series(&metrics).into_iter().filter(|line| line.contains("_reason{")).collect();
    let expected = r#"podium_resource_reason{kind="TrainingPipeline",namespace="ml",name="churn",type="Ready",reason="Other"} 1.0"#;
    assert_eq!(reasons, [expected]);
}
