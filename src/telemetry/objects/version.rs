//! What a model version shows.

use super::catalogue::Metric;
use super::resource::{self, variant, word};
use super::series::{Facts, ObjectKey, Series};
use crate::api::model_version_status::{Decision, DecisionAction};
use crate::api::{Decimal, ModelVersion, ModelVersionStatus};

/// What a version shows whose status went from `old` to `new`.
pub fn of_version(
    key: &ObjectKey,
    object: &ModelVersion,
    old: &ModelVersionStatus,
    new: &ModelVersionStatus,
) -> Facts {
    let mut facts = Facts::default();
    let model = &object.spec.registered_model;
    resource::info(&mut facts, key, model, new.version.as_deref().unwrap_or_default());
    resource::phase(&mut facts, key, new.phase);
    resource::conditions(&mut facts, key, &new.conditions);
    gates(&mut facts, key, new);
    alias(&mut facts, key, model, new);
    last_decisions(&mut facts, key, model, new);
    decisions(&mut facts, key, model, old, new);
    facts
}

fn gates(facts: &mut Facts, key: &ObjectKey, status: &ModelVersionStatus) {
    let [namespace, name] = [("namespace", key.namespace.as_str()), ("name", key.name.as_str())];
    for gate in &status.gates {
        let one = ("gate", gate.name.as_str());
        let numbers =
            [(Metric::GateValue, &gate.value), (Metric::GateMin, &gate.min), (Metric::GateMax, &gate.max)];
        for (metric, number) in numbers {
            if let Some(value) = number.as_ref().and_then(Decimal::value) {
                facts.gauge(Series::new(metric, [namespace, name, one]), value);
            }
        }
        let dry_run = if gate.dry_run { "true" } else { "false" };
        let labels = [namespace, name, one, ("result", &variant(gate.result)), ("dry_run", dry_run)];
        facts.gauge(Series::new(Metric::GateResult, labels), 1.0);
    }
}

/// The version that holds the alias. While it moves, two objects may say so of themselves: the one to which it was given
/// last is right.
fn alias(facts: &mut Facts, key: &ObjectKey, model: &str, status: &ModelVersionStatus) {
    let (Some(alias), Some(version)) = (&status.alias, &status.version) else { return };
    let Ok(number) = version.parse::<u32>() else { return };
    let given = status.history.iter().filter(|decision| {
        let moved = matches!(decision.action, DecisionAction::Promote | DecisionAction::Rollback);
        moved && decision.version == *version
    });
    let rank = given.map(|decision| decision.at.0.as_second()).max().unwrap_or_default();
    let labels = [("namespace", key.namespace.as_str()), ("model", model), ("alias", alias)];
    facts.ranked(Series::new(Metric::ModelAliasVersion, labels), number.into(), rank);
}

/// The newest decision of each sort, from whichever object remembers it.
fn last_decisions(facts: &mut Facts, key: &ObjectKey, model: &str, status: &ModelVersionStatus) {
    for decision in &status.history {
        let action = variant(decision.action);
        let labels = [("namespace", key.namespace.as_str()), ("model", model), ("decision", &action)];
        let second = decision.at.0.as_second();
        facts.ranked(Series::new(Metric::ModelLastDecision, labels), second as f64, second);
    }
}

fn decisions(
    facts: &mut Facts,
    key: &ObjectKey,
    model: &str,
    old: &ModelVersionStatus,
    new: &ModelVersionStatus,
) {
    let [namespace, model] = [("namespace", key.namespace.as_str()), ("model", model)];
    let made: Vec<_> = new.history.iter().filter(|decision| was_made(decision, old, new)).collect();
    for decision in &made {
        let action = variant(decision.action);
        let labels = [namespace, model, ("decision", &action), ("reason", word(&decision.reason))];
        facts.count_for_good(Series::new(Metric::PromotionDecisions, labels), 1);
    }
    let rollbacks = made.iter().filter(|decision| decision.action == DecisionAction::Rollback).count();
    facts.count_for_good(Series::new(Metric::Rollbacks, [namespace, model]), rollbacks as u64);
}

/// Whether this object made the decision in this step. Other objects of the model, and the same one applied again, find
/// it in the model's record and show it too.
fn was_made(decision: &Decision, old: &ModelVersionStatus, new: &ModelVersionStatus) -> bool {
    if old.history.iter().any(|known| known.id == decision.id) {
        return false;
    }
    match decision.action {
        DecisionAction::Promote | DecisionAction::Rollback => {
            old.transition.as_ref().is_some_and(|move_| move_.id == decision.id)
        }
        DecisionAction::Reject | DecisionAction::ReleaseHold => {
            let by = Some(&decision.by);
            decision.by == "operator"
                || (new.handled_action.as_ref() == by && old.handled_action.as_ref() != by)
        }
    }
}
