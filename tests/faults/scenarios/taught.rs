//! A sweep that earlier ones teach: what it was taught is the same after each fault at each write, and whatever the earlier ones
//! come to meanwhile.

use podium_contract::{ROLE_TAG, TRIAL_TAG};
use serde_json::{Value, json};

use crate::injector::Fault;
use crate::lives::{Life, faultless, same_end};
use crate::sample;
use crate::world::World;

/// One trial at a time: so what each is suggested from does not depend on when others end.
fn learning(name: &str, trials: u32) -> Value {
    let mut sweep = sample::sweep(name);
    sweep["spec"]["algorithm"] = json!({"name": "TPE", "seed": 1});
    sweep["spec"]["maxTrials"] = json!(trials);
    sweep["spec"]["parallelism"] = json!(1);
    sweep
}

fn taught(by: &str) -> Value {
    let mut sweep = learning("tune", 3);
    sweep["spec"]["algorithm"]["seed"] = json!(2);
    sweep["spec"]["parameters"][0]["double"]["max"] = json!("0.9");
    sweep["spec"]["warmStart"] = json!({"sweeps": [by]});
    sweep
}

/// Up to the second trial, which takes for ever: how a sweep ends is tried elsewhere.
const LIFE: Life = Life {
    acts: &[
        |world| world.create_sweep(learning("old", 12)),
        |world| {
            world.with(|state| state.workers.hold_from = Some(1));
            world.create_sweep(taught("old"));
        },
    ],
    from: 1,
};

#[tokio::test]
async fn the_trials_of_an_earlier_sweep_teach_and_are_none_of_the_new_one_s_own() {
    let (endings, snapshots, writes) = faultless(&LIFE).await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    let (old, tune) = (&endings[0].sweeps["old"], &endings[1].sweeps["tune"]);
    assert_eq!((&old["progress"], &old["taught"]), (&json!("12/12"), &json!([null, null])));
    assert_eq!((&tune["phase"], &tune["progress"]), (&json!("Running"), &json!("1/3")));
    assert_eq!(tune["trials"], json!({"running": 1, "complete": 1, "stopped": 0, "failed": 0}));
    assert_eq!(tune["best"][0], 0);
    let [all, outside] = [0, 1].map(|place| tune["taught"][place].as_i64().unwrap());
    assert!(outside > 0 && all + outside == 12, "{tune}");
    let files = writes.iter().filter(|write| write.starts_with("mlflow PutFile warm_start/")).count();
    assert_eq!(files, 1);
}

#[test]
fn a_crash_before_any_write_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::CrashAfter);
}

#[test]
fn a_refusal_of_any_write_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Refused);
}

#[test]
fn a_lost_answer_to_any_write_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::AnswerLost);
}

#[test]
fn a_conflict_at_any_write_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Conflict);
}

#[test]
fn a_late_write_of_a_dead_leader_of_a_taught_sweep_changes_nothing() {
    same_end(&LIFE, Fault::Late);
}

/// Parameters of the trials of a sweep by number.
fn tried(world: &World, sweep: &str) -> Vec<(i64, Value)> {
    let runs = world.with(|state| state.mlflow.with_tag(ROLE_TAG, "trial"));
    let own = runs.into_iter().filter(|(_, run)| run.tags["podium.dev/owner"] == sweep);
    let records = own.map(|(_, run)| serde_json::from_str::<Value>(&run.tags[TRIAL_TAG]).unwrap());
    let mut tried: Vec<_> =
        records.map(|record| (record["number"].as_i64().unwrap(), record["parameters"].clone())).collect();
    tried.sort_by_key(|(number, _)| *number);
    tried
}

/// The earlier sweep gets as many trials again, all of them better than any before.
fn goes_on(world: &World) {
    let runs = world.with(|state| state.mlflow.with_tag(ROLE_TAG, "trial"));
    world.with(|state| {
        for (id, mut run) in runs.into_iter().filter(|(_, run)| run.tags["podium.dev/owner"] == "old") {
            let mut record: Value = serde_json::from_str(&run.tags[TRIAL_TAG]).unwrap();
            record["number"] = json!(record["number"].as_i64().unwrap() + 12);
            record["parameters"]["C"] = json!(0.05 + record["parameters"]["C"].as_f64().unwrap() / 100.0);
            run.tags.insert(TRIAL_TAG.to_owned(), record.to_string());
            let result = run.tags.get_mut("podium.dev/trial-result").unwrap();
            let mut end: Value = serde_json::from_str(result).unwrap();
            end["end"]["value"] = json!(7.0);
            *result = end.to_string();
            state.mlflow.runs.insert(format!("{id}-again"), run);
        }
    });
}

