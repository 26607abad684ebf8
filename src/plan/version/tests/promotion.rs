//! The straight ways: promoted, waiting, evaluated, rejected, adopted.

use super::*;
use crate::api::model_version::PromotionMode;
use crate::api::model_version_status::{GateResult, VersionPhase};

#[test]
fn a_version_whose_gates_pass_is_registered_claimed_promoted_and_recorded() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let first = world.auto("a", "r1");
    world.settle();
    let status = world.status(first);
    assert_eq!(status.message, "version 1 holds champion: auc 0.9 >= 0.65 (1/1 gates)");
    assert_eq!((status.phase, status.alias.as_deref()), (VersionPhase::Promoted, Some("champion")));
    assert_eq!(status.gate_summary.as_deref(), Some("1/1"));
    assert_eq!(status.evidence_digest.as_deref(), Some("proof-r1"));
    assert_eq!(status.conditions.len(), 1);
    assert_eq!(
        (status.conditions[0].type_.as_str(), status.conditions[0].status.as_str()),
        ("Ready", "True")
    );
    assert_eq!(world.champion_moves(), ["1"]);
    assert_eq!(world.decisions(), ["Promote 1 from -"]);
    assert_eq!(status.history.len(), 1);
    let model = world.model.clone().unwrap();
    assert_eq!(model["podium.dev/installation"], "cluster");
    let tags = &world.versions[&1].tags;
    let decision = tags.iter().find(|(key, _)| key.starts_with("podium.dev/decision.")).unwrap().1;
    let decision: serde_json::Value = serde_json::from_str(decision).unwrap();
    assert_eq!(decision["gates"][0]["value"], "0.9");
    assert_eq!(decision["modelDigest"], "files-r1");
    assert_eq!(decision["epoch"], 1);
    assert!(world.event("Promoted").is_some());
}

#[test]
fn a_newer_version_that_is_better_takes_the_alias_and_the_old_one_says_so() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let first = world.auto("a", "r1");
    world.settle();
    world.trained("r2", 0.92, Some(("1", 0.02)));
    let second = world.apply(
        "b",
        serde_json::json!({
        "registeredModel": "churn", "source": {"runID": "r2"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "better", "metric": "auc", "compareTo": "champion", "minDelta": "0.01"}]}),
    );
    world.settle();
    assert_eq!((world.phase(first), world.phase(second)), (VersionPhase::Replaced, VersionPhase::Promoted));
    assert_eq!(world.aliases["previous"], "1");
    assert_eq!(world.decisions(), ["Promote 2 from 1", "Promote 1 from -"]);
    assert_eq!(world.status(first).history.len(), 2);
    assert_eq!(world.status(first).alias, None);
}

#[test]
fn an_unchanged_object_planned_100_times_plans_nothing() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    world.run("r2", 0.1);
    let objects = [world.auto("a", "r1"), world.auto("b", "r2")];
    world.edit(1, |spec| spec.promotion = None);
    world.settle();
    let writes = world.writes;
    for _ in 0..100 {
        world.now += 61;
        for index in objects {
            let plan = world.plan(index);
            assert_eq!((plan.effects.len(), plan.actions.len()), (0, 0));
            assert_eq!(&plan.status, world.status(index));
        }
    }
    assert_eq!(world.writes, writes);
}

#[test]
fn a_failed_gate_rejects_once_and_a_changed_bound_is_judged_again_without_a_new_version() {
    let mut world = World::new();
    world.trained("r1", 0.6, None);
    let first = world.auto("a", "r1");
    world.settle();
    assert_eq!(world.phase(first), VersionPhase::Rejected);
    assert_eq!(world.status(first).message, "gate quality: auc 0.6 < 0.65 (0/1 gates)");
    assert_eq!(world.status(first).history.len(), 1);
    assert_eq!(world.champion(), None);
    world.edit(first, |spec| spec.gates.as_mut().unwrap()[0].min = Some(crate::api::Decimal::new("0.5")));
    world.settle();
    assert_eq!(
        (world.phase(first), world.champion(), world.versions.len()),
        (VersionPhase::Promoted, Some("1"), 1)
    );
}

#[test]
fn without_gates_nothing_is_promoted() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let first = world.auto("a", "r1");
    world.edit(first, |spec| spec.gates = None);
    world.settle();
    assert_eq!((world.phase(first), world.reason(first)), (VersionPhase::Evaluating, "NoGates"));
    assert_eq!(world.champion(), None);
}

#[test]
fn never_only_evaluates_and_auto_needs_the_operators_word() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let first = world.auto("a", "r1");
    world.edit(first, |spec| spec.promotion.as_mut().unwrap().mode = Some(PromotionMode::Never));
    world.settle();
    assert_eq!((world.phase(first), world.champion()), (VersionPhase::Evaluated, None));
    let text = "{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: ml, models: [churn]}]}";
    world.settings = crate::settings::OperatorConfig::parse(text).unwrap().check("cluster").unwrap();
    world.edit(first, |spec| spec.promotion.as_mut().unwrap().mode = Some(PromotionMode::Auto));
    world.settle();
    assert_eq!((world.phase(first), world.reason(first)), (VersionPhase::AwaitingApproval, "AutoNotAllowed"));
    assert_eq!(world.champion(), None);
}

#[test]
fn a_version_that_anybody_registered_is_adopted_judged_and_becomes_a_target_of_rollback() {
    let mut world = World::new();
    world.run("theirs", 0.8);
    world.registered("theirs", Some("champion"));
    let adopted = world.apply(
        "a",
        serde_json::json!({
        "registeredModel": "churn", "source": {"version": "1"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "quality", "metric": "auc", "min": "0.65"}]}),
    );
    world.settle();
    assert_eq!((world.phase(adopted), world.versions.len()), (VersionPhase::Promoted, 1));
    assert_eq!(world.champion_moves(), Vec::<&str>::new());
    assert_eq!(world.versions[&1].tags["podium.dev/model-digest"], "files-theirs");
    assert_eq!(world.record.as_ref().unwrap().0.alias("champion").verified[0].version, "1");
}

#[test]
fn a_comparison_without_any_champion_waits_for_a_gate_that_decides() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let first = world.apply(
        "a",
        serde_json::json!({
        "registeredModel": "churn", "source": {"runID": "r1"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "better", "metric": "auc", "compareTo": "champion", "minDelta": "0"}]}),
    );
    world.settle();
    assert_eq!((world.phase(first), world.reason(first)), (VersionPhase::Evaluating, "NoBaseline"));
    assert_eq!(world.status(first).gates[0].result, GateResult::Inconclusive);
    assert_eq!(world.champion(), None);
}
