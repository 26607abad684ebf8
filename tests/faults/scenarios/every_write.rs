//! Each fault at each single write of a whole life: trained with a stop in between, registered, promoted, replaced by
//! a second run, taken back. The end must be the one without the fault.

use crate::ending::Ending;
use crate::injector::Fault;
use crate::play::Act;
use crate::sample;
use crate::trainer::Behaviour;
use crate::world::{Snapshot, World};

/// A whole life of a pipeline.
const LIFE: [Act; 5] = [
    |world| {
        world.with(|state| {
            state.trainer.scores.insert("forest".into(), 0.85);
            state.trainer.tell("Train/net", 1, Behaviour::Hang);
        });
        world.create(sample::pipeline("churn"));
    },
    |world| world.edit(|pipeline| pipeline["spec"]["suspend"] = true.into()),
    |world| world.edit(|pipeline| pipeline["spec"]["suspend"] = false.into()),
    |world| {
        world.with(|state| state.trainer.told.clear());
        world.edit(|pipeline| pipeline["spec"]["split"] = serde_json::json!({"seed": 7}));
    },
    |world| {
        let (id, object) = world.newest_version();
        let action = format!("rollback:{}:once", object["status"]["version"].as_str().unwrap());
        world.with(|state| {
            state.cluster.edit(&id, |version| {
                version["metadata"]["annotations"]["podium.dev/action"] = action.into();
            });
        });
    },
];

/// The life without a fault, with all its moments.
async fn faultless() -> (Ending, Vec<Snapshot>, Vec<String>) {
    let mut world = World::new();
    world.snapshots = Some(Vec::new());
    world.play(&LIFE).await;
    let ending = world.with(|state| Ending::of(state));
    (ending, world.snapshots.take().unwrap(), world.writes())
}

/// Plays the life with a fault at each write in turn; what ended otherwise.
async fn differences(fault: Fault) -> Vec<String> {
    let (expected, snapshots, writes) = faultless().await;
    let mut different = Vec::new();
    for (number, write) in writes.iter().enumerate() {
        let before = snapshots.iter().rev().find(|s| s.state.injector.writes.len() <= number).unwrap();
        let mut world = World::at(before);
        world.with(|state| state.injector.planned = Some((number, fault)));
        world.play(&LIFE).await;
        let ending = world.with(|state| Ending::of(state));
        if ending != expected {
            different.push(format!("{fault:?} at write {number} ({write}):\n{}", differ(&expected, &ending)));
        }
    }
    different
}

/// Lines that differ.
fn differ(expected: &Ending, ending: &Ending) -> String {
    let (one, other) = (format!("{expected:#?}"), format!("{ending:#?}"));
    let gone = one.lines().filter(|line| !other.lines().any(|l| l == *line)).map(|line| format!("- {line}\n"));
    let new = other.lines().filter(|line| !one.lines().any(|l| l == *line)).map(|line| format!("+ {line}\n"));
    gone.chain(new).collect()
}

#[track_caller]
fn same_end(fault: Fault) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let different = runtime.block_on(differences(fault));
    assert!(different.is_empty(), "{} ends differ:\n{}", different.len(), different.join("\n"));
}

#[tokio::test]
async fn a_life_without_a_fault_ends_with_one_of_each() {
    let (ending, snapshots, writes) = faultless().await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    eprintln!("{writes:#?}\n{ending:#?}");
}

#[test]
fn a_crash_before_any_write_changes_nothing() {
    same_end(Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_changes_nothing() {
    same_end(Fault::CrashAfter);
}

#[test]
fn a_refusal_of_any_write_changes_nothing() {
    same_end(Fault::Refused);
}

#[test]
fn a_lost_answer_to_any_write_changes_nothing() {
    same_end(Fault::AnswerLost);
}

#[test]
fn a_conflict_at_any_write_changes_nothing() {
    same_end(Fault::Conflict);
}

#[test]
fn a_delay_of_any_write_changes_nothing() {
    same_end(Fault::Delayed);
}

#[test]
fn a_late_write_of_a_dead_leader_changes_nothing() {
    same_end(Fault::Late);
}
