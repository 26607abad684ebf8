//! What is refused, and what is given up.

use super::*;
use crate::api::model_version_status::VersionPhase;
use crate::domain::version::{Claim, ModelRecord};
use crate::plan::RunState;

fn one() -> World {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    world.auto("a", "r1");
    world
}

/// Reconciles until an intent is open and nothing has moved.
fn opened(world: &mut World) {
    while world.record.as_ref().is_none_or(|(record, _)| record.intent.is_none()) {
        world.reconcile(0);
    }
}

#[test]
fn a_model_that_another_namespace_owns_is_refused() {
    let mut world = one();
    let claim = Claim { namespace: "other".into(), installation: "cluster".into() };
    world.record = Some((ModelRecord::new(claim), 1));
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Error, "ModelClaimed"));
    assert!(world.versions.is_empty() && world.model.is_none());
}

#[test]
fn a_model_that_another_installation_claimed_in_mlflow_is_refused() {
    let mut world = one();
    world.model = Some([("podium.dev/installation".to_owned(), "elsewhere".to_owned())].into());
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Error, "ClaimedByOtherInstallation"));
    assert!(world.versions.is_empty() && world.record.is_none());
}

#[test]
fn a_run_outside_the_namespaces_prefix_is_refused() {
    let mut world = one();
    world.runs.get_mut("r1").unwrap().experiment = "other/churn".into();
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Error, "NotAllowed"));
}

#[test]
fn an_open_run_is_waited_for_and_a_failed_one_is_refused() {
    let mut world = one();
    world.runs.get_mut("r1").unwrap().state = RunState::Open;
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Pending, "SourcePending"));
    world.runs.get_mut("r1").unwrap().state = RunState::Killed;
    world.settle();
    assert_eq!(world.reason(0), "SourceFailed");
    world.runs.get_mut("r1").unwrap().state = RunState::Finished;
    world.settle();
    assert_eq!(world.phase(0), VersionPhase::Promoted);
}

#[test]
fn model_files_that_are_missing_or_changed_are_never_registered() {
    for (files, reason) in [(None, "ModelMissing"), (Some("overwritten"), "ModelChanged")] {
        let mut world = one();
        world.files.clear();
        if let Some(digest) = files {
            world.files.insert("mlflow-artifacts:/1/r1/artifacts/model".into(), digest.into());
        }
        world.settle();
        assert_eq!((world.phase(0), world.reason(0), world.versions.len()), (VersionPhase::Error, reason, 0));
    }
}

#[test]
fn model_files_overwritten_before_the_move_give_it_up_and_those_as_evaluated_take_it_up_again() {
    let mut world = one();
    opened(&mut world);
    let uri = "mlflow-artifacts:/1/r1/artifacts/model";
    world.files.insert(uri.into(), "overwritten".into());
    world.settle();
    assert_eq!(
        (world.phase(0), world.reason(0), world.champion()),
        (VersionPhase::Error, "ModelChanged", None)
    );
    assert!(world.event("PromotionAborted").is_some());
    world.files.insert(uri.into(), "files-r1".into());
    world.settle();
    assert_eq!((world.phase(0), world.champion()), (VersionPhase::Promoted, Some("1")));
}

#[test]
fn another_holder_between_intent_and_move_gives_it_up() {
    let mut world = one();
    world.run("theirs", 0.8);
    opened(&mut world);
    world.registered("theirs", Some("champion"));
    world.reconcile(0);
    assert_eq!((world.champion(), world.reason(0)), (Some("2"), "BaselineMoved"));
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::AwaitingApproval, "OlderThanHolder"));
}

#[test]
fn a_champion_other_than_the_evaluated_one_is_baseline_moved() {
    let mut world = one();
    world.settle();
    world.trained("r2", 0.95, Some(("7", 0.5)));
    let second = world.apply(
        "b",
        serde_json::json!({
        "registeredModel": "churn", "source": {"runID": "r2"}, "promotion": {"mode": "Auto"},
        "gates": [{"name": "better", "metric": "auc", "compareTo": "champion", "minDelta": "0"}]}),
    );
    world.settle();
    assert_eq!((world.phase(second), world.reason(second)), (VersionPhase::Evaluating, "BaselineMoved"));
    assert_eq!(world.champion(), Some("1"));
}

#[test]
fn a_version_deleted_before_the_move_gives_it_up() {
    let mut world = one();
    opened(&mut world);
    world.versions.clear();
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::Error, "VersionMissing"));
    assert!(world.record.as_ref().unwrap().0.intent.is_none());
}

#[test]
fn a_stale_replica_that_still_names_the_old_holder_is_told_again_and_nothing_moves_twice() {
    let mut world = one();
    opened(&mut world);
    while world.champion().is_none() {
        world.reconcile(0);
    }
    world.aliases.clear();
    world.reconcile(0);
    assert_eq!(world.champion(), Some("1"));
    world.settle();
    assert_eq!(world.decisions(), ["Promote 1 from -"]);
}

#[test]
fn after_the_alias_has_moved_there_is_only_forward() {
    let mut world = one();
    opened(&mut world);
    while world.champion().is_none() {
        world.reconcile(0);
    }
    world.run("theirs", 0.8);
    world.registered("theirs", Some("champion"));
    world.settle();
    assert_eq!(world.decisions(), ["Promote 1 from -"]);
    assert_eq!((world.champion(), world.reason(0)), (Some("2"), "AliasDrift"));
}
