//! Further runs of a pipeline: at fixed times, and when a person asks for one.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::objects::phase;
use crate::harness::{World, changed, pipeline};

/// A pipeline whose schedule asks for a run each minute, and whose Jobs wait in a queue that nobody empties: so a run
/// stays open without a pod.
fn each_minute(world: &World, name: &str, policy: &str) -> Value {
    let change = json!({"spec": {
        "schedule": {"cron": "* * * * *", "concurrencyPolicy": policy},
        "scheduling": {"queueName": "closed"},
    }});
    changed(pipeline(world, name), change)
}

fn time(status: &Value, field: &str) -> Timestamp {
    status[field].as_str().unwrap_or_else(|| panic!("no {field} in {status}")).parse().unwrap()
}

fn number(pipeline: &Value) -> i64 {
    pipeline["status"]["run"]["number"].as_i64().unwrap_or_default()
}

async fn run_begins(world: &World, name: &str, wanted: i64, seconds: u64) -> Value {
    let what = format!("in run {wanted}");
    world.until("TrainingPipeline", name, &what, seconds, |seen| number(seen) == wanted).await
}

/// Until some seconds after a time of the schedule, by when a run of it would have started.
async fn well_after(tick: Timestamp) {
    let wait = Duration::try_from(tick.duration_since(Timestamp::now())).unwrap_or_default();
    tokio::time::sleep(wait + Duration::from_secs(4)).await;
}

/// The Jobs of a pipeline that are not going away.
async fn jobs(world: &World, name: &str) -> Vec<Value> {
    let all = world.list("Job", &format!("podium.dev/owner={name}")).await;
    all.into_iter().filter(|job| job["metadata"]["deletionTimestamp"].is_null()).collect()
}

/// The open run makes the schedule skip its time and say so; once it has ended, the next time starts a run.
async fn forbidden(world: &World) {
    let name = "forbidden";
    world.apply(each_minute(world, name, "Forbid")).await;
    let skipped = world.until_told(name, "ScheduleSkipped", 80).await;
    let seen = world.get("TrainingPipeline", name).await;
    let tick = time(&seen["status"], "lastScheduleTime");
    assert_eq!(
        skipped,
        format!("the run of {tick} was skipped: the run before is still open (concurrencyPolicy Forbid)")
    );
    assert_eq!((tick.as_second() % 60, number(&seen)), (0, 1));

    world.change("TrainingPipeline", name, json!({"spec": {"scheduling": null}})).await;
    let held = jobs(world, name).await;
    let held = held[0]["metadata"]["name"].as_str().unwrap();
    world.change("Job", held, json!({"spec": {"suspend": false}})).await;
    let done = world.succeeded(name, 120).await;
    let due = time(&done["status"], "nextScheduleTime");
    let seen = run_begins(world, name, 2, 80).await;
    let run = &seen["status"]["run"];
    assert_eq!(run["trigger"], "Schedule");
    assert_eq!(time(&seen["status"], "lastScheduleTime"), due);
    let late = time(run, "startedAt").as_second() - due.as_second();
    assert!((0..=5).contains(&late), "the run of {due} started {late} s late");
    let ended = &seen["status"]["history"][0];
    assert_eq!((&ended["number"], &ended["outcome"]), (&json!(1), &json!("Succeeded")));
    let done = world.succeeded(name, 120).await;
    assert_eq!(done["status"]["run"]["identity"], seen["status"]["run"]["identity"]);
    world.delete("TrainingPipeline", name).await;
    let runs = world.tracker.runs(&world.namespace, name).await;
    assert_eq!((runs.counts(), runs.states()), ((2, vec![("logistic", 2)], 2), vec![RunStatus::Finished]));
}

/// The new run takes the place of the open one. Suspended, no time starts a run; what was missed is made up for once.
async fn replaced(world: &World) {
    let name = "replaced";
    world.apply(each_minute(world, name, "Replace")).await;
    let seen = run_begins(world, name, 2, 80).await;
    assert_eq!(seen["status"]["run"]["trigger"], "Schedule");
    let ended = &seen["status"]["history"][0];
    assert_eq!((&ended["number"], &ended["outcome"]), (&json!(1), &json!("Superseded")));

    world.change("TrainingPipeline", name, json!({"spec": {"suspend": true}})).await;
    let suspended = |seen: &Value| phase(seen) == "Suspended";
    let seen = world.until("TrainingPipeline", name, "suspended", 20, suspended).await;
    well_after(time(&seen["status"], "nextScheduleTime")).await;
    let seen = world.get("TrainingPipeline", name).await;
    assert_eq!((number(&seen), phase(&seen)), (2, "Suspended"), "suspend stops the schedule");
    assert_eq!(jobs(world, name).await, Vec::<Value>::new());

    world.change("TrainingPipeline", name, json!({"spec": {"suspend": false}})).await;
    let seen = run_begins(world, name, 3, 20).await;
    assert_eq!(seen["status"]["run"]["trigger"], "Schedule");
    world.delete("TrainingPipeline", name).await;
    assert_eq!(world.told(name, "ScheduleSkipped").await, Vec::<String>::new());
    let runs = world.tracker.runs(&world.namespace, name).await;
    let killed = runs.parents.iter().filter(|run| run.info.status.known() == Some(RunStatus::Killed)).count();
    assert!(killed >= 2, "{killed} of the runs 1 and 2 were closed");
}

