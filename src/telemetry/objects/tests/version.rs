use serde_json::{Value, json};

use super::{condition, lines, series, version, version_status};
use crate::api::ModelVersionStatus;
use crate::telemetry::{MODEL_VERSION, Metrics, ObjectKey};

fn decision(id: &str, action: &str, version: &str, from: Option<&str>, by: &str, at: &str) -> Value {
    json!({"id": id, "action": action, "version": version, "from": from, "reason": "AllGatesPassed", "by": by, "at": at})
}

fn promote(at: &str) -> Value {
    decision("2-b", "Promote", "7", Some("6"), "operator", at)
}

fn moving() -> ModelVersionStatus {
    version_status(json!({
        "phase": "Evaluating", "version": "7",
        "transition": {"id": "2-b", "from": "6", "to": "7", "since": "2026-03-02T09:00:00Z"},
    }))
}

fn promoted() -> ModelVersionStatus {
    version_status(json!({
        "phase": "Promoted", "version": "7", "alias": "champion",
        "conditions": [condition("Ready", "True", "Promoted")],
        "gates": [
            {"name": "quality", "result": "Pass", "reason": "WithinBounds", "message": "", "metric": "f1_score",
             "value": "0.91", "min": "0.65"},
            {"name": "speed", "result": "Fail", "reason": "OutOfBounds", "message": "", "metric": "inference_time_ms",
             "value": "41", "max": "4e1", "dryRun": true},
        ],
        "history": [promote("2026-03-02T09:00:00Z")],
    }))
}

fn counts(metrics: &Metrics) -> Vec<String> {
    series(metrics).into_iter().filter(|line| line.contains("_total{")).collect()
}

#[test]
fn a_version_shows_its_gates_its_alias_and_its_decisions() {
    let metrics = Metrics::default();
    metrics.version(&version("churn-7"), &moving(), &promoted());
    let expected = r#"
        podium_resource_info{kind="ModelVersion",namespace="ml",name="churn-7",model="churn",version="7"} 1
        podium_resource_condition{kind="ModelVersion",namespace="ml",name="churn-7",type="Ready",status="False"} 0.0
        podium_resource_condition{kind="ModelVersion",namespace="ml",name="churn-7",type="Ready",status="True"} 1.0
        podium_resource_reason{kind="ModelVersion",namespace="ml",name="churn-7",type="Ready",reason="Promoted"} 1.0
        podium_resource_phase{kind="ModelVersion",namespace="ml",name="churn-7",phase="Promoted"} 1.0
        podium_gate_value{namespace="ml",name="churn-7",gate="quality"} 0.91
        podium_gate_value{namespace="ml",name="churn-7",gate="speed"} 41.0
        podium_gate_min{namespace="ml",name="churn-7",gate="quality"} 0.65
        podium_gate_max{namespace="ml",name="churn-7",gate="speed"} 40.0
        podium_gate_result{namespace="ml",name="churn-7",gate="quality",result="Pass",dry_run="false"} 1.0
        podium_gate_result{namespace="ml",name="churn-7",gate="speed",result="Fail",dry_run="true"} 1.0
        podium_model_alias_version{namespace="ml",model="churn",alias="champion"} 7.0
        podium_model_last_decision_timestamp_seconds{namespace="ml",model="churn",decision="Promote"} 1772442000.0
        podium_promotion_decisions_total{namespace="ml",model="churn",decision="Promote",reason="AllGatesPassed"} 1
        podium_rollbacks_total{namespace="ml",model="churn"} 0
    "#;
    assert_eq!(series(&metrics), lines(expected));
}

