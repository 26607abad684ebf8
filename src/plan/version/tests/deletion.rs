//! Objects that go.

use k8s_openapi::jiff::Timestamp;

use super::*;
use crate::api::model_version::DeletionPolicy;
use crate::plan::Trouble;

fn deletable() -> World {
    let mut world = World::new();
    for (name, run) in [("a", "r1"), ("b", "r2")] {
        world.trained(run, 0.9, None);
        let index = world.auto(name, run);
        world.edit(index, |spec| spec.deletion_policy = Some(DeletionPolicy::Delete));
        world.settle();
    }
    world.aliases.remove("previous");
    world
}

fn delete(world: &mut World, index: usize) {
    world.objects[index].deleted_at = Some(Timestamp::from_second(world.now).unwrap());
    world.objects[index].gone = !world.objects[index].finalizer;
}

#[test]
fn a_version_without_an_alias_is_deleted_with_its_object() {
    let mut world = deletable();
    delete(&mut world, 0);
    world.settle();
    assert!(world.objects[0].gone);
    assert_eq!(world.versions.keys().collect::<Vec<_>>(), [&2]);
}

#[test]
fn a_version_that_holds_an_alias_is_never_deleted() {
    let mut world = deletable();
    delete(&mut world, 1);
    let plan = world.plan(1);
    assert_eq!(plan.events[0].note, "version 2 of model \"churn\" stays in MLflow: it holds champion");
    world.settle();
    assert!(world.objects[1].gone);
    assert_eq!(world.versions.len(), 2);
}

#[test]
fn an_object_goes_within_60_s_also_when_mlflow_is_down() {
    let mut world = deletable();
    world.down = Some(Trouble { reason: "TrackingUnreachable", message: "down".into() });
    delete(&mut world, 0);
    world.settle();
    assert!(!world.objects[0].gone);
    world.now += 60;
    world.settle();
    assert!(world.objects[0].gone);
    assert_eq!(world.versions.len(), 2);
}

#[test]
fn without_the_policy_there_is_no_finalizer_and_nothing_is_deleted() {
    let mut world = deletable();
    world.edit(0, |spec| spec.deletion_policy = None);
    world.settle();
    assert!(!world.objects[0].finalizer);
    delete(&mut world, 0);
    world.settle();
    assert_eq!(world.versions.len(), 2);
}

/// A promotion that is open, with `moved` alias or not, whose object is deleted.
fn orphaned(moved: bool) -> World {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    world.auto("a", "r1");
    world.trained("r2", 0.1, None);
    world.auto("b", "r2");
    while world.record.as_ref().is_none_or(|(record, _)| record.intent.is_none()) {
        world.reconcile(0);
    }
    while moved && world.champion().is_none() {
        world.reconcile(0);
    }
    delete(&mut world, 0);
    world.settle();
    assert!(world.record.as_ref().unwrap().0.intent.is_some(), "it must wait for late writes");
    world.now += 61;
    world.settle();
    world
}

#[test]
fn a_promotion_whose_object_is_deleted_is_closed_by_another_object_once_it_has_moved() {
    let world = orphaned(true);
    assert_eq!((world.champion(), world.decisions()), (Some("1"), vec!["Promote 1 from -".to_owned()]));
    assert!(world.record.as_ref().unwrap().0.intent.is_none());
}

#[test]
fn a_deletable_object_gives_its_own_unmoved_promotion_up() {
    let mut world = World::new();
    world.trained("r1", 0.9, None);
    let index = world.auto("a", "r1");
    world.edit(index, |spec| spec.deletion_policy = Some(DeletionPolicy::Delete));
    while world.record.as_ref().is_none_or(|(record, _)| record.intent.is_none()) {
        world.reconcile(0);
    }
    delete(&mut world, 0);
    world.settle();
    assert!(world.objects[0].gone && world.versions.is_empty() && world.aliases.is_empty());
    assert!(world.record.as_ref().unwrap().0.intent.is_none());
}