async fn after_the_old_one() -> World {
    let mut world = World::new();
    world.create_sweep(learning("old", 12));
    world.settle().await;
    world
}

#[tokio::test]
async fn what_the_earlier_sweep_comes_to_later_teaches_no_leader_of_this_run() {
    let mut undisturbed = after_the_old_one().await;
    undisturbed.create_sweep(taught("old"));
    undisturbed.settle().await;

    let mut world = after_the_old_one().await;
    world.with(|state| state.workers.hold_from = Some(0));
    world.create_sweep(taught("old"));
    world.settle().await;
    assert_eq!(tried(&world, "tune").len(), 1);
    goes_on(&world);
    world.restart();
    world.with(|state| state.workers.hold_from = None);
    world.settle().await;
    assert_eq!(tried(&world, "tune"), tried(&undisturbed, "tune"));

    let mut other = after_the_old_one().await;
    goes_on(&other);
    other.create_sweep(taught("old"));
    other.settle().await;
    assert_ne!(tried(&other, "tune"), tried(&undisturbed, "tune"), "what teaches has a say");
}

#[tokio::test]
async fn a_sweep_that_is_deleted_still_teaches_and_one_that_never_was_is_waited_for_by_its_name() {
    let mut world = after_the_old_one().await;
    let id = crate::api_server::Id::new("hyperparametersweeps", "ml", "old");
    world.with(|state| state.cluster.remove(&id));
    world.create_sweep(taught("old"));
    world.create_sweep({
        let mut sweep = taught("nobody");
        sweep["metadata"]["name"] = json!("lost");
        sweep
    });
    world.settle().await;
    assert_eq!(status(&world, "tune")["progress"], "3/3");
    let lost = status(&world, "lost");
    assert_eq!((&lost["phase"], &lost["run"]), (&json!("Pending"), &Value::Null));
    assert_eq!(
        lost["message"],
        "spec.warmStart.sweeps[0]: \"nobody\" is no HyperparameterSweep of this namespace, and MLflow has no run of one that \
         was: create it, or take the name out"
    );
    let runs = world.with(|state| state.mlflow.with_tag(ROLE_TAG, "sweep"));
    assert!(runs.iter().all(|(_, run)| run.tags["podium.dev/owner"] != "lost"), "what can't begin is no run");
}

fn status(world: &World, name: &str) -> Value {
    let id = crate::api_server::Id::new("hyperparametersweeps", "ml", name);
    world.with(|state| state.cluster.get(&id).unwrap()["status"].clone())
}

/// The one that is to be taught comes first, as an apply of both may have it.
const TOGETHER: Life = Life {
    acts: &[|world| world.create_sweep(taught("old")), |world| world.create_sweep(learning("old", 4))],
    from: 0,
};

#[tokio::test]
async fn a_sweep_that_came_before_the_one_that_teaches_it_begins_once_that_one_ended() {
    let (endings, _, _) = faultless(&TOGETHER).await;
    assert_eq!(endings[0].sweeps["tune"]["phase"], "Pending");
    let (old, tune) = (&endings[1].sweeps["old"], &endings[1].sweeps["tune"]);
    assert_eq!((&old["progress"], &tune["progress"]), (&json!("4/4"), &json!("3/3")));
    let taught: i64 = [0, 1].map(|place| tune["taught"][place].as_i64().unwrap()).iter().sum();
    assert_eq!(taught, 4);
}

#[test]
fn a_crash_after_any_write_of_sweeps_that_come_together_changes_nothing() {
    same_end(&TOGETHER, Fault::CrashAfter);
}

#[test]
fn a_conflict_at_any_write_of_sweeps_that_come_together_changes_nothing() {
    same_end(&TOGETHER, Fault::Conflict);
}

#[tokio::test]
async fn a_file_that_is_lost_stops_the_next_leader_and_says_what_to_do() {
    let mut world = after_the_old_one().await;
    world.with(|state| state.workers.hold_from = Some(0));
    world.create_sweep(taught("old"));
    world.settle().await;
    world.with(|state| state.mlflow.files.retain(|path, _| !path.contains("/warm_start/")));
    world.restart();
    world.settle().await;
    let status = status(&world, "tune");
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("is missing among the artifacts of run"), "{message}");
    assert!(message.ends_with("put it back, or start a new run of the sweep"), "{message}");
    assert_eq!(tried(&world, "tune").len(), 1);
}
