//! Each fault at each single write of a sweep's whole life: begun, suspended in mid-trial, gone on with until it is done. The trials
//! must be those of the life without the fault, each once.

use serde_json::json;

use crate::injector::Fault;
use crate::lives::{Life, faultless, same_end};
use crate::play::Act;
use crate::sample;

const LIFE: Life = Life { acts: &ACTS, from: 0 };

pub(super) const ACTS: [Act; 3] = [
    |world| {
        // The first trial ends, the others take for ever.
        world.with(|state| state.workers.hold_from = Some(1));
        world.create_sweep(sample::sweep("tune"));
    },
    |world| world.edit_sweep(|sweep| sweep["spec"]["suspend"] = json!(true)),
    |world| {
        world.with(|state| state.workers.hold_from = None);
        world.edit_sweep(|sweep| sweep["spec"]["suspend"] = json!(false));
    },
];

/// The same where workers ask for the next trial while they run one.
const AHEAD: Life = Life {
    acts: &[|world| world.with(|state| state.workers.ahead = true), ACTS[0], ACTS[1], ACTS[2]],
    from: 0,
};

#[tokio::test]
async fn a_life_without_a_fault_tries_each_point_once_and_leaves_nothing_open() {
    let (endings, snapshots, writes) = faultless(&LIFE).await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    let end = endings.last().unwrap();
    assert_eq!(
        endings[0].sweeps["tune"]["trials"],
        json!({"running": 2, "complete": 1, "stopped": 0, "failed": 0})
    );
    assert_eq!(endings[1].sweeps["tune"]["phase"], "Suspended");
    assert_eq!(endings[1].active_jobs, 0);
    let sweep = &end.sweeps["tune"];
    assert_eq!((&sweep["phase"], &sweep["progress"]), (&json!("Succeeded"), &json!("4/4")));
    let run =
        json!({"number": 1, "outcome": "Succeeded", "reason": "Done", "closed": true, "reported": true});
    assert_eq!(sweep["run"], run);
    assert_eq!(end.trials.len(), 4);
    assert!(end.trials.values().all(|count| *count == 1), "{:#?}", end.trials);
    assert!(end.runs.keys().all(|run| !run.ends_with("open")), "{:#?}", end.runs);
    assert_eq!(end.active_jobs, 0);
}

#[test]
fn a_crash_before_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::CrashAfter);
}

#[test]
fn a_refusal_of_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Refused);
}

#[test]
fn a_lost_answer_to_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::AnswerLost);
}

#[test]
fn a_conflict_at_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Conflict);
}

#[test]
fn a_delay_of_any_write_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Delayed);
}

#[test]
fn a_late_write_of_a_dead_leader_of_a_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Late);
}

#[tokio::test]
async fn trials_that_are_asked_for_ahead_are_the_same_each_once() {
    let (one, _, _) = faultless(&LIFE).await;
    let (ahead, snapshots, writes) = faultless(&AHEAD).await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    assert_eq!(ahead.last().unwrap().trials, one.last().unwrap().trials);
    assert_eq!(ahead.last().unwrap().sweeps, one.last().unwrap().sweeps);
}

#[test]
fn a_crash_before_any_write_changes_nothing_where_workers_ask_ahead() {
    same_end(&AHEAD, Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_changes_nothing_where_workers_ask_ahead() {
    same_end(&AHEAD, Fault::CrashAfter);
}

#[test]
fn a_lost_answer_to_any_write_changes_nothing_where_workers_ask_ahead() {
    same_end(&AHEAD, Fault::AnswerLost);
}

#[test]
fn a_late_write_of_a_dead_leader_changes_nothing_where_workers_ask_ahead() {
    same_end(&AHEAD, Fault::Late);
}
