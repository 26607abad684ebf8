//! Two objects that want the same alias at the same time.

use proptest::prelude::*;

use super::world::Fault;
use super::*;
use crate::api::model_version_status::VersionPhase;

fn two() -> World {
    let mut world = World::new();
    world.run("r1", 0.9);
    world.run("r2", 0.9);
    world.auto("a", "r1");
    world.auto("b", "r2");
    world
}

/// Both plan before either writes.
fn together(world: &mut World) {
    world.now += 1;
    let (one, other) = (world.plan(0), world.plan(1));
    world.carry_out(0, one);
    world.carry_out(1, other);
}

/// One move a promotion, and each starts where the last one ended.
fn check(world: &World) {
    let record = &world.record.as_ref().unwrap().0;
    let history = record.alias("champion").history;
    let promoted: Vec<_> = history.iter().rev().map(|decision| decision.version.as_str()).collect();
    assert_eq!(world.champion_moves(), promoted);
    for pair in history.windows(2) {
        assert_eq!(pair[0].from.as_ref(), Some(&pair[1].version));
    }
    assert_eq!(
        (record.intent.is_none(), record.alias("champion").holder.as_deref()),
        (true, world.champion())
    );
    assert_eq!(world.versions.len(), 2);
}

#[test]
fn of_two_racing_versions_one_decides_and_the_other_says_why() {
    let mut world = two();
    for _ in 0..40 {
        together(&mut world);
        if world.record.as_ref().is_some_and(|(record, _)| record.intent.is_some()) {
            break;
        }
    }
    together(&mut world);
    assert_eq!((0..2).filter(|index| world.status(*index).transition.is_some()).count(), 1);
    let waits = (0..2).find(|index| world.status(*index).transition.is_none()).unwrap();
    assert_eq!(world.reason(waits), "AnotherPromotionOpen");
    assert!(
        world.status(waits).message.contains("moves champion to version"),
        "{}",
        world.status(waits).message
    );
    world.settle();
    check(&world);
    assert_eq!(world.champion(), Some("2"));
}

#[test]
fn an_older_version_does_not_take_the_alias_from_a_newer_one_by_itself() {
    let mut world = two();
    while world.status(0).version.is_none() {
        world.reconcile(0);
    }
    world.objects[0].gone = true;
    world.settle();
    world.objects[0].gone = false;
    world.settle();
    assert_eq!((world.phase(0), world.reason(0)), (VersionPhase::AwaitingApproval, "OlderThanHolder"));
    assert_eq!(world.champion_moves(), ["2"]);
    check(&world);
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::CrashBefore),
        Just(Fault::CrashAfter),
        Just(Fault::Duplicate),
        Just(Fault::Fails),
        Just(Fault::Conflict),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_and_with_any_fault_each_decision_moves_the_alias_once(
        steps in proptest::collection::vec((0..3_usize, proptest::option::weighted(0.2, fault())), 0..60)
    ) {
        let mut world = two();
        for (who, fault) in steps {
            world.fault = fault.map(|fault| (world.writes, fault));
            match who {
                2 => together(&mut world),
                index => drop(world.reconcile(index)),
            }
        }
        world.fault = None;
        world.settle();
        check(&world);
        prop_assert_eq!(world.champion(), Some("2"));
    }
}
