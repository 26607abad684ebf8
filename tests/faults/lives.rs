//! Whole lives with a fault at each single write in turn. The end must be the one without the fault.

use crate::ending::Ending;
use crate::injector::{FAULTS, Fault};
use crate::play::Act;
use crate::world::{Snapshot, World};

/// What a user does, one act after the other, and the act from which on faults are tried: what comes before only prepares.
pub struct Life {
    pub acts: &'static [Act],
    pub from: usize,
}

/// Of so many faults one is followed to the end of the life; the others to the end of the step that they hit.
const FOLLOWED: usize = 16;

/// A life without a fault: the end of each step, all moments, all writes.
pub async fn faultless(life: &Life) -> (Vec<Ending>, Vec<Snapshot>, Vec<String>) {
    let mut world = World::new();
    world.snapshots = Some(Vec::new());
    let endings = world.play(life.acts).await;
    (endings, world.snapshots.take().unwrap(), world.writes())
}

/// Plays a life with a fault at each write in turn; what ended otherwise.
async fn differences(life: &Life, fault: Fault) -> Vec<String> {
    let (expected, snapshots, writes) = faultless(life).await;
    let mut different = Vec::new();
    for (number, write) in writes.iter().enumerate().filter(|(number, write)| is_tried(fault, *number, write))
    {
        let before = before(&snapshots, number);
        if before.step < life.from {
            continue;
        }
        let mut world = World::at(before);
        world.with(|state| state.injector.planned = Some((number, fault)));
        let mut endings = vec![world.end_step().await];
        if (number + place(fault)).is_multiple_of(FOLLOWED) {
            world.step += 1;
            endings.extend(world.play(life.acts).await);
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

/// Each fault is followed from other writes than the fault before it.
fn place(fault: Fault) -> usize {
    FAULTS.iter().position(|each| *each == fault).map_or(0, |place| 5 * place)
}

/// The last moment before a write.
pub fn before(snapshots: &[Snapshot], number: usize) -> &Snapshot {
    snapshots.iter().rev().find(|moment| moment.state.injector.writes.len() <= number).unwrap()
}

/// Dying before a write leaves what dying after the one before it leaves, so it is tried here and there only; and an Event
/// is never read again, so what comes of it matters to nobody but the process that is told.
fn is_tried(fault: Fault, number: usize, write: &str) -> bool {
    match fault {
        Fault::CrashBefore => number.is_multiple_of(4),
        Fault::CrashAfter | Fault::Refused | Fault::Deleted => true,
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

/// Fails when a fault at some write makes a life end otherwise.
#[track_caller]
pub fn same_end(life: &Life, fault: Fault) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let different = runtime.block_on(differences(life, fault));
    assert!(different.is_empty(), "{} ends differ:\n{}", different.len(), different.join("\n"));
}
