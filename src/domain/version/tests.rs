//! What a ModelVersion may say, and what it is told when it may not.

use super::*;
use crate::api::{Decimal, ModelVersionSpec};
use crate::settings::OperatorConfig;

fn settings() -> Settings {
    OperatorConfig::parse(
        "{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: ml, models: [churn], autoPromote: [churn]}]}",
    )
    .unwrap()
    .check("cluster")
    .unwrap()
}

fn object(spec: serde_json::Value) -> ModelVersion {
    let spec: ModelVersionSpec = serde_json::from_value(spec).unwrap();
    let mut object = ModelVersion::new("churn-1", spec);
    object.metadata.namespace = Some("ml".into());
    object.metadata.uid = Some("u1".into());
    object.metadata.generation = Some(3);
    object
}

fn problems(spec: serde_json::Value) -> Vec<String> {
    validate(&object(spec), &settings()).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_model_version_is_read_with_its_defaults() {
    let spec = serde_json::json!({
        "registeredModel": "churn", "source": {"runID": "r1"},
        "gates": [{"name": "quality", "metric": "f1_score", "min": "0.65"},
                  {"name": "better", "metric": "roc_auc", "compareTo": "champion", "minDelta": "-0.005"}],
    });
    let valid = validate(&object(spec), &settings()).unwrap();
    let bound = |text: &str, value| Bound { text: Decimal::new(text), value };
    let gate = |name: &str, metric: &str, rule| ValidGate {
        name: name.into(),
        metric: metric.into(),
        rule,
        dry_run: false,
        on_missing: crate::api::OnMissing::Inconclusive,
    };
    let within = Rule::Within { min: Some(bound("0.65", 0.65)), max: None };
    let over = podium_contract::Reference::Champion;
    let improves = Rule::Improves { over, min_delta: bound("-0.005", -0.005), confidence: 0.95 };
    assert_eq!(valid.gates, vec![gate("quality", "f1_score", within), gate("better", "roc_auc", improves)]);
    assert_eq!(valid.source, ValidSource::Run { run_id: "r1".into(), artifact_path: "model".into() });
    assert_eq!((valid.promotion.alias.as_str(), valid.promotion.previous.as_str()), ("champion", "previous"));
    assert_eq!(valid.owner.generation, 3);
    assert!(valid.may_auto_promote);
}

#[test]
fn every_violation_is_reported_at_once_with_its_field_and_value() {
    let found = problems(serde_json::json!({
        "registeredModel": "other", "source": {},
        "gates": [{"name": "a", "metric": "f1_score", "min": "1e999"}, {"name": "a", "metric": "f1_score", "min": "1"},
                  {"name": "b", "metric": "f1_score"},
                  {"name": "c", "metric": "f1_score", "compareTo": "dummy", "minDelta": "0", "confidence": "0.4"},
                  {"name": "d", "metric": "f1_score", "min": "2", "max": "1"}],
        "promotion": {"alias": "v3", "previousAlias": "v3"},
    }));
    assert_eq!(
        found,
        vec![
            "spec.registeredModel: registered model \"other\" is not among the models of namespace \"ml\" (churn); ask for it in the operator's configuration",
            "spec.source: needs exactly one of pipelineRef, runID, version",
            "spec.gates[a].min: \"1e999\" is not a finite decimal number, for example \"0.65\" or \"-1e-3\"",
            "spec.gates[a]: stands twice; names of gates must be unique",
            "spec.gates[b]: must have either min or max (or both), or compareTo with minDelta and, if wanted, confidence",
            "spec.gates[c].confidence: 0.4 must be from 0.5 to 0.999",
            "spec.gates[d].min: 2 is larger than max 1",
            "spec.promotion.alias: \"v3\" is reserved by MLflow: v and digits mean a version",
            "spec.promotion.previousAlias: \"v3\" is reserved by MLflow: v and digits mean a version",
            "spec.promotion.previousAlias: \"v3\" must differ from alias",
        ]
    );
}

#[test]
fn a_metric_that_the_trainer_never_logs_is_refused_for_its_own_runs_only() {
    let gates = serde_json::json!([{"name": "a", "metric": "f1", "min": "0.5"}]);
    let ours = serde_json::json!({"registeredModel": "churn", "source": {"pipelineRef": {"name": "p"}}, "gates": gates});
    let found = problems(ours);
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .starts_with("spec.gates[a].metric: \"f1\" is never logged by the trainer; it logs accuracy,")
    );
    let theirs = serde_json::json!({"registeredModel": "churn", "source": {"version": "7"}, "gates": gates});
    assert!(validate(&object(theirs), &settings()).is_ok());
}

#[test]
fn aliases_that_mlflow_reserves_are_refused() {
    let with = |alias: &str| {
        let spec = serde_json::json!({
            "registeredModel": "churn", "source": {"version": "7"}, "promotion": {"alias": alias}});
        validate(&object(spec), &settings()).is_ok()
    };
    assert_eq!(["latest", "Latest", "v1", "V22", "a b", ""].map(with), [false; 6]);
    assert_eq!(["v", "v1a", "champion", "a_b-C"].map(with), [true; 4]);
}

#[test]
fn actions_are_read_word_for_word_and_all_else_is_refused_with_the_allowed_forms() {
    let verb = |raw: &str| Action::parse(raw).map(|action| action.verb);
    let approve = Verb::Approve { version: "12".into(), evidence: "abc".into() };
    assert_eq!(verb("approve:12:abc:n1"), Ok(approve));
    assert_eq!(verb("reject:12:abc:n1"), Ok(Verb::Reject { version: "12".into(), evidence: "abc".into() }));
    assert_eq!(verb("rollback:12:n1"), Ok(Verb::Rollback { version: "12".into() }));
    assert_eq!(verb("release-hold:n1"), Ok(Verb::ReleaseHold { model: None }));
    assert_eq!(verb("release-hold:churn:n1"), Ok(Verb::ReleaseHold { model: Some("churn".into()) }));
    for raw in ["", "approve", "approve:12:n1", "approve:x:abc:n", "approve:12:abc:", "rollback:0:n", "run:1"]
    {
        assert_eq!(verb(raw), Err(MalformedAction(raw.into())));
    }
    assert!(verb("run:1").unwrap_err().to_string().contains("approve:<version>:<evidence digest>:<nonce>"));
}

#[test]
fn a_record_of_another_version_or_with_unknown_fields_is_refused() {
    let claim = Claim { namespace: "ml".into(), installation: "cluster".into() };
    let record = ModelRecord::new(claim);
    let text = record.to_json().unwrap();
    assert_eq!(ModelRecord::parse(&text), Ok(record));
    assert_eq!(
        ModelRecord::parse(&text.replace("\"version\":1", "\"version\":2")),
        Err(RecordError::Version(2))
    );
    let unknown = text.replace("\"sequence\":0", "\"sequence\":0,\"extra\":1");
    assert!(matches!(ModelRecord::parse(&unknown), Err(RecordError::Malformed(_))));
    assert!(matches!(ModelRecord::parse("{}"), Err(RecordError::Malformed(_))));
}
