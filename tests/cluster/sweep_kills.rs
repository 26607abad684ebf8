//! Operators and workers of sweeps that are killed on the way: each trial once, none lost, and every suggestion the one that the
//! search gives again when it is fed with what MLflow remembers.

use std::time::Duration;

use podium_contract::{Suggested, TRIAL_RESULT_TAG, TRIAL_SUGGESTED_TAG, TrialEnd, TrialResult};
use podium_mlflow::Run;
use podium_search::Outcome;
use podium_tuning::sweep::{Action, End, Ended, Record, Sweep};
use serde_json::{Map, Value, json};

use crate::harness::objects::{message, phase};
use crate::harness::operator::Operator;
use crate::harness::tracker::record;
use crate::harness::{World, changed, sweep};
use crate::sweeps::{assert_each_trial_once, ended, until_trials};

/// Kills the operator and a worker again and again, each time so many trials later.
async fn kill_on_the_way(world: &World, name: &str, kills: i64, every: i64, first: Operator) -> Operator {
    let mut operator = first;
    for kill in 1..=kills {
        until_trials(world, name, kill * every, 300).await;
        kill_a_worker(world, name).await;
        operator.kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        operator = world.lead_with_trials().await;
    }
    operator
}

async fn kill_a_worker(world: &World, name: &str) {
    for _ in 0..600 {
        let workers = world.list("Pod", &format!("podium.dev/owner={name}")).await;
        if let Some(pod) = workers.iter().find(|pod| phase(pod) == "Running") {
            world.delete_by_force("Pod", pod["metadata"]["name"].as_str().unwrap()).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no worker of {name} runs");
}

/// A trial as MLflow remembers it.
struct Trial {
    number: i64,
    parameters: Map<String, Value>,
    value: f64,
    suggested: Suggested,
}

fn trial(run: &Run) -> Trial {
    let read = |tag: &str| run.data.tag(tag).unwrap_or_else(|| panic!("no {tag}: {:?}", run.data.tags));
    let result: TrialResult = serde_json::from_str(read(TRIAL_RESULT_TAG)).unwrap();
    let TrialEnd::Complete { value } = result.end else { panic!("{result:?}") };
    let suggested = serde_json::from_str(read(TRIAL_SUGGESTED_TAG)).unwrap();
    let record = record(run);
    Trial { number: record.number, parameters: record.parameters, value: value.0, suggested }
}

/// A search with trials as they stood when `last` had been suggested.
fn restored(spec: &Value, trials: &[Trial], last: &Trial) -> Sweep {
    let mut sweep = podium::domain::sweep::validate(&serde_json::from_value(spec.clone()).unwrap(), None)
        .unwrap()
        .start()
        .unwrap();
    let records = trials.iter().filter(|trial| trial.number <= last.number).map(|trial| {
        let is_open = trial.number == last.number || last.suggested.was_open(trial.number);
        let ended = (!is_open).then_some(Ended { outcome: Outcome::Complete(trial.value), failure: None });
        Record {
            number: trial.number,
            parameters: trial.parameters.clone(),
            reports: vec![],
            cut: None,
            ended,
        }
    });
    sweep.restore(records.collect()).unwrap();
    sweep
}

/// Feeds the search alone with the arrivals that stand in MLflow: it must suggest every point again. The number of trials where
/// that can't be known, because a leader died while it wrote another one that they were suggested beside.
async fn assert_suggested_again(world: &World, sweep: &Value, count: usize) -> usize {
    let (spec, name) = (&sweep["spec"], sweep["metadata"]["name"].as_str().unwrap());
    let mut trials: Vec<Trial> =
        world.tracker.runs_of_role(&world.namespace, name, "trial").await.iter().map(trial).collect();
    trials.sort_by_key(|trial| trial.number);
    assert_eq!(trials.len(), count);
    let mut search = restored(spec, &[], &trials[0]);
    let (mut told, mut unknown, mut beside) = (vec![false; count], 0, 0);
    for (place, next) in trials.iter().enumerate() {
        let is_late = |other: &Trial| other.suggested.trials > next.suggested.trials;
        let is_unknown = next.suggested.trials != place as u64
            || trials[..place].iter().any(|other| next.suggested.was_open(other.number) && is_late(other));
        if is_unknown {
            search = restored(spec, &trials, next);
            trials[..place]
                .iter()
                .zip(&mut told)
                .for_each(|(other, told)| *told = !next.suggested.was_open(other.number));
            unknown += 1;
            continue;
        }
        for (other, told) in trials[..place]
            .iter()
            .zip(&mut told)
            .filter(|(other, told)| !**told && !next.suggested.was_open(other.number))
        {
            search.tell(other.number, End::Complete(other.value)).unwrap();
            *told = true;
        }
        beside += usize::from(told[..place].iter().any(|told| !told));
        let Action::Start(again) = search.next_beyond(Duration::ZERO) else {
            panic!("no trial {}", next.number)
        };
        assert_eq!((again.number, again.point.to_json()), (next.number, next.parameters.clone()));
    }
    assert!(beside > count / 2, "only {beside} of {count} trials were suggested while others ran");
    unknown
}

fn learning(sweep: Value) -> Value {
    changed(sweep, json!({"spec": {"algorithm": {"name": "TPE"}}}))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: 2,000 trials"]
async fn two_thousand_trials_by_eight_workers_survive_ten_kills_of_operator_and_workers_each_once() {
    let world = World::new("sweep-2000").await;
    world.breast_cancer().await;
    let operator = world.lead_with_trials().await;
    world.apply(learning(sweep(&world, "many", 2_000, 8))).await;
    let begin = std::time::Instant::now();
    let _operator = kill_on_the_way(&world, "many", 10, 180, operator).await;
    let done = ended(&world, "many", 900).await;
    println!("2,000 trials with 10 kills in {:?}", begin.elapsed());
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 2000 trials ended"));
    let made = done["status"]["workers"]["made"].as_i64().unwrap();
    assert!(made >= 18, "8 workers, and one for each of 10 that were killed: {made}");
    assert_each_trial_once(&world, "many", 2_000).await;
    let unknown = assert_suggested_again(&world, &done, 2_000).await;
    println!("{unknown} of 2,000 suggestions rest on a trial that a dying leader did not write");
    assert!(unknown <= 40, "{unknown}");
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_and_workers_killed_on_the_way_change_no_trial_and_lose_none() {
    let world = World::new("sweep-kills").await;
    world.breast_cancer().await;
    let operator = world.lead_with_trials().await;
    world.apply(sweep(&world, "calm", 60, 2)).await;
    ended(&world, "calm", 180).await;
    let calm = assert_each_trial_once(&world, "calm", 60).await;

    world.apply(sweep(&world, "killed", 60, 3)).await;
    let _operator = kill_on_the_way(&world, "killed", 3, 8, operator).await;
    let done = ended(&world, "killed", 240).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 60 trials ended"));
    assert_eq!(assert_each_trial_once(&world, "killed", 60).await, calm, "the same points, whatever died");
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_that_learns_suggests_after_kills_is_what_it_would_have_suggested_without_them() {
    let world = World::new("sweep-learns").await;
    world.breast_cancer().await;
    let operator = world.lead_with_trials().await;
    world.apply(learning(sweep(&world, "learns", 60, 3))).await;
    let _operator = kill_on_the_way(&world, "learns", 3, 12, operator).await;
    let done = ended(&world, "learns", 240).await;
    assert_eq!((phase(&done), message(&done)), ("Succeeded", "all 60 trials ended"));
    assert_each_trial_once(&world, "learns", 60).await;
    let unknown = assert_suggested_again(&world, &done, 60).await;
    assert!(unknown <= 9, "{unknown}");
    world.idle(30).await;
}
