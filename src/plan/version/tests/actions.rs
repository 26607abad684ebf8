//! What people ask for by annotation, holds, and aliases moved by hand.

use super::*;
use crate::api::ModelVersionStatus;
use crate::api::model_version_status::VersionPhase;

/// Versions 1 and 2 were promoted one after the other.
fn promoted() -> World {
    let mut world = World::new();
    for (name, run) in [("a", "r1"), ("b", "r2")] {
        world.trained(run, 0.9, None);
        world.auto(name, run);
        world.settle();
    }
    world
}

fn manual() -> World {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    world.auto("a", "r1");
    world.edit(0, |spec| spec.promotion = None);
    world.settle();
    world
}

#[test]
fn manual_waits_for_an_approval_of_exactly_this_version_and_evidence() {
    let mut world = manual();
    assert_eq!(world.phase(0), VersionPhase::AwaitingApproval);
    assert!(world.status(0).message.contains("approve:1:proof-r1:NONCE"));
    for (wrong, why) in [
        ("approve:2:proof-r1:n1", "names version 2"),
        ("approve:1:other:n2", "the evidence is proof-r1, not other"),
        ("approve:1", "is none of approve:<version>"),
    ] {
        world.annotate(0, wrong);
        world.settle();
        assert!(world.event("ActionRefused").unwrap().contains(why), "{wrong}");
        assert_eq!(world.status(0).handled_action.as_deref(), Some(wrong));
        assert_eq!((world.champion(), world.phase(0)), (None, VersionPhase::AwaitingApproval));
    }
    world.annotate(0, "approve:1:proof-r1:n3");
    world.settle();
    assert_eq!((world.champion(), world.phase(0)), (Some("1"), VersionPhase::Promoted));
    assert_eq!(world.status(0).history[0].by, "approve:1:proof-r1:n3");
}

#[test]
fn an_approval_does_not_stand_in_for_evidence() {
    let mut world = World::new();
    world.trained("r1", 0.1, None);
    world.auto("a", "r1");
    world.settle();
    world.annotate(0, "approve:1:proof-r1:n1");
    world.settle();
    assert!(world.event("ActionRefused").unwrap().contains("does not stand in for evidence"));
    assert_eq!((world.champion(), world.phase(0)), (None, VersionPhase::Rejected));
}

#[test]
fn a_refused_version_stays_refused_when_its_object_is_applied_again() {
    let mut world = manual();
    world.annotate(0, "reject:1:proof-r1:n1");
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Rejected, "RejectedByPerson"));
    assert_eq!(world.decisions(), ["Reject 1 from -"]);
    world.annotate(0, "approve:1:proof-r1:n2");
    world.settle();
    assert!(world.event("ActionRefused").unwrap().contains("refused by reject:1:proof-r1:n1 for good"));
    assert_eq!((world.phase(0), world.champion()), (VersionPhase::Rejected, None));
    let again = world.apply(
        "again",
        serde_json::json!({
        "registeredModel": "churn", "source": {"version": "1"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "quality", "metric": "auc", "min": "0.65"}]}),
    );
    world.settle();
    assert_eq!((world.phase(again), world.champion()), (VersionPhase::Rejected, None));
}

#[test]
fn a_rollback_goes_to_the_last_version_that_passed_and_holds_there() {
    let mut world = promoted();
    world.annotate(1, "rollback:2:n1");
    world.settle();
    assert_eq!((world.champion(), world.aliases["previous"].as_str()), (Some("1"), "2"));
    assert_eq!((world.phase(0), world.phase(1)), (VersionPhase::Promoted, VersionPhase::RolledBack));
    let hold = world.status(1).hold.clone().unwrap();
    assert_eq!(
        (hold.at.as_str(), hold.refused_up_to.as_str(), hold.reason.as_str()),
        ("1", "2", "RolledBack")
    );
}

#[test]
fn the_same_version_offered_again_after_a_rollback_is_held_until_a_newer_one_passes() {
    let mut world = promoted();
    world.annotate(1, "rollback:2:n1");
    world.settle();
    let again = world.apply(
        "again",
        serde_json::json!({
        "registeredModel": "churn", "source": {"version": "2"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "quality", "metric": "auc", "min": "0.65"}]}),
    );
    world.settle();
    assert_eq!((world.phase(again), world.champion()), (VersionPhase::RolledBack, Some("1")));
    world.annotate(again, "approve:2:proof-r2:n2");
    world.settle();
    assert!(world.event("ActionRefused").unwrap().contains("release the hold first"));
    world.trained("r3", 0.95, None);
    world.auto("c", "r3");
    world.settle();
    assert_eq!(
        (world.champion(), world.record.as_ref().unwrap().0.alias("champion").hold),
        (Some("3"), None)
    );
}

