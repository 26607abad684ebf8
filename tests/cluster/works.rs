//! What must work: long names, any script, every task, many candidates.

use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::data::{csv, example, manifest, rows};
use crate::harness::manifests::promoted;
use crate::harness::objects::phase;
use crate::harness::{World, changed, pipeline};

/// The longest name that an object can have.
fn longest() -> String {
    let name = "a-name-as-long-as-kubernetes-takes-one.".repeat(7);
    format!("{}x", &name[..252].replace("-.", "x."))
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_253_characters_and_columns_and_labels_in_any_script_work() {
    let world = World::new("names").await;
    let _operator = world.lead().await;
    let name = longest();
    assert_eq!(name.len(), 253);
    let mut table = rows(200);
    for row in &mut table {
        row[2] = if row[2] == "1" { "да" } else { "いいえ" }.to_owned();
    }
    world.file(&name, "rows.csv", &csv("größe,\"重さ, kg\",クラス", &table)).await;
    let change = json!({"spec": {
        "data": {"uri": format!("configmap://{name}/rows.csv"), "target": "クラス", "positiveLabel": "да"},
        "checks": {"columns": [{"name": "重さ, kg", "type": "Number", "min": "0", "max": "1"}]},
        "registration": {"gates": [{"name": "quality", "metric": "f1_score", "min": "0.5"}]},
        "resources": {"cpu": "200m", "memory": "128Mi"},
    }});
    world.apply(changed(changed(pipeline(&world, &name), promoted(&world)), change)).await;
    let done = world.succeeded(&name, 120).await;
    assert_eq!(done["status"]["run"]["data"]["positiveLabel"], "да");
    // Told after the status that we have just seen.
    for reason in ["RunStarted", "Succeeded"] {
        world.until_told(&name, reason, 30).await;
    }
    world.version_in(&done, "Promoted", 60).await;
    let experiment = done["status"]["run"]["experiment"].as_str().unwrap();
    assert!(experiment.starts_with(&format!("{}/a-name", world.namespace)), "{experiment}");
    let runs = world.tracker.runs_in(experiment).await;
    assert_eq!((runs.counts(), runs.states()), ((1, vec![("logistic", 1)], 1), vec![RunStatus::Finished]));
    let version = json!({"version": world.version_by_hand(&world.model, 0.9).await});
    world.apply(world.model_version(&name, &world.model, version, "Auto")).await;
    world.version_is(&name, "Promoted", "Promoted", 60).await;
    world.until_told(&name, "Promoted", 30).await;
    assert_eq!(world.tracker.alias(&world.model, "champion").await, Some(2));
    world.delete("TrainingPipeline", &name).await;
    world.idle(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_several_classes_are_learned_as_the_examples_say() {
    let world = World::new("examples").await;
    let _operator = world.lead().await;
    world.file("diabetes", "diabetes.csv", &example("diabetes.csv")).await;
    world.file("wine", "wine.csv", &example("wine.csv")).await;
    for file in ["diabetes.yaml", "wine.yaml"] {
        world.apply(manifest(&world, file)).await;
    }
    let (diabetes, wine) = tokio::join!(world.succeeded("diabetes", 180), world.succeeded("wine", 180));
    assert_eq!(diabetes["status"]["run"]["data"]["task"], "Regression");
    assert_eq!(wine["status"]["run"]["data"]["classes"], 3);
    // A person must promote them: Auto is not asked for.
    let (diabetes, wine) = tokio::join!(
        world.version_in(&diabetes, "AwaitingApproval", 60),
        world.version_in(&wine, "AwaitingApproval", 60),
    );
    assert_eq!(
        (&diabetes["status"]["gateSummary"], &wine["status"]["gateSummary"]),
        (&json!("2/2"), &json!("1/1"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_text_missing_cells_and_groups_is_learned_as_the_example_says() {
    let world = World::new("churn").await;
    let _operator = world.lead().await;
    world.file("churn", "churn_like.csv", &example("churn_like.csv")).await;
    let few = json!({"spec": {"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression", "parameters": {"C": 0.5}},
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 50, "min_samples_leaf": 5}},
    ], "resources": {"cpu": "800m", "memory": "512Mi"}}});
    world.apply(changed(manifest(&world, "churn.yaml"), few)).await;
    let done = world.succeeded("churn", 240).await;
    assert_eq!((phase(&done), &done["status"]["progress"]), ("Succeeded", &json!("2/2")));
    let version = world.version_in(&done, "AwaitingApproval", 60).await;
    // Without a champion the gate that compares with it leaves the decision to the others.
    assert_eq!(version["status"]["gateSummary"], "2/2", "{}", version["status"]["gates"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 102 pods"]
async fn a_hundred_candidates_are_trained_once_each() {
    let world = World::new("hundred").await;
    let _operator = world.lead().await;
    world.file("rows", "rows.csv", &csv("a,b,class", &rows(120))).await;
    let candidate = |number: u32| {
        json!({
            "name": format!("c-{number}"), "algorithm": "LogisticRegression", "parameters": {"C": f64::from(number) / 50.0},
        })
    };
    let many = json!({"spec": {
        "data": {"uri": "configmap://rows/rows.csv", "target": "class", "positiveLabel": "1"},
        "candidates": (1..=100).map(candidate).collect::<Vec<Value>>(),
        "resources": {"cpu": "100m", "memory": "64Mi"},
    }});
    world.apply(changed(pipeline(&world, "many"), many)).await;
    let done = world.succeeded("many", 900).await;
    assert_eq!(done["status"]["progress"], "100/100");
    let candidates = done["status"]["candidates"].as_array().unwrap();
    assert!(
        candidates.iter().all(|one| one["attempts"] == json!({"number": 1})),
        "each at the first attempt"
    );
    let runs = world.tracker.runs(&world.namespace, "many").await;
    let (parents, each, evaluations) = runs.counts();
    assert_eq!((parents, each.len(), evaluations), (1, 100, 1));
    assert!(each.iter().all(|(_, runs)| *runs == 1), "{each:?}");
}
