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
        // Jobs go as soon as they may: what they found must stand elsewhere.
        let mut pipeline = sample::pipeline("churn");
        pipeline["spec"]["limits"] = serde_json::json!({"ttlSecondsAfterFinished": 0});
        world.create(pipeline);
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

/// Of so many faults one is followed to the end of the life; the others to the end of the step that they hit.
const FOLLOWED: usize = 16;

/// The life without a fault: the end of each step, all moments, all writes.
async fn faultless() -> (Vec<Ending>, Vec<Snapshot>, Vec<String>) {
    let mut world = World::new();
    world.snapshots = Some(Vec::new());
    let endings = world.play(&LIFE).await;
    (endings, world.snapshots.take().unwrap(), world.writes())
}

/// Plays the life with a fault at each write in turn; what ended otherwise.
async fn differences(fault: Fault) -> Vec<String> {
    let (expected, snapshots, writes) = faultless().await;
    let mut different = Vec::new();
    for (number, write) in writes.iter().enumerate().filter(|(number, write)| is_tried(fault, *number, write))
    {
        let before = snapshots.iter().rev().find(|s| s.state.injector.writes.len() <= number).unwrap();
        let mut world = World::at(before);
        world.with(|state| state.injector.planned = Some((number, fault)));
        let mut endings = vec![world.end_step().await];
        if number.is_multiple_of(FOLLOWED) {
            world.step += 1;
            endings.extend(world.play(&LIFE).await);
        }
        for (ending, expected) in endings.iter().zip(&expected[before.step..]) {
            if ending != expected {
                different.push(format!("{fault:?} at {number}, {write}:\n{}", differ(expected, ending)));
                break;
            }
        }
    }
    different
}

/// Dying before a write leaves what dying after the one before it leaves, so it is tried here and there only; and an Event
/// is never read again, so what comes of it matters to nobody but the process that is told.
fn is_tried(fault: Fault, number: usize, write: &str) -> bool {
    match fault {
        Fault::CrashBefore => number.is_multiple_of(4),
        Fault::CrashAfter | Fault::Refused => true,
        Fault::AnswerLost | Fault::Conflict | Fault::Delayed | Fault::Late => {
            !write.starts_with("Create events")
        }
    }
}

/// Lines that differ.
fn differ(expected: &Ending, ending: &Ending) -> String {
    let (one, other) = (format!("{expected:#?}"), format!("{ending:#?}"));
    let only = |sign: &str, these: &str, those: &str| -> String {
        let those: Vec<&str> = those.lines().collect();
        these.lines().filter(|line| !those.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    only("-", &one, &other) + &only("+", &other, &one)
}

#[track_caller]
fn same_end(fault: Fault) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let different = runtime.block_on(differences(fault));
    assert!(different.is_empty(), "{} ends differ:\n{}", different.len(), different.join("\n"));
}

#[tokio::test]
async fn a_life_without_a_fault_ends_with_one_of_each() {
    let (endings, snapshots, writes) = faultless().await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    let end = endings.last().unwrap();
    let one_each = |texts: &[&str]| texts.iter().map(|text| ((*text).to_owned(), 1)).collect();
    let runs = [
        "run 1 candidate forest finished",
        "run 1 candidate logistic finished",
        "run 1 candidate net finished",
        "run 1 evaluation finished",
        "run 1 pipeline finished",
        "run 2 candidate forest finished",
        "run 2 candidate logistic finished",
        "run 2 candidate net finished",
        "run 2 evaluation finished",
        "run 2 pipeline finished",
    ];
    assert_eq!(end.runs, one_each(&runs));
    assert_eq!(end.registered, one_each(&["run 1", "run 2"]));
    let moves = [
        "champion to run 1",
        "champion to run 2",
        "previous to run 1",
        "champion to run 1",
        "previous to run 2",
    ];
    assert_eq!(end.moves, moves);
    assert_eq!(end.active_jobs, 0);
    let steps = ["Evaluate", "Train/forest", "Train/logistic", "Train/net", "Validate"];
    let twice: Vec<String> = ["run 1", "run 2"]
        .iter()
        .flat_map(|run| steps.iter().map(move |step| format!("{run} {step}")))
        .collect();
    assert_eq!(end.work, twice);
    let phases: Vec<_> = end.versions.iter().map(|version| version["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["Promoted", "RolledBack"]);
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
