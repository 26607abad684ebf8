//! Attempts that fail: which count, which end the candidate, which end the run.

use serde_json::{Value, json};

use crate::ending::Ending;
use crate::sample;
use crate::trainer::Behaviour;
use crate::world::World;

/// A run of the sample in which one step behaves so in each attempt.
async fn run(step: &str, attempt: u32, behaviour: Behaviour) -> World {
    let mut world = World::new();
    world.with(|state| state.trainer.tell(step, attempt, behaviour));
    world.run_sample().await;
    world
}

/// Phase, message and attempts of a candidate.
fn candidate(world: &World, name: &str) -> (String, String, i64) {
    let status = world.status();
    let found = status["candidates"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&found["phase"]), text(&found["message"]), found["attempts"]["number"].as_i64().unwrap())
}

/// Notes of all Events of a reason.
fn told(world: &World, reason: &str) -> Vec<String> {
    let events = world.with(|state| state.cluster.all("events"));
    let own = events.into_iter().filter(|(_, event)| event["reason"] == reason);
    own.map(|(_, event)| event["note"].as_str().unwrap_or_default().to_owned()).collect()
}

fn is(phase: &str, message: &str, attempts: i64) -> (String, String, i64) {
    (phase.to_owned(), message.to_owned(), attempts)
}

#[tokio::test]
async fn a_failing_candidate_does_not_fail_the_run_while_another_is_good() {
    let world = run("Train/net", 0, Behaviour::Exit(2)).await;
    assert_eq!(world.status()["phase"], "Succeeded");
    assert_eq!(world.status()["best"]["candidate"], "logistic");
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.runs.get("run 1 candidate net failed"), Some(&1));
    assert_eq!((ending.active_jobs, ending.registered.len()), (0, 1));
}

#[tokio::test]
async fn a_run_without_a_good_candidate_fails_with_the_first_reason_and_registers_nothing() {
    let mut world = World::new();
    for name in ["logistic", "forest", "net"] {
        world.with(|state| state.trainer.tell(&format!("Train/{name}"), 0, Behaviour::Exit(3)));
    }
    world.run_sample().await;
    let status = world.status();
    assert_eq!(
        (&status["phase"], &status["run"]["reason"]),
        (&json!("Failed"), &json!("NoCandidateSucceeded"))
    );
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("DataRejected: the trainer refused the data (exit code 3)"), "{message}");
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.runs.get("run 1 pipeline failed"), Some(&1));
    assert!(ending.runs.keys().all(|run| !run.ends_with("open")), "{:?}", ending.runs);
    assert_eq!(ending.registered.len(), 0);
}

#[tokio::test]
async fn what_fails_the_same_way_again_is_not_tried_again() {
    let codes = [
        (2, "BadSpecification", "refused its specification"),
        (3, "DataRejected", "refused the data"),
        (4, "DeviceMissing", "no usable GPU"),
        (101, "TrainerCrashed", "crashed"),
    ];
    for (code, reason, words) in codes {
        let world = run("Train/net", 0, Behaviour::Exit(code)).await;
        let (phase, message, attempts) = candidate(&world, "net");
        assert_eq!((phase.as_str(), attempts), ("Failed", 1), "{code}");
        assert!(message.starts_with(reason) && message.contains(words), "{code}: {message}");
    }
}

#[tokio::test]
async fn what_may_pass_by_itself_is_tried_until_the_backoff_limit() {
    for (code, words) in [(5, "could not use MLflow"), (137, "killed"), (143, "stopped"), (7, "code 7")] {
        let world = run("Train/net", 0, Behaviour::Exit(code)).await;
        let (phase, message, attempts) = candidate(&world, "net");
        assert_eq!((phase.as_str(), attempts), ("Failed", 3), "{code}");
        assert!(message.starts_with("BackoffLimitExceeded") && message.contains(words), "{code}: {message}");
        let world = run("Train/net", 1, Behaviour::Exit(code)).await;
        assert_eq!(candidate(&world, "net"), is("Succeeded", "", 2), "{code}");
        let [note] = <[String; 1]>::try_from(told(&world, "PodFailed")).unwrap();
        assert!(note.starts_with("candidate net: ") && note.ends_with("; another attempt in 10 s"), "{note}");
    }
}

