//! Jobs that Kueue admits. There is no Kueue here: the test opens and closes the queue as Kueue does, by `spec.suspend`.

use std::time::{Duration, Instant};

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, pipeline};

/// Waits for the Job of a stage.
async fn job(world: &World, stage: &str) -> Value {
    let begin = Instant::now();
    loop {
        if let Some(job) = world.list("Job", &format!("podium.dev/stage={stage}")).await.pop() {
            return job;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "no Job of the stage {stage}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn admit(world: &World, job: &Value, admitted: bool) {
    let name = job["metadata"]["name"].as_str().unwrap();
    world.change("Job", name, json!({"spec": {"suspend": !admitted}})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_a_queue_is_queued_until_it_is_admitted_and_again_when_it_is_preempted() {
    let world = World::new("queue").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let queued = json!({"spec": {
        "scheduling": {"queueName": "team-a"},
        "limits": {"backoffLimit": 0},
        "candidates": [{"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 800}}],
    }});
    world.apply(changed(pipeline(&world, "patient"), queued)).await;
    let first = job(&world, "Validate").await;
    assert_eq!(first["metadata"]["labels"]["kueue.x-k8s.io/queue-name"], "team-a");
    assert_eq!(
        first["spec"]["suspend"], true,
        "it is made suspended: no pod starts before Kueue has seen it"
    );
    let waits = |seen: &Value| seen["status"]["stages"][0]["phase"] == "Queued";
    let seen = world.until("TrainingPipeline", "patient", "queued", 30, waits).await;
    assert_eq!(phase(&seen), "Validating");
    assert!(message(&seen).contains("Kueue"), "{}", message(&seen));
    assert_eq!(seen["status"]["conditions"][0]["reason"], "Queued");
    assert_eq!(world.holding().await, Vec::<String>::new());
    admit(&world, &first, true).await;

    let second = job(&world, "Train").await;
    admit(&world, &second, true).await;
    let candidate_is =
        |phase: &'static str| move |seen: &Value| seen["status"]["candidates"][0]["phase"] == phase;
    world.until("TrainingPipeline", "patient", "in training", 60, candidate_is("Running")).await;
    // Preempted for somebody more important: the pod goes, and that is no failure.
    admit(&world, &second, false).await;
    let seen = world.until("TrainingPipeline", "patient", "queued again", 30, candidate_is("Queued")).await;
    assert!(message(&seen).contains("forest"), "{}", message(&seen));
    world.idle(40).await;
    admit(&world, &second, true).await;
    let third = job(&world, "Evaluate").await;
    admit(&world, &third, true).await;
    let done = world.succeeded("patient", 120).await;
    assert_eq!(done["status"]["candidates"][0]["attempts"], json!({"number": 1}));
    let runs = world.tracker.runs(&world.namespace, "patient").await;
    assert_eq!((runs.counts(), runs.states()), ((1, vec![("forest", 1)], 1), vec![RunStatus::Finished]));
}
