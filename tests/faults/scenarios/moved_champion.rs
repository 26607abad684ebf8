//! The champion moves between an evaluation and the decision on it: the model is evaluated again beside the new one, and
//! nothing is trained again. With each fault at each single write.

use serde_json::json;

use crate::api_server::Id;
use crate::ending::Ending;
use crate::injector::FAULTS;
use crate::lives::{Life, faultless, same_end};
use crate::play::Act;
use crate::sample;
use crate::world::World;

/// The version of a pipeline.
fn version_of(world: &World, pipeline: &str) -> (Id, serde_json::Value) {
    let all = world.with(|state| state.cluster.all("modelversions"));
    let owner = |value: &serde_json::Value| value["metadata"]["annotations"]["podium.dev/owner-name"].clone();
    all.into_iter().find(|(_, value)| owner(value) == pipeline).unwrap()
}

/// A person approves what a pipeline's version shows.
fn approve(world: &World, pipeline: &str) {
    let (id, object) = version_of(world, pipeline);
    let text = |key: &str| object["status"][key].as_str().unwrap().to_owned();
    let action = format!("approve:{}:{}:once", text("version"), text("evidenceDigest"));
    world.with(|state| {
        state.cluster.edit(&id, |version| {
            version["metadata"]["annotations"]["podium.dev/action"] = action.into();
        });
    });
}

const LIFE: Life = Life { acts: &ACTS, from: 1 };

const ACTS: [Act; 3] = [
    |world| {
        for name in ["churn", "rival"] {
            let mut pipeline = sample::pipeline(name);
            pipeline["spec"]["registration"]["promotion"] = json!({"mode": "Manual"});
            world.create(pipeline);
        }
    },
    // Nobody held the alias when both were evaluated; now one of them does.
    |world| approve(world, "rival"),
    |world| approve(world, "churn"),
];

#[tokio::test]
async fn a_moved_champion_is_compared_with_by_another_evaluation_of_the_same_run_and_version() {
    let (endings, _, _) = faultless(&LIFE).await;
    let [before, after, approved] = endings.as_slice() else { panic!("{endings:#?}") };
    let phases = |ending: &Ending| -> Vec<String> {
        ending.versions.iter().map(|version| version["phase"].as_str().unwrap().to_owned()).collect()
    };
    let evaluations = |ending: &Ending| ending.work.iter().filter(|step| step.ends_with("Evaluate")).count();
    assert_eq!((before.work.len(), evaluations(before)), (10, 2));
    assert_eq!(phases(before), ["AwaitingApproval", "AwaitingApproval"]);
    assert_eq!((after.work.len(), evaluations(after)), (11, 3));
    assert_eq!(after.pipelines["churn"]["stages"][2], json!(["Evaluate", "Succeeded", 2]));
    assert_eq!(
        (phases(after), &after.moves),
        (vec!["AwaitingApproval".into(), "Promoted".into()], &vec!["champion to run 1".into()])
    );
    assert_eq!(approved.work, after.work);
    assert_eq!(phases(approved), ["Promoted", "Replaced"]);
    assert_eq!(approved.moves, ["champion to run 1", "champion to run 1", "previous to run 1"]);
    assert_eq!(approved.registered, [("run 1".to_owned(), 2)].into());
}

#[test]
fn a_fault_at_any_write_around_a_moved_champion_changes_nothing() {
    FAULTS.into_iter().for_each(|fault| same_end(&LIFE, fault));
}
