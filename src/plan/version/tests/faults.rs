//! A crash, failure, conflict, repetition or late arrival at every single write of a whole story: the end is the same.

use super::world::Fault;
use super::*;
use crate::api::model_version_status::VersionPhase;

/// Promoted, replaced, rolled back, held, released: with a fault at one write.
fn story(fault: Option<(usize, Fault)>) -> World {
    let mut world = World::new();
    world.fault = fault;
    world.trained("r1", 0.9, None);
    world.auto("a", "r1");
    world.settle();
    world.trained("r2", 0.92, Some(("1", 0.02)));
    let second = world.apply(
        "b",
        serde_json::json!({
        "registeredModel": "churn", "source": {"runID": "r2"}, "promotion": {"mode": "Manual"},
        "gates": [{"name": "better", "metric": "auc", "compareTo": "champion", "minDelta": "0.01"}]}),
    );
    world.settle();
    world.annotate(second, "approve:2:proof-r2:n1");
    world.settle();
    world.annotate(second, "rollback:2:n2");
    world.settle();
    world.annotate(second, "release-hold:n3");
    world.settle();
    world
}

/// What must be the same whatever went wrong: times and ids may differ.
fn end(world: &World) -> String {
    let record = &world.record.as_ref().unwrap().0;
    let alias = record.alias("champion");
    let verified: Vec<_> = alias.verified.iter().map(|verified| &verified.version).collect();
    let tags = |number: u64| {
        let tags = &world.versions[&number].tags;
        tags.keys().filter(|key| key.starts_with("podium.dev/decision.")).count()
    };
    let states: Vec<_> = (0..2)
        .map(|index| {
            let status = world.status(index);
            let history: Vec<_> = status.history.iter().map(|d| (d.action, &d.version, &d.by)).collect();
            format!(
                "{:?} {} {:?} {:?} {history:?} {:?} {:?}",
                status.phase,
                status.message,
                status.alias,
                status.hold,
                status.transition,
                status.handled_action
            )
        })
        .collect();
    format!(
        "{:?} {:?} {:?} {verified:?} {:?} {:?} {:?} {:?} {states:#?}",
        world.champion_moves(),
        world.decisions(),
        world.aliases,
        record.intent,
        alias.hold,
        world.versions.keys().collect::<Vec<_>>(),
        (tags(1), tags(2)),
    )
}

#[test]
fn the_story_without_a_fault_is_what_it_should_be() {
    let world = story(None);
    assert_eq!(world.champion_moves(), ["1", "2", "1"]);
    let decisions = ["ReleaseHold 2 from -", "Rollback 1 from 2", "Promote 2 from 1", "Promote 1 from -"];
    assert_eq!(world.decisions(), decisions);
    assert_eq!((world.phase(0), world.phase(1)), (VersionPhase::Promoted, VersionPhase::RolledBack));
    assert_eq!(world.status(1).handled_action.as_deref(), Some("release-hold:n3"));
}

#[test]
fn a_fault_at_any_single_write_changes_nothing_of_the_end() {
    let clean = story(None);
    let expected = end(&clean);
    assert!(clean.writes > 25, "{} writes", clean.writes);
    let faults =
        [Fault::CrashBefore, Fault::CrashAfter, Fault::Duplicate, Fault::Fails, Fault::Conflict, Fault::Late];
    for at in 0..clean.writes {
        for fault in faults {
            let world = story(Some((at, fault)));
            assert_eq!(end(&world), expected, "{fault:?} at write {at}");
        }
    }
}
