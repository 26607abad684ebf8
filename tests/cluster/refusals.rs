//! Bad input is refused with one clear message, once, and nothing is left running.

use std::time::Duration;

use futures::future::join_all;
use podium_mlflow::RunStatus;
use serde_json::{Value, json};

use crate::harness::data::{csv, rows};
use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, pipeline};

/// A pipeline on bad data, and what its message must name: column, value, what is allowed.
struct Bad {
    name: &'static str,
    text: String,
    change: Value,
    named: &'static [&'static str],
}

fn bad_data() -> Vec<Bad> {
    let good = rows(120);
    let with = |row: usize, column: usize, cell: &str| {
        let mut rows = good.clone();
        rows[row][column] = cell.to_owned();
        rows
    };
    let some = |column: usize, count: usize, cell: &str| {
        let mut rows = good.clone();
        rows.iter_mut().take(count).for_each(|row| row[column] = cell.to_owned());
        rows
    };
    let every = |column: usize, cell: &str| some(column, 120, cell);
    let header = "a,b,class";
    let bad = |name, text, change, named| Bad { name, text, change, named };
    vec![
        bad(
            "unknown-target",
            csv(header, &good),
            json!({"spec": {"data": {"target": "klass"}}}),
            &["klass", "a, b, class"],
        ),
        bad("empty-file", String::new(), json!({}), &["empty"]),
        bad("no-rows", csv(header, &[]), json!({}), &["0 distinct rows", "at least 1"]),
        bad(
            "one-class",
            csv(header, &every(2, "1")),
            json!({}),
            &["class", "only the class \"1\"", "at least 2"],
        ),
        bad("text-in-numbers", csv(header, &with(7, 0, "seven")), json!({}), &["\"a\"", "seven", "8"]),
        bad(
            "all-missing",
            csv(header, &every(1, "")),
            json!({}),
            &["\"b\"", "no value in 120 rows", "at least one"],
        ),
        bad("duplicate-header", csv("a,a,class", &good), json!({}), &["\"a\"", "1 and 2"]),
        bad(
            "out-of-range",
            csv(header, &with(3, 1, "1.5")),
            json!({"spec": {"checks": {"columns": [{"name": "b", "type": "Number", "min": "0", "max": "1"}]}}}),
            &["\"b\"", "1.5", "1"],
        ),
        bad(
            "too-few-rows",
            csv(header, &good),
            json!({"spec": {"checks": {"minRows": 500}}}),
            &["120 distinct rows", "at least 500"],
        ),
        bad(
            "copies",
            csv(header, &[good.clone(), good[..30].to_vec()].concat()),
            json!({"spec": {"checks": {"maxDuplicates": "0.1"}}}),
            &["0.2", "0.1"],
        ),
        bad(
            "many-missing",
            csv(header, &some(1, 40, "")),
            json!({"spec": {"checks": {"columns": [{"name": "b", "maxMissing": "0.25"}]}}}),
            &["\"b\"", "0.33", "0.25"],
        ),
        bad(
            "wrong-type",
            csv(header, &with(5, 1, "high")),
            json!({"spec": {"checks": {"columns": [{"name": "b", "type": "Number"}]}}}),
            &["\"b\"", "high"],
        ),
    ]
}