#[tokio::test]
async fn the_backoff_limit_is_the_specs() {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Exit(5)));
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["limits"] = json!({"backoffLimit": 0});
    world.create(pipeline);
    world.settle().await;
    assert_eq!(candidate(&world, "net").2, 1);
}

#[tokio::test]
async fn out_of_memory_names_the_limit() {
    let world = run("Train/net", 0, Behaviour::OutOfMemory).await;
    let (_, message, attempts) = candidate(&world, "net");
    assert!(message.contains("ran out of memory at its limit of 2Gi: raise resources.memory"), "{message}");
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn a_drained_node_does_not_count() {
    let mut world = World::new();
    for attempt in 1..=5 {
        world.with(|state| state.trainer.tell("Train/net", attempt, Behaviour::Disrupted));
    }
    world.run_sample().await;
    assert_eq!(candidate(&world, "net"), is("Succeeded", "", 6));
    // It has no message any more, and yet people can see why there were six.
    let why = "its pod was disrupted: EvictionByEvictionAPI: drained";
    assert_eq!(world.status()["candidates"][2]["attempts"]["lastFailure"], why);
    assert_eq!(told(&world, "PodDisrupted"), vec![format!("candidate net: {why}"); 5]);
}

#[tokio::test]
async fn a_job_that_disappears_counts_and_is_made_again() {
    let world = run("Train/net", 1, Behaviour::Vanishes).await;
    assert_eq!(candidate(&world, "net"), is("Succeeded", "", 2));
    let world = run("Train/net", 0, Behaviour::Vanishes).await;
    let (phase, message, attempts) = candidate(&world, "net");
    assert_eq!((phase.as_str(), attempts), ("Failed", 3));
    assert!(message.contains("its Job disappeared; 3 attempts failed"), "{message}");
}

#[tokio::test]
async fn an_evaluation_whose_pod_is_lost_or_fails_is_made_again_and_the_run_ends_as_without_that() {
    let calm = run("Evaluate", 1, Behaviour::Work).await;
    let expected = calm.with(|state| Ending::of(state));
    for behaviour in [
        Behaviour::Exit(5),
        Behaviour::Exit(0),
        Behaviour::OutOfMemory,
        Behaviour::Vanishes,
        Behaviour::Disrupted,
    ] {
        let world = run("Evaluate", 1, behaviour.clone()).await;
        let stage =
            world.status()["stages"].as_array().unwrap().iter().find(|s| s["name"] == "Evaluate").cloned();
        assert_eq!(stage.unwrap()["attempts"]["number"], 2, "{behaviour:?}");
        let ending = world.with(|state| Ending::of(state));
        let facts = |ending: &Ending| {
            let Ending { versions, runs, registered, moves, aliases, records, active_jobs, work, .. } =
                ending;
            let named = (versions.clone(), runs.clone(), registered.clone(), moves.clone());
            (named, aliases.clone(), records.clone(), *active_jobs, work.clone())
        };
        assert_eq!(facts(&ending), facts(&expected), "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_run_whose_evaluation_never_ends_well_fails_and_registers_nothing() {
    let world = run("Evaluate", 0, Behaviour::Exit(5)).await;
    let status = world.status();
    assert_eq!(
        (&status["phase"], &status["run"]["reason"]),
        (&json!("Failed"), &json!("BackoffLimitExceeded"))
    );
    let ending = world.with(|state| Ending::of(state));
    assert_eq!((ending.registered.len(), ending.moves.len(), ending.active_jobs), (0, 0, 0));
    assert!(ending.runs.keys().all(|run| !run.ends_with("open")), "{:?}", ending.runs);
}

#[tokio::test]
async fn a_failed_check_fails_the_run_at_once_with_its_message() {
    let rejects = Behaviour::Rejects("DataRejected", "column age: -3 is smaller than min 0");
    let world = run("Validate", 0, rejects).await;
    let status = world.status();
    assert_eq!((&status["phase"], &status["run"]["reason"]), (&json!("Failed"), &json!("DataRejected")));
    assert_eq!(status["message"], "column age: -3 is smaller than min 0");
    assert_eq!(world.with(|state| state.trainer.work.len()), 0);
    assert_eq!(world.with(|state| Ending::of(state)).runs, [("run 1 pipeline failed".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_result_that_is_no_result_fails_the_candidate_with_what_is_wrong() {
    let cases = [
        (Behaviour::Writes("{]"), "the result in MLflow can't be read"),
        (
            Behaviour::Writes(
                r#"{"version":9,"attempt":1,"outcome":{"kind":"Failed","reason":"R","message":"m"}}"#,
            ),
            "has version 9",
        ),
        (Behaviour::OfAttempt(7), "is of attempt 7, and only 1 were made"),
    ];
    for (behaviour, words) in cases {
        let world = run("Train/net", 0, behaviour).await;
        let (phase, message, attempts) = candidate(&world, "net");
        assert_eq!((phase.as_str(), attempts), ("Failed", 1), "{message}");
        assert!(message.starts_with("MalformedResult") && message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn a_pod_that_ends_well_without_a_result_has_failed() {
    let world = run("Train/net", 0, Behaviour::Exit(0)).await;
    let (phase, message, attempts) = candidate(&world, "net");
    assert_eq!((phase.as_str(), attempts), ("Failed", 3));
    assert!(message.contains("ended with exit code 0 and wrote no result"), "{message}");
}

#[tokio::test]
async fn a_candidate_without_a_score_never_wins_and_none_at_all_fails_the_run() {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/logistic", 0, Behaviour::NoScore));
    world.run_sample().await;
    assert_eq!(world.status()["best"]["candidate"], "forest");
    let mut world = World::new();
    for name in ["logistic", "forest", "net"] {
        world.with(|state| state.trainer.tell(&format!("Train/{name}"), 0, Behaviour::NoScore));
    }
    world.run_sample().await;
    assert_eq!(world.status()["phase"], "Failed");
    assert_eq!(world.status()["run"]["reason"], "NoCandidateSucceeded");
}

#[tokio::test]
async fn a_run_deleted_in_mlflow_fails_its_candidate_and_is_not_made_again() {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/net", 1, Behaviour::Hang));
    world.run_sample().await;
    let id = world.status()["candidates"][2]["runID"].as_str().unwrap().to_owned();
    world.with(|state| {
        state.mlflow.runs.get_mut(&id).unwrap().deleted = true;
        state.trainer.tell("Train/net", 1, Behaviour::Exit(137));
    });
    world.settle().await;
    let (phase, message, _) = candidate(&world, "net");
    assert_eq!(phase, "Failed");
    assert_eq!(message, format!("RunDeleted: run {id} was deleted in MLflow"));
    assert_eq!(world.status()["phase"], "Succeeded");
}

#[tokio::test]
async fn why_a_job_has_no_pod_stands_in_status() {
    let world = run("Validate", 1, Behaviour::Refused("exceeded quota: compute")).await;
    let status = world.status();
    assert_eq!(status["phase"], "Validating");
    assert_eq!(status["message"], "FailedCreate: exceeded quota: compute");
    assert_eq!(status["conditions"][0]["reason"], "PodPending");
    assert_eq!(told(&world, "PodPending"), ["FailedCreate: exceeded quota: compute"]);
}

#[tokio::test]
async fn a_deadline_ends_the_run_and_frees_its_pods() {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Hang));
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["limits"] = json!({"activeDeadlineSeconds": 3600});
    world.create(pipeline);
    world.settle().await;
    assert_eq!(world.status()["phase"], "Training");
    // MLflow is looked at now and then all the while.
    world.pass(3600).await;
    let status = world.status();
    assert_eq!((&status["phase"], &status["run"]["reason"]), (&json!("Failed"), &json!("DeadlineExceeded")));
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.active_jobs, 0);
    assert!(ending.runs.keys().all(|run| !run.ends_with("open")), "{:?}", ending.runs);
}

#[tokio::test]
async fn changed_data_start_a_fresh_run_at_most_three_times() {
    let rejects = Behaviour::Rejects("DataChanged", "the data changed: digest a, pinned b");
    let world = run("Train/logistic", 0, rejects).await;
    let status = world.status();
    assert_eq!((&status["run"]["number"], &status["run"]["dataChanges"]), (&json!(4), &json!(3)));
    assert_eq!((&status["phase"], &status["run"]["reason"]), (&json!("Failed"), &json!("DataChanged")));
    let outcomes: Vec<_> =
        status["history"].as_array().unwrap().iter().map(|run| run["number"].clone()).collect();
    assert_eq!(outcomes, [json!(3), json!(2), json!(1)]);
}
