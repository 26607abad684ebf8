//! ModelVersions that take their version along when they are deleted, unless it holds an alias. With each fault at each
//! single write.

use serde_json::json;

use crate::api_server::Id;
use crate::injector::FAULTS;
use crate::lives::{Life, faultless, same_end};
use crate::play::Act;
use crate::sample;
use crate::world::World;

fn create(world: &mut World, name: &str, mode: &str) {
    let version = json!({
        "metadata": {"annotations": {}},
        "spec": {
            "registeredModel": "churn", "source": {"pipelineRef": {"name": "churn"}},
            "gates": [{"name": "quality", "metric": "f1_score", "min": "0.6"}],
            "promotion": {"mode": mode}, "deletionPolicy": "Delete",
        },
    });
    world.with(|state| state.cluster.create(&id(name), version, state.now).unwrap());
}

fn id(name: &str) -> Id {
    Id::new("modelversions", "ml", name)
}

fn delete(world: &mut World, name: &str) {
    world.with(|state| state.cluster.delete(&id(name), state.now).unwrap());
}

const LIFE: Life = Life { acts: &ACTS, from: 1 };

const ACTS: [Act; 5] = [
    |world| {
        let mut pipeline = sample::pipeline("churn");
        pipeline["spec"].as_object_mut().unwrap().remove("registration");
        world.create(pipeline);
    },
    |world| create(world, "passed-over", "Never"),
    |world| create(world, "champion", "Auto"),
    |world| delete(world, "passed-over"),
    |world| delete(world, "champion"),
];

#[tokio::test]
async fn a_version_goes_with_its_object_and_one_that_holds_an_alias_stays() {
    let (endings, _, writes) = faultless(&LIFE).await;
    let ends: Vec<_> =
        endings.iter().map(|end| (end.versions.len(), end.registered.get("run 1").copied())).collect();
    assert_eq!(ends, [(0, None), (1, Some(1)), (2, Some(2)), (1, Some(1)), (0, Some(1))]);
    let last = endings.last().unwrap();
    assert_eq!(last.aliases, [("champion".to_owned(), "run 1".to_owned())].into());
    assert_eq!(writes.iter().filter(|write| write.starts_with("mlflow DeleteVersion")).count(), 1);
}

#[tokio::test]
async fn people_are_told_of_a_version_that_stays() {
    let mut world = World::new();
    world.play(&ACTS).await;
    let told = world.with(|state| state.cluster.all("events"));
    let notes: Vec<_> = told.iter().filter_map(|(_, event)| event["note"].as_str()).collect();
    let stays = "version 2 of model \"churn\" stays in MLflow: it holds champion";
    assert!(notes.contains(&stays), "{notes:#?}");
}

#[test]
fn a_fault_at_any_write_of_versions_that_are_deleted_changes_nothing() {
    FAULTS.into_iter().for_each(|fault| same_end(&LIFE, fault));
}
