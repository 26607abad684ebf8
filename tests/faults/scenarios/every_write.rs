//! Each fault at each single write of a whole life: trained with a stop in between, registered, promoted, replaced by
//! a second run, taken back. The end must be the one without the fault.

use crate::injector::Fault;
use crate::lives::{Life, faultless, same_end};
use crate::play::Act;
use crate::sample;
use crate::trainer::Behaviour;

/// A whole life of a pipeline.
pub(super) const LIFE: Life = Life { acts: &ACTS, from: 0 };

pub(super) const ACTS: [Act; 5] = [
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

#[tokio::test]
async fn a_life_without_a_fault_ends_with_one_of_each() {
    let (endings, snapshots, writes) = faultless(&LIFE).await;
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
    same_end(&LIFE, Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_changes_nothing() {
    same_end(&LIFE, Fault::CrashAfter);
}

#[test]
fn a_refusal_of_any_write_changes_nothing() {
    same_end(&LIFE, Fault::Refused);
}

#[test]
fn a_lost_answer_to_any_write_changes_nothing() {
    same_end(&LIFE, Fault::AnswerLost);
}

#[test]
fn a_conflict_at_any_write_changes_nothing() {
    same_end(&LIFE, Fault::Conflict);
}

#[test]
fn a_delay_of_any_write_changes_nothing() {
    same_end(&LIFE, Fault::Delayed);
}

#[test]
fn a_late_write_of_a_dead_leader_changes_nothing() {
    same_end(&LIFE, Fault::Late);
}
