//! The record of a decision in MLflow: one tag per decision id on the version, with everything that was decided on.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Serialize;

use super::context::{Context, Desk};
use super::ledger;
use super::stop::{Go, answered};
use crate::api::model_version_status::{Decision, DecisionAction, GateStatus};
use crate::domain::version::Intent;
use crate::plan::{Effect, Tags};

/// Key of the tag, before the decision's id.
pub const DECISION_TAG_PREFIX: &str = "podium.dev/decision.";

/// MLflow cuts longer tags without a word.
const LONGEST: usize = 7900;

/// Everything that a decision rests on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof<'a> {
    id: &'a str,
    action: DecisionAction,
    model: &'a str,
    alias: &'a str,
    version: &'a str,
    from: Option<&'a str>,
    reason: &'a str,
    by: &'a str,
    at: &'a Time,
    epoch: i64,
    installation: &'a str,
    namespace: &'a str,
    run_id: Option<&'a str>,
    model_digest: Option<&'a str>,
    evidence_digest: Option<&'a str>,
    gates: Vec<Judged<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    gates_left_out: usize,
}

/// A gate without its sentence.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Judged<'a> {
    gate: &'a str,
    metric: &'a str,
    result: crate::api::model_version_status::GateResult,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared_to: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

/// What a decision that is no intent rests on.
pub struct Basis<'a> {
    pub run_id: Option<&'a str>,
    pub model_digest: Option<&'a str>,
    pub evidence_digest: Option<&'a str>,
    pub gates: &'a [GateStatus],
}

/// Tags of a move of an alias.
pub fn of_intent(context: &Context, intent: &Intent) -> Tags {
    let decision = ledger::decision(intent);
    let basis = Basis {
        run_id: intent.run_id.as_deref(),
        model_digest: Some(&intent.model_digest),
        evidence_digest: Some(&intent.evidence_digest),
        gates: &intent.gates,
    };
    tags(context, &intent.alias, intent.epoch, &decision, &basis)
}

/// The write of a decision that moves nothing; none when the version is no longer there to carry it.
pub fn effect(desk: &Desk, decision: &Decision, basis: &Basis) -> Go<Option<Effect>> {
    let (context, version) = (desk.context, desk.number.clone());
    let model = context.version.model.clone();
    let there = answered(context.known.version(&model, &version))?.is_some();
    let tags = tags(context, desk.alias(), context.observed.epoch, decision, basis);
    Ok(there.then_some(Effect::TagVersion { model, version, tags }))
}

fn tags(context: &Context, alias: &str, epoch: i64, decision: &Decision, basis: &Basis) -> Tags {
    let mut proof = Proof {
        id: &decision.id,
        action: decision.action,
        model: &context.version.model,
        alias,
        version: &decision.version,
        from: decision.from.as_deref(),
        reason: &decision.reason,
        by: &decision.by,
        at: &decision.at,
        epoch,
        installation: &context.observed.installation,
        namespace: &context.version.owner.namespace,
        run_id: basis.run_id,
        model_digest: basis.model_digest,
        evidence_digest: basis.evidence_digest,
        gates: basis.gates.iter().map(judged).collect(),
        gates_left_out: 0,
    };
    Tags::from([(format!("{DECISION_TAG_PREFIX}{}", decision.id), text(&mut proof))])
}

/// The JSON, with as many gates as fit.
fn text(proof: &mut Proof) -> String {
    loop {
        let text = serde_json::to_string(proof).unwrap_or_default();
        if text.chars().count() <= LONGEST || proof.gates.pop().is_none() {
            return text;
        }
        proof.gates_left_out += 1;
    }
}

fn judged(gate: &GateStatus) -> Judged<'_> {
    Judged {
        gate: &gate.name,
        metric: &gate.metric,
        result: gate.result,
        reason: &gate.reason,
        value: gate.value.as_ref().map(|value| value.as_str()),
        min: gate.min.as_ref().map(|min| min.as_str()),
        max: gate.max.as_ref().map(|max| max.as_str()),
        compared_to: gate.compared_to.as_deref(),
        dry_run: gate.dry_run,
    }
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}
