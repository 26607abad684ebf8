//! What is left open in MLflow: closed when its owner goes, never while its owner is at work.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use podium::cluster::watch::{Key, Scope};
use podium::plan::RunState;
use serde_json::{Value, json};

use crate::api_server::Id;
use crate::mlflow::Op;
use crate::sample;
use crate::state::{Moment, State};
use crate::trainer::Behaviour;
use crate::world::World;

/// A run whose candidate net never ends.
async fn in_mid_run() -> World {
    let mut world = World::new();
    world.with(|state| state.trainer.tell("Train/net", 0, Behaviour::Hang));
    world.run_sample().await;
    world
}

fn open_runs(world: &World) -> usize {
    let is_open = |run: &&crate::mlflow::Run| run.state == RunState::Open && !run.deleted;
    world.with(|state| state.mlflow.runs.values().filter(is_open).count())
}

fn delete(world: &World) {
    let id = Id::new("trainingpipelines", "ml", "churn");
    world.with(|state| state.cluster.delete(&id, state.now).unwrap());
}

/// Another pipeline comes, and its first run.
fn arrives(state: &mut State) {
    let pipeline = sample::pipeline("late");
    let id = Id::new("trainingpipelines", "ml", "late");
    let made = state.cluster.create(&id, pipeline, state.now).unwrap();
    let experiment = state.mlflow.apply(&Op::CreateExperiment { name: "ml/late".into() }).unwrap();
    let tags = [
        ("podium.dev/installation", "test"),
        ("podium.dev/namespace", "ml"),
        ("podium.dev/owner-uid", made["metadata"]["uid"].as_str().unwrap()),
    ];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let started_ms = state.now.as_millisecond();
    state.mlflow.apply(&Op::CreateRun { experiment, name: "late".into(), tags, started_ms }).unwrap();
}

#[tokio::test]
async fn the_run_of_a_pipeline_that_arrives_while_it_is_swept_stays_open() {
    for moment in [Moment::RunsListed, Moment::OwnersListed] {
        let mut world = World::new();
        world.with(|state| state.meanwhile = Some((moment, arrives)));
        world.sweep().await;
        assert_eq!(open_runs(&world), 1, "{moment:?}");
        assert!(world.with(|state| state.meanwhile.is_none()), "{moment:?} never came");
        world.sweep().await;
        assert_eq!(open_runs(&world), 1, "{moment:?}");
    }
}

#[tokio::test]
async fn a_run_at_work_is_left_open_whenever_it_is_swept() {
    let mut world = in_mid_run().await;
    let before = open_runs(&world);
    for seconds in [0, 60, 3600] {
        world.with(|state| state.pass(seconds));
        world.sweep().await;
        assert_eq!((before, open_runs(&world)), (2, 2));
    }
}

#[tokio::test]
async fn the_open_runs_of_a_deleted_pipeline_are_closed_soon_after_its_deletion_is_told() {
    let world = in_mid_run().await;
    let (tell, gone) = tokio::sync::mpsc::unbounded_channel();
    let user = async {
        // The round at the start is over: what is closed now is closed for the deletion.
        tokio::time::sleep(Duration::from_millis(50)).await;
        delete(&world);
        assert_eq!(open_runs(&world), 2);
        tell.send(Key { namespace: "ml".into(), name: "churn".into() }).unwrap();
        while open_runs(&world) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let swept = async {
        tokio::select! {
            () = podium::reconcile::sweep_forever(world.context(), gone) => {}
            () = user => {}
        }
    };
    // A minute later it would be swept anyhow.
    tokio::time::timeout(Duration::from_secs(30), swept).await.unwrap();
    assert_eq!(open_runs(&world), 0);
}

/// An API server that lists one pipeline and then tells of its deletion.
fn deleting() -> Client {
    let object: Value = json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
        "metadata": {"name": "churn", "namespace": "ml", "uid": "uid", "resourceVersion": "1"},
    });
    let told = std::sync::Arc::new(AtomicBool::new(false));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (object, told) = (object.clone(), std::sync::Arc::clone(&told));
        async move {
            let watches = request.uri().query().is_some_and(|query| query.contains("watch=true"));
            let body = match (watches, told.load(Ordering::SeqCst)) {
                (false, _) => json!({
                    "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList",
                    "metadata": {"resourceVersion": "1"}, "items": [object],
                }),
                (true, true) => std::future::pending().await,
                (true, false) => {
                    told.store(true, Ordering::SeqCst);
                    json!({"type": "DELETED", "object": object})
                }
            };
            Ok::<_, Infallible>(Response::new(Body::from(format!("{body}\n").into_bytes())))
        }
    });
    Client::new(service, "ml")
}

#[tokio::test]
async fn a_deletion_on_the_api_server_is_told_with_the_pipelines_name() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let watching = podium::cluster::deletions(deleting(), Scope::Cluster, |key| tell.send(key).unwrap());
    let key = tokio::select! {
        () = watching => panic!("it never ends"),
        key = tokio::time::timeout(Duration::from_secs(20), told.recv()) => key.unwrap(),
    };
    assert_eq!(key, Some(Key { namespace: "ml".into(), name: "churn".into() }));
}