#[test]
fn a_version_below_the_hold_that_was_never_decided_is_held() {
    let mut world = promoted();
    world.run("old", 0.9);
    world.registered("old", None);
    let old = world.apply(
        "old",
        serde_json::json!({
        "registeredModel": "churn", "source": {"version": "3"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "quality", "metric": "auc", "min": "0.95"}]}),
    );
    world.trained("r4", 0.9, None);
    world.auto("d", "r4");
    world.settle();
    world.annotate(3, "rollback:4:n1");
    world.settle();
    assert_eq!(world.champion(), Some("2"));
    world.edit(old, |spec| spec.gates.as_mut().unwrap()[0].min = Some(crate::api::Decimal::new("0.5")));
    world.settle();
    assert_eq!((world.phase(old), world.champion()), (VersionPhase::Held, Some("2")));
    world.annotate(old, "release-hold:churn:n2");
    world.settle();
    assert_eq!((world.phase(old), world.champion()), (VersionPhase::Promoted, Some("3")));
}

#[test]
fn a_rollback_without_a_stable_version_is_refused() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    world.auto("a", "r1");
    world.settle();
    world.annotate(0, "rollback:1:n1");
    world.settle();
    assert!(world.event("NoStableVersion").is_some());
    assert_eq!((world.champion(), world.phase(0)), (Some("1"), VersionPhase::Promoted));
}

#[test]
fn a_target_that_is_gone_or_changed_is_passed_over() {
    let mut world = promoted();
    world.trained("r3", 0.9, None);
    world.auto("c", "r3");
    world.settle();
    world.files.insert("mlflow-artifacts:/1/r2/artifacts/model".into(), "overwritten".into());
    world.annotate(2, "rollback:3:n1");
    world.settle();
    assert_eq!(world.champion(), Some("1"));
    assert!(world.record.as_ref().unwrap().0.alias("champion").verified.iter().all(|v| v.version == "1"));
}

#[test]
fn an_alias_moved_by_hand_is_reported_and_not_taken_back_silently() {
    let mut world = promoted();
    world.aliases.insert("champion".into(), "1".into());
    world.settle();
    assert_eq!((world.reason(1), world.phase(1)), ("AliasDrift", VersionPhase::Replaced));
    assert_eq!((world.reason(0), world.status(0).alias.as_deref()), ("AliasDrift", Some("champion")));
    assert!(world.event("AliasDrift").is_some());
    assert_eq!(world.champion(), Some("1"));
    world.trained("r3", 0.9, None);
    let third = world.auto("c", "r3");
    world.settle();
    assert_eq!((world.phase(third), world.reason(third)), (VersionPhase::AwaitingApproval, "AliasDrift"));
    world.annotate(third, "approve:3:proof-r3:n1");
    world.settle();
    assert_eq!(
        (world.champion(), world.phase(0), world.phase(1)),
        (Some("3"), VersionPhase::Replaced, VersionPhase::Replaced)
    );
}

#[test]
fn an_alias_moved_back_by_hand_ends_the_drift() {
    let mut world = promoted();
    world.aliases.insert("champion".into(), "1".into());
    world.settle();
    world.aliases.insert("champion".into(), "2".into());
    world.settle();
    assert_eq!((world.phase(1), world.reason(1)), (VersionPhase::Promoted, "Promoted"));
}

#[test]
fn a_version_deleted_under_its_alias_is_reported() {
    let mut world = promoted();
    world.versions.remove(&2);
    world.aliases.remove("champion");
    world.settle();
    assert_eq!(world.reason(1), "AliasDrift");
    assert!(world.status(1).message.contains("no version holds it"));
}

#[test]
fn an_object_that_loses_its_status_repeats_nothing_of_what_was_decided() {
    let mut world = promoted();
    world.annotate(1, "rollback:2:n1");
    world.settle();
    let (moves, decisions) = (world.moves.clone(), world.decisions());
    world.objects[1].status = ModelVersionStatus::default();
    world.settle();
    assert_eq!((world.moves.clone(), world.decisions(), world.versions.len()), (moves, decisions, 2));
    assert_eq!((world.phase(1), world.event("ActionRefused")), (VersionPhase::RolledBack, None));
    assert_eq!(world.status(1).handled_action.as_deref(), Some("rollback:2:n1"));
}
