//! Workers of a run that is over: whatever they ask, report or tell has a last answer, before and after the desk is forgotten and from
//! another leader too, and nothing is counted that was counted before.

use podium::plan::trials::Refusal;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told, TrialEnd};
use serde_json::{Value, json};

use crate::api_server::Id;
use crate::ending::Ending;
use crate::sample;
use crate::workers::{Caller, Held, tell};
use crate::world::World;

/// A way in which a run ends while a worker still has a trial.
struct Way {
    /// What the spec says.
    spec: fn(&mut Value),
    /// How the first trial ends.
    first: fn(&mut Tell),
    /// Seconds that pass then.
    passes: i64,
    reason: &'static str,
    outcome: &'static str,
}

const WAYS: [Way; 3] = [
    Way {
        spec: |sweep| sweep["spec"]["objective"]["target"] = json!("0.001"),
        first: |_| {},
        passes: 0,
        reason: "TargetReached",
        outcome: "Succeeded",
    },
    Way {
        spec: |sweep| sweep["spec"]["timeLimitSeconds"] = json!(30),
        first: |_| {},
        passes: 40,
        reason: "TimeLimit",
        outcome: "Succeeded",
    },
    Way {
        spec: |sweep| sweep["spec"]["maxFailedTrials"] = json!(0),
        first: |tell| tell.end = TrialEnd::Failed { message: "it broke".into() },
        passes: 0,
        reason: "FailureLimit",
        outcome: "Failed",
    },
];

/// A world in which the run is over and nobody has looked yet; the worker that told the trial that ended it, and the one that still has
/// one.
async fn over(way: &Way) -> (World, [(Caller, Held); 2]) {
    let mut world = World::new();
    let mut sweep = sample::sweep("tune");
    (way.spec)(&mut sweep);
    world.with(|state| state.workers.hold_from = Some(0));
    world.create_sweep(sweep);
    // Not until nothing more happens: time would pass.
    world.pass(5).await;
    let [first, late] =
        <[_; 2]>::try_from(world.with(|state| state.holders("tune"))).expect("two trials are given out");
    let mut told = tell(&first.0, &first.1);
    (way.first)(&mut told);
    assert_eq!(world.context().tell(&first.0.worker, &told).await, Ok(Told::Accepted), "{}", way.reason);
    world.with(|state| state.pass(way.passes));
    (world, [first, late])
}

async fn ask(world: &World, (caller, held): &(Caller, Held)) -> Result<Asked, Refusal> {
    let ask = Ask { run: caller.run.clone(), data: None, held: vec![held.number] };
    world.context().ask(&caller.worker, &ask).await
}

async fn report(world: &World, (caller, held): &(Caller, Held)) -> Result<Reported, Refusal> {
    let report =
        Report { run: caller.run.clone(), number: held.number, attempt: held.attempt, steps: vec![] };
    world.context().report(&caller.worker, &report).await
}

async fn told(world: &World, (caller, held): &(Caller, Held)) -> Result<Told, Refusal> {
    world.context().tell(&caller.worker, &tell(caller, held)).await
}

fn ending(world: &World) -> Ending {
    world.with(|state| Ending::of(state))
}

fn run(world: &World) -> Value {
    let id = Id::new("hyperparametersweeps", "ml", "tune");
    world.with(|state| state.cluster.get(&id).unwrap()["status"]["run"].clone())
}

/// All answers to a worker whose run is closed, and that they change nothing.
async fn has_its_last_answers(world: &World, worker: &(Caller, Held), way: &Way) {
    let before = ending(world);
    let run = run(world);
    let message = format!(
        "run {} of the sweep is over: {}: {}",
        run["key"].as_str().unwrap(),
        way.reason,
        run["message"].as_str().unwrap()
    );
    assert_eq!(ask(world, worker).await, Ok(Asked::Leave { reason: message.clone() }), "{}", way.reason);
    assert_eq!(report(world, worker).await, Ok(Reported::Drop), "{}", way.reason);
    assert_eq!(told(world, worker).await, Err(Refusal::Conflict(message)), "{}", way.reason);
    assert_eq!(ending(world), before, "{}", way.reason);
}