#[test]
fn a_decision_is_counted_by_the_object_that_made_it_and_by_no_other() {
    let metrics = Metrics::default();
    let taken_back = decision("3-c", "Rollback", "6", Some("7"), "rollback:7:n", "2026-03-02T10:00:00Z");
    let mut rolled_back = promoted();
    rolled_back.history.insert(0, super::read(taken_back.clone()));
    let mut leaving = promoted();
    leaving.transition =
        Some(super::read(json!({"id": "3-c", "from": "7", "to": "6", "since": "2026-03-02T10:00:00Z"})));
    metrics.version(&version("churn-7"), &leaving, &rolled_back);
    // The version that it went back to finds the same decision in the model's record, and so does one applied again.
    let back = version_status(json!({"version": "6", "alias": "champion", "history": [taken_back]}));
    metrics.version(&version("churn-6"), &version_status(json!({"version": "6"})), &back);
    metrics.version(&version("churn-7"), &version_status(json!({"version": "7"})), &rolled_back);
    let expected = r#"
        podium_promotion_decisions_total{namespace="ml",model="churn",decision="Rollback",reason="AllGatesPassed"} 1
        podium_rollbacks_total{namespace="ml",model="churn"} 1
    "#;
    assert_eq!(counts(&metrics), lines(expected));
}

#[test]
fn a_refusal_is_counted_when_the_operator_or_a_person_makes_it() {
    let metrics = Metrics::default();
    let old = version_status(json!({"version": "7"}));
    let by = |id: &str, by: &str, handled: Option<&str>| {
        version_status(json!({
            "version": "7", "handledAction": handled,
            "history": [decision(id, "Reject", "7", None, by, "2026-03-02T09:00:00Z")],
        }))
    };
    let (gates, person) = (by("a", "operator", None), by("b", "reject:7:d:n", Some("reject:7:d:n")));
    metrics.version(&version("churn-7"), &old, &gates);
    metrics.version(&version("churn-7"), &gates, &gates);
    metrics.version(&version("churn-7"), &gates, &person);
    metrics.version(&version("churn-7"), &by("c", "operator", Some("reject:7:d:n")), &person);
    assert!(
        counts(&metrics)[0].ends_with(r#"decision="Reject",reason="AllGatesPassed"} 2"#),
        "{:?}",
        counts(&metrics)
    );
}

#[test]
fn while_an_alias_moves_the_version_is_shown_to_which_it_was_given_last() {
    let old = version_status(json!({
        "version": "6", "alias": "champion",
        "history": [decision("1-a", "Promote", "6", None, "operator", "2026-03-01T09:00:00Z")],
    }));
    for newer_is_first in [true, false] {
        let metrics = Metrics::default();
        let mut both = [("churn-6", &old), ("churn-7", &promoted())];
        if newer_is_first {
            both.reverse();
        }
        for (name, status) in both {
            metrics.version(&version(name), status, status);
        }
        let shown: Vec<_> =
            series(&metrics).into_iter().filter(|line| line.contains("alias_version")).collect();
        assert_eq!(
            shown,
            [r#"podium_model_alias_version{namespace="ml",model="churn",alias="champion"} 7.0"#]
        );
    }
}

#[test]
fn what_was_counted_for_a_model_stays_when_its_objects_go() {
    let metrics = Metrics::default();
    metrics.version(&version("churn-7"), &moving(), &promoted());
    metrics.forget(&ObjectKey {
        kind: MODEL_VERSION,
        namespace: "ml".to_owned(),
        name: "churn-7".to_owned(),
    });
    let expected = r#"
        podium_promotion_decisions_total{namespace="ml",model="churn",decision="Promote",reason="AllGatesPassed"} 1
        podium_rollbacks_total{namespace="ml",model="churn"} 0
    "#;
    assert_eq!(series(&metrics), lines(expected));
}

#[test]
fn a_restarted_operator_shows_the_same_gauges_and_counts_nothing() {
    let (metrics, restarted) = (Metrics::default(), Metrics::default());
    metrics.version(&version("churn-7"), &moving(), &promoted());
    restarted.version(&version("churn-7"), &promoted(), &promoted());
    let gauges = |metrics: &Metrics| -> Vec<String> {
        series(metrics).into_iter().filter(|line| !line.contains("_total{")).collect()
    };
    assert_eq!(gauges(&restarted), gauges(&metrics));
    assert_eq!(counts(&restarted), [r#"podium_rollbacks_total{namespace="ml",model="churn"} 0"#]);
}
