//! Every row of the outcome table, by name.

mod absolute;
mod aggregate;
mod champion;
mod evidence;

use std::collections::BTreeMap;

use podium_contract::{
    CONTRACT_VERSION, Comparison, ComparisonOutcome, Difference, Evaluated, Evidence, Reference,
};

use super::*;
use crate::api::model_version_status::GateResult;
use crate::api::{Decimal, OnMissing};
use crate::domain::version::Bound;
use crate::plan::{EvidenceFacts, MetricFact, Reading, RunFacts, RunState, Trouble};

fn bound(text: &str) -> Bound {
    Bound { text: Decimal::new(text), value: text.parse().unwrap() }
}

fn gate(rule: Rule) -> ValidGate {
    ValidGate {
        name: "g".into(),
        metric: "auc".into(),
        rule,
        dry_run: false,
        on_missing: OnMissing::Inconclusive,
    }
}

fn min(text: &str) -> ValidGate {
    gate(Rule::Within { min: Some(bound(text)), max: None })
}

fn max(text: &str) -> ValidGate {
    gate(Rule::Within { min: None, max: Some(bound(text)) })
}

fn improves(over: Reference, delta: &str, confidence: f64) -> ValidGate {
    let rule = Rule::Improves { over, min_delta: bound(delta), confidence };
    ValidGate { metric: "roc_auc".into(), ..gate(rule) }
}

fn point(value: f64, step: i64, timestamp: i64) -> MetricFact {
    MetricFact { value, step, timestamp }
}

fn run(metrics: &[(&str, MetricFact)]) -> RunFacts {
    RunFacts {
        run_id: "r".into(),
        experiment_id: "1".into(),
        experiment: "ml/churn".into(),
        state: RunState::Finished,
        deleted: false,
        artifact_uri: "mlflow-artifacts:/1/r/artifacts".into(),
        tags: BTreeMap::new(),
        metrics: metrics.iter().map(|(name, fact)| ((*name).to_owned(), *fact)).collect(),
    }
}

/// A run of anybody.
fn foreign(metrics: &[(&str, MetricFact)]) -> EvidenceView {
    EvidenceView {
        run: Reading::Found(run(metrics)),
        evaluation: Evaluation::Anyone { digest: None },
        bytes: Bytes::AsEvaluated,
        holder: None,
        champion_run: None,
    }
}

fn evidence(comparisons: Vec<Comparison>) -> Evidence {
    Evidence {
        version: CONTRACT_VERSION,
        attempt: 2,
        evaluation_digest: "rows".into(),
        model_digest: "files".into(),
        metrics: BTreeMap::from([("auc".to_owned(), 0.9)]),
        comparisons,
    }
}

fn result() -> Evaluated {
    Evaluated {
        metric: "auc".into(),
        higher_is_better: true,
        score: Some(0.9),
        baseline: None,
        dummy: None,
        metrics: BTreeMap::new(),
        evaluation_digest: "rows".into(),
        model_digest: "files".into(),
        evidence_digest: "proof".into(),
        holdout_rows: 200,
        champion: None,
    }
}

/// A run of our trainer whose second attempt counts.
fn ours(evidence: Evidence) -> EvidenceView {
    let facts = EvidenceFacts { digest: "proof".into(), evidence: Ok(evidence) };
    EvidenceView {
        evaluation: Evaluation::Trainer {
            attempt: 2,
            result: Box::new(result()),
            evidence: Reading::Found(facts),
        },
        ..foreign(&[("auc", point(0.9, 2, 5))])
    }
}

/// Bootstrapped improvements from 0.001 to 0.999.
fn difference() -> Difference {
    let quantiles = (1..=999).map(|level| f64::from(level) / 1000.0).collect();
    Difference { winner: 0.9, reference: 0.4, improvement: 0.5, quantiles }
}

fn comparison(reference: Reference, version: Option<&str>) -> Comparison {
    let metrics = BTreeMap::from([("roc_auc".to_owned(), difference())]);
    let outcome = ComparisonOutcome::Compared { rows: 200, metrics };
    Comparison { reference, version: version.map(str::to_owned), outcome }
}

fn verdict(gate: &ValidGate, view: &EvidenceView) -> (GateResult, String) {
    let status = judge(gate, view);
    (status.result, status.reason)
}

fn is(result: GateResult, reason: &str) -> (GateResult, String) {
    (result, reason.to_owned())
}