/// Suspended from the start, the schedule starts nothing.
async fn never_begun(world: &World) {
    let name = "never-begun";
    let suspended = json!({"spec": {"suspend": true}});
    world.apply(changed(each_minute(world, name, "Forbid"), suspended)).await;
    let planned = |seen: &Value| seen["status"]["nextScheduleTime"].is_string();
    let seen = world.until("TrainingPipeline", name, "planned", 20, planned).await;
    well_after(time(&seen["status"], "nextScheduleTime")).await;
    let later = world.get("TrainingPipeline", name).await;
    let wait = time(&later["status"], "nextScheduleTime").as_second()
        - time(&seen["status"], "nextScheduleTime").as_second();
    assert!(wait > 0 && wait % 60 == 0, "the next time moves on: {wait} s");
    assert_eq!((&later["status"]["run"], phase(&later)), (&Value::Null, "Suspended"));
    assert_eq!(jobs(world, name).await, Vec::<Value>::new());
    assert_eq!(world.tracker.runs(&world.namespace, name).await.counts(), (0, vec![], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_starts_a_run_at_its_time_skips_or_replaces_an_open_one_and_stops_while_suspended() {
    let world = World::new("schedule").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    tokio::join!(forbidden(&world), replaced(&world), never_begun(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_asks_for_one_run_whose_annotation_is_left_alone_and_a_newer_one_overtakes_it() {
    let world = World::new("action").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let name = "asked";
    world.apply(pipeline(&world, name)).await;
    world.succeeded(name, 120).await;
    world.act("TrainingPipeline", name, "run:first").await;
    let seen = run_begins(&world, name, 2, 20).await;
    assert_eq!(seen["status"]["run"]["trigger"], "Action");
    let done = world.succeeded(name, 120).await;
    assert_eq!((number(&done), &done["status"]["handledAction"]), (2, &json!("first")));
    assert_eq!(done["metadata"]["annotations"], json!({"podium.dev/action": "run:first"}));
    assert_eq!(done["metadata"]["generation"], 1, "nobody wrote into the spec");

    // The same again, beside a change that wakes the operator, and applied again by whoever made the object.
    let touched = json!({"metadata": {"annotations": {"podium.dev/action": "run:first", "note": "a"}}});
    world.change("TrainingPipeline", name, touched).await;
    world.apply(pipeline(&world, name)).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let seen = world.get("TrainingPipeline", name).await;
    assert_eq!((number(&seen), phase(&seen)), (2, "Succeeded"), "the same nonce asks for nothing");

    world.act("TrainingPipeline", name, "run:second").await;
    let trains = |seen: &Value| number(seen) == 3 && phase(seen) == "Training";
    world.until("TrainingPipeline", name, "training in run 3", 60, trains).await;
    world.act("TrainingPipeline", name, "run:third").await;
    run_begins(&world, name, 4, 20).await;
    let done = world.succeeded(name, 120).await;
    let outcomes: Vec<_> = done["status"]["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["number"].as_i64().unwrap(), run["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [(3, "Superseded"), (2, "Succeeded"), (1, "Succeeded")]);
    let mut parents = world.tracker.runs(&world.namespace, name).await.parents;
    parents.sort_by_key(|run| run.info.start_time_ms);
    let states: Vec<_> = parents.iter().map(|run| run.info.status.known().unwrap()).collect();
    let (finished, killed) = (RunStatus::Finished, RunStatus::Killed);
    assert_eq!(states, [finished, finished, killed, finished]);
    let mut told = world.told(name, "RunStarted").await;
    told.sort();
    assert_eq!(
        told,
        [
            "run 1 started (Spec)",
            "run 2 started (Action)",
            "run 3 started (Action)",
            "run 4 started (Action)"
        ]
    );
}