/// The pipeline failed for good: said in status and Event, closed in MLflow, one Job, no pod.
async fn assert_refused(world: &World, name: &str, named: &[&str]) {
    let seen = world.ended(name, 150).await;
    assert_eq!(phase(&seen), "Failed", "{name}");
    for part in named {
        assert!(message(&seen).contains(part), "{name}: {:?} does not name {part:?}", message(&seen));
    }
    let conditions = seen["status"]["conditions"].as_array().unwrap();
    let kinds: Vec<_> = conditions.iter().map(|one| (&one["type"], &one["status"])).collect();
    assert_eq!(kinds, [(&json!("Ready"), &json!("False")), (&json!("Stalled"), &json!("True"))], "{name}");
    assert_eq!(
        world.list("Job", &format!("podium.dev/owner={name}")).await.len(),
        1,
        "{name} was tried again"
    );
    let runs = world.tracker.runs(&world.namespace, name).await;
    assert_eq!((runs.counts().0, runs.states()), (1, vec![RunStatus::Failed]), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_data_are_refused_with_the_column_the_value_and_what_is_allowed() {
    let world = World::new("bad-data").await;
    let _operator = world.lead().await;
    let small = json!({"spec": {"resources": {"cpu": "100m", "memory": "128Mi"}, "data": {"target": "class", "positiveLabel": null}}});
    let all = bad_data();
    for bad in &all {
        world.file(bad.name, "data.csv", &bad.text).await;
        let uri = json!({"spec": {"data": {"uri": format!("configmap://{}/data.csv", bad.name)}}});
        let manifest = changed(changed(pipeline(&world, bad.name), small.clone()), uri);
        world.apply(changed(manifest, bad.change.clone())).await;
    }
    let missing = json!({"spec": {"data": {"uri": format!("{}/no/such.csv", world.tracker.url)}}});
    world.apply(changed(changed(pipeline(&world, "unreadable"), small), missing)).await;
    join_all(all.iter().map(|bad| assert_refused(&world, bad.name, bad.named))).await;
    assert_refused(&world, "unreadable", &["/no/such.csv", "404"]).await;
    world.idle(20).await;

    let versions = |all: &[Value]| -> Vec<String> {
        all.iter().map(|one| one["metadata"]["resourceVersion"].as_str().unwrap().to_owned()).collect()
    };
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = versions(&world.list("TrainingPipeline", "").await);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(versions(&world.list("TrainingPipeline", "").await), before, "what is refused is left alone");
    for bad in &all {
        world.warned(bad.name, bad.named).await;
    }
    world.warned("unreadable", &["/no/such.csv", "404"]).await;
}

/// A warning about an object names all this.
#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_can_not_be_carried_out_is_refused_before_anything_runs() {
    let world = World::new("bad-spec").await;
    let operator = world.lead().await;
    let candidate = |change: Value| {
        let base = json!({"name": "only", "algorithm": "RandomForest"});
        json!({"spec": {"candidates": [changed(base, change)]}})
    };
    let base = |name: &str, change: Value| changed(pipeline(&world, name), change);

    let unknown = base("unknown-algorithm", candidate(json!({"algorithm": "RandomForrest"})));
    let refused =
        world.try_apply(unknown).await.expect_err("the API server takes an unknown algorithm").to_string();
    assert!(
        refused.contains("RandomForrest") && refused.contains("spec.candidates[0].algorithm"),
        "{refused}"
    );
    let gate = json!({"spec": {"registration": {"registeredModel": world.model, "gates": [{"name": "g", "metric": "f1_score", "min": "high"}]}}});
    let refused =
        world.try_apply(base("no-number", gate)).await.expect_err("a bound that is no number").to_string();
    assert!(refused.contains("spec.registration.gates[0].min"), "{refused}");

    let model = json!({"spec": {"registration": {"registeredModel": "somebody-elses"}}});
    let never = json!({"spec": {"registration": {"registeredModel": world.model, "gates": [{"name": "g", "metric": "f1", "min": "0.5"}]}}});
    let cases = [
        (
            "out-of-range",
            candidate(json!({"parameters": {"n_estimators": 0}})),
            "InvalidSpec",
            &["spec.candidates[only].parameters", "n_estimators", "0", "from 1 to 10000"][..],
        ),
        (
            "unknown-parameter",
            candidate(json!({"parameters": {"trees": 5}})),
            "InvalidSpec",
            &["trees", "n_estimators"],
        ),
        (
            "not-ours",
            model,
            "NotAllowed",
            &["spec.registration.registeredModel", "somebody-elses", &world.model],
        ),
        (
            "no-such-metric",
            never,
            "InvalidSpec",
            &["spec.registration.gates[g].metric", "\"f1\" is never logged by the trainer", "f1_score"],
        ),
        (
            "no-gpu",
            candidate(json!({"resources": {"gpu": {"count": 1}}})),
            "InvalidSpec",
            &["RandomForest", "GPU"],
        ),
    ];
    for (name, change, reason, named) in cases {
        world.apply(base(name, change)).await;
        let seen = world.ended(name, 30).await;
        for part in named {
            assert!(message(&seen).contains(part), "{name}: {:?} does not name {part:?}", message(&seen));
        }
        assert_eq!(seen["status"]["conditions"][0]["reason"], reason, "{name}");
        assert_eq!(seen["status"]["run"], Value::Null, "{name}: no run was started");
        world.warned(name, named).await;
    }
    assert!(world.list("Job", "").await.is_empty());
    drop(operator);
}
