//! Who gets the alias: on evidence alone, once, and one of two that want it.

use serde_json::json;

use crate::ending::Ending;
use crate::sample;
use crate::world::World;

/// Sets the action of the newest ModelVersion.
fn act(world: &mut World, action: &str) {
    let (id, _) = world.newest_version();
    world.with(|state| {
        state.cluster.edit(&id, |version| {
            version["metadata"]["annotations"]["podium.dev/action"] = action.into();
        });
    });
}

#[tokio::test]
async fn a_gate_that_fails_leaves_the_alias_where_it_was() {
    let mut world = World::new();
    world.run_sample().await;
    world.with(|state| {
        for name in ["logistic", "forest", "net"] {
            state.trainer.scores.insert(name.into(), 0.5);
        }
    });
    world.edit(|pipeline| pipeline["spec"]["split"] = json!({"seed": 1}));
    world.settle().await;
    let (_, version) = world.newest_version();
    assert_eq!(
        (&version["status"]["version"], &version["status"]["phase"]),
        (&json!("2"), &json!("Rejected"))
    );
    let ending = world.with(|state| Ending::of(state));
    assert_eq!(ending.aliases, [("champion".to_owned(), "run 1".to_owned())].into());
}

#[tokio::test]
async fn a_person_approves_once_and_only_the_evidence_that_was_seen() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["registration"]["promotion"] = json!({"mode": "Manual"});
    world.create(pipeline);
    world.settle().await;
    let (_, version) = world.newest_version();
    assert_eq!(version["status"]["phase"], "AwaitingApproval");
    act(&mut world, "approve:1:other-evidence:a");
    world.settle().await;
    assert_eq!(world.with(|state| state.mlflow.moves.len()), 0);
    let evidence = version["status"]["evidenceDigest"].as_str().unwrap();
    act(&mut world, &format!("approve:1:{evidence}:b"));
    world.settle().await;
    world.restart();
    world.settle().await;
    let moves = world.with(|state| state.mlflow.moves.clone());
    assert_eq!(moves, [("churn".to_owned(), "champion".to_owned(), 1)]);
    assert_eq!(world.newest_version().1["status"]["phase"], "Promoted");
}

#[tokio::test]
async fn model_files_overwritten_after_the_evaluation_are_not_promoted() {
    let mut world = World::new();
    let mut pipeline = sample::pipeline("churn");
    pipeline["spec"]["registration"]["promotion"] = json!({"mode": "Manual"});
    world.create(pipeline);
    world.settle().await;
    let (_, version) = world.newest_version();
    world.with(|state| {
        let run = version["spec"]["source"]["runID"].as_str().unwrap();
        state.mlflow.write_model(run, "another model");
    });
    let evidence = version["status"]["evidenceDigest"].as_str().unwrap();
    act(&mut world, &format!("approve:1:{evidence}:a"));
    world.settle().await;
    assert_eq!(world.with(|state| state.mlflow.moves.len()), 0);
    assert!(world.statuses().contains("ModelChanged"), "{}", world.statuses());
}

#[tokio::test]
async fn of_two_pipelines_that_race_for_one_alias_each_version_is_decided_once() {
    let mut world = World::new();
    world.create(sample::pipeline("one"));
    world.create(sample::pipeline("two"));
    world.settle().await;
    let state = world.with(|state| state.clone());
    let model = &state.mlflow.models["churn"];
    assert_eq!(model.versions.len(), 2);
    // The second either replaced the first on evidence, or says why it waits for an evaluation against it.
    let holder = model.aliases["champion"];
    let champions = state.mlflow.moves.iter().filter(|(_, alias, _)| alias == "champion").count();
    assert_eq!(champions as u64, holder);
    assert!(world.with(|state| Ending::of(state)).records.iter().all(|record| record["open"] == false));
}
