//! Candidates that a container of the user's own trains, played through: they win, fail and are tried again as others are.

use serde_json::{Value, json};

use crate::ending::Ending;
use crate::sample;
use crate::trainer::Behaviour;
use crate::world::World;

/// The sample with a container in the place of its net.
fn with_container() -> Value {
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["candidates"][2] = json!({"name": "own", "container": {"image": "acme/train:3"}});
    pipeline
}

/// A run in which the first attempts of the container behave so.
async fn run(behaviours: &[Behaviour]) -> World {
    let mut world = World::new();
    world.with(|state| {
        state.trainer.scores.insert("own".to_owned(), 0.9);
        for (number, behaviour) in (1..).zip(behaviours) {
            state.trainer.tell("Train/own", number, behaviour.clone());
        }
    });
    world.create(with_container());
    world.settle().await;
    world
}

fn own(world: &World) -> Value {
    world.status()["candidates"][2].clone()
}

#[tokio::test]
async fn the_model_of_a_container_wins_and_is_promoted_as_any_other() {
    let world = run(&[]).await;
    assert_eq!(world.status()["phase"], "Succeeded");
    assert_eq!(world.status()["best"]["candidate"], "own");
    let ending = world.with(|state| Ending::of(state));
    assert_eq!((ending.active_jobs, ending.registered.len()), (0, 1));
}

#[tokio::test]
async fn whatever_it_ends_with_it_is_tried_again_until_the_backoff_limit() {
    let world = run(&[Behaviour::Exit(2), Behaviour::OutOfMemory]).await;
    assert_eq!((&own(&world)["phase"], &own(&world)["attempts"]["number"]), (&json!("Succeeded"), &json!(3)));
    let world = run(&[Behaviour::Exit(2), Behaviour::Exit(3), Behaviour::OutOfMemory]).await;
    let (phase, message) = (&own(&world)["phase"], own(&world)["message"].clone());
    let told = "BackoffLimitExceeded: the container candidate ran out of memory at its limit of 2Gi: raise resources.memory; 3 \
                attempts failed";
    assert_eq!((phase, message.as_str()), (&json!("Failed"), Some(told)));
    assert_eq!(world.status()["phase"], "Succeeded", "the others are good");
}

#[tokio::test]
async fn a_drained_node_does_not_count_and_a_failure_of_our_trainer_beside_it_is_judged_as_everywhere() {
    let world =
        run(&[Behaviour::Disrupted, Behaviour::Disrupted, Behaviour::Disrupted, Behaviour::Disrupted]).await;
    assert_eq!((&own(&world)["phase"], &own(&world)["attempts"]["number"]), (&json!("Succeeded"), &json!(5)));
    let world = run(&[Behaviour::Rejects("OutputMissing", "out_of_fold.csv is not there")]).await;
    let told = "OutputMissing: out_of_fold.csv is not there";
    assert_eq!((&own(&world)["phase"], &own(&world)["message"]), (&json!("Failed"), &json!(told)));
    assert_ne!(world.status()["best"]["candidate"], "own");
}