#[tokio::test]
async fn before_anybody_has_seen_that_a_run_is_over_its_workers_get_nothing_new_and_what_they_tell_counts_once()
 {
    for way in &WAYS {
        let (mut world, [first, late]) = over(way).await;
        assert!(matches!(ask(&world, &first).await, Ok(Asked::Leave { .. })), "{}", way.reason);
        assert_eq!(report(&world, &late).await, Ok(Reported::Continue), "{}", way.reason);
        assert_eq!(told(&world, &late).await, Ok(Told::Accepted), "{}", way.reason);
        for worker in [&first, &late] {
            assert_eq!(told(&world, worker).await, Ok(Told::Repeated), "{}", way.reason);
        }
        world.settle().await;
        let end = ending(&world);
        assert_eq!((&end.sweeps["tune"]["run"]["reason"], end.trials.len()), (&json!(way.reason), 2));
        let counted = &end.sweeps["tune"]["trials"];
        let sum = ["complete", "failed"].map(|state| counted[state].as_i64().unwrap()).iter().sum::<i64>();
        assert_eq!((sum, &counted["running"]), (2, &json!(0)), "{}: {counted}", way.reason);
        has_its_last_answers(&world, &late, way).await;
    }
}

#[tokio::test]
async fn after_a_run_was_closed_its_workers_have_their_last_answers_from_this_leader_and_the_next() {
    for way in &WAYS {
        let (mut world, workers) = over(way).await;
        world.settle().await;
        let run = run(&world);
        assert_eq!(
            (&run["reason"], &run["outcome"], &run["closed"]),
            (&json!(way.reason), &json!(way.outcome), &json!(true))
        );
        for worker in &workers {
            has_its_last_answers(&world, worker, way).await;
        }
        world.restart();
        for worker in &workers {
            has_its_last_answers(&world, worker, way).await;
        }
        world.settle().await;
        for worker in &workers {
            has_its_last_answers(&world, worker, way).await;
        }
    }
}

/// The number of the write by which the first file of the report is put down.
async fn first_file_at_the_end(way: &Way) -> usize {
    let (mut world, _) = over(way).await;
    let before = world.writes().len();
    world.settle().await;
    let is_file =
        |(number, write): &(usize, String)| *number >= before && write.starts_with("mlflow PutFile");
    world.writes().into_iter().enumerate().find(is_file).expect("the report has files").0
}

#[tokio::test]
async fn a_leader_that_has_not_closed_the_run_yet_sends_workers_away_and_lets_them_repeat_what_they_tell() {
    for way in &WAYS {
        let report_is_written = first_file_at_the_end(way).await;
        let (mut world, [_, late]) = over(way).await;
        // The end is written down, the report is not.
        world.with(|state| state.injector.down_after = Some(report_is_written));
        world.pass(20).await;
        let run = run(&world);
        assert_eq!((&run["reason"], &run["closed"]), (&json!(way.reason), &Value::Null));
        // It has no desk, and none can be made.
        world.restart();
        world.pass(20).await;
        assert!(matches!(ask(&world, &late).await, Ok(Asked::Leave { .. })), "{}", way.reason);
        assert_eq!(report(&world, &late).await, Ok(Reported::Drop), "{}", way.reason);
        assert_eq!(told(&world, &late).await, Err(Refusal::NotReady), "{}", way.reason);
        world.with(|state| {
            state.injector.down_after = None;
            state.injector.mlflow_down = false;
        });
        world.settle().await;
        has_its_last_answers(&world, &late, way).await;
    }
}

#[tokio::test]
async fn while_a_run_is_open_and_its_trials_are_not_read_a_worker_is_to_repeat_whatever_it_says() {
    let mut world = World::new();
    world.with(|state| state.workers.hold_from = Some(0));
    world.create_sweep(sample::sweep("tune"));
    world.pass(5).await;
    let late = world.with(|state| state.holders("tune")).remove(0);
    world.restart();
    let before = world.with(|state| state.injector.requests.len());
    assert_eq!(ask(&world, &late).await, Err(Refusal::NotReady));
    assert_eq!(report(&world, &late).await, Err(Refusal::NotReady));
    assert_eq!(told(&world, &late).await, Err(Refusal::NotReady));
    // However many ask: the API server is not asked each time.
    let requests = world.with(|state| state.injector.requests.split_off(before));
    assert_eq!(requests, ["Get hyperparametersweeps tune"]);
    world.pass(5).await;
    assert_eq!(told(&world, &late).await, Ok(Told::Accepted));
}

#[tokio::test]
async fn a_worker_of_a_sweep_that_is_gone_is_told_that_there_is_none() {
    let (mut world, [_, late]) = over(&WAYS[0]).await;
    world.settle().await;
    world.with(|state| state.cluster.remove(&Id::new("hyperparametersweeps", "ml", "tune")));
    world.settle().await;
    let unknown = Refusal::Unknown("there is no sweep ml/tune with the uid in the worker's Job".into());
    assert_eq!(ask(&world, &late).await, Err(unknown.clone()));
    assert_eq!(report(&world, &late).await, Err(unknown.clone()));
    assert_eq!(told(&world, &late).await, Err(unknown));
}
