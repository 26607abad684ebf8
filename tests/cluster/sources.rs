//! The same rows from every kind of source: the model is the same, and what can't be read is said.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use serde_json::{Value, json};

use crate::harness::data::{csv, rows};
use crate::harness::machine::{HOST, folder, script, stop_at_the_end};
use crate::harness::objects::message;
use crate::harness::{World, changed, pipeline};

fn table() -> String {
    csv("a,b,class", &rows(200))
}

fn parquet_table() -> Vec<u8> {
    let rows = rows(200);
    let numbers = |column: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row[column].parse::<f64>().ok()).collect::<Float64Array>())
    };
    let classes: ArrayRef = Arc::new(rows.iter().map(|row| Some(row[2].clone())).collect::<StringArray>());
    let batch =
        RecordBatch::try_from_iter([("a", numbers(0)), ("b", numbers(1)), ("class", classes)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A pipeline on the small table.
fn reading(world: &World, name: &str, uri: &str, secret: Option<&str>) -> Value {
    let data = json!({"uri": uri, "target": "class", "positiveLabel": "1", "credentialsSecret": secret});
    let small = json!({"spec": {"data": data, "resources": {"cpu": "200m", "memory": "128Mi"}}});
    changed(pipeline(world, name), small)
}

/// A server on the pods' network until the test ends; its address.
async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind((HOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Serves the table over HTTP on the pods' network until the test ends.
async fn http_server() -> String {
    use axum::routing::get;
    let router = axum::Router::new()
        .route("/rows.csv", get(|| async { table() }))
        .route("/rows.parquet", get(|| async { parquet_table() }))
        .route("/private.csv", get(|| async { axum::http::StatusCode::FORBIDDEN }));
    serve(router).await
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_parquet_over_http_give_the_model_that_the_configmap_gives() {
    let world = World::new("http").await;
    let _operator = world.lead().await;
    let server = http_server().await;
    world.file("rows", "rows.csv", &table()).await;
    world.apply(reading(&world, "mounted", "configmap://rows/rows.csv", None)).await;
    world.apply(reading(&world, "http", &format!("{server}/rows.csv"), None)).await;
    world.apply(reading(&world, "parquet", &format!("{server}/rows.parquet"), None)).await;
    world.bytes("table", "rows.parquet", &parquet_table()).await;
    world.apply(reading(&world, "mounted-parquet", "configmap://table/rows.parquet", None)).await;
    world.apply(reading(&world, "private", &format!("{server}/private.csv"), None)).await;
    let mounted = world.succeeded("mounted", 120).await;
    let http = world.succeeded("http", 120).await;
    let parquet = world.succeeded("parquet", 120).await;
    let mounted_parquet = world.succeeded("mounted-parquet", 120).await;
    assert_eq!(http["status"]["run"]["data"], mounted["status"]["run"]["data"], "the digest is of the rows");
    let score = |seen: &Value| seen["status"]["best"]["value"].clone();
    for other in [&http, &parquet, &mounted_parquet] {
        assert_eq!(score(other), score(&mounted));
    }
    let refused = world.ended("private", 60).await;
    assert!(
        message(&refused).contains("403") && message(&refused).contains("credentials"),
        "{}",
        message(&refused)
    );
    assert_eq!(refused["status"]["conditions"][0]["reason"], "DataAccessDenied");
    assert_left_nothing(&world, "private").await;
}

/// What was refused is told by an Event, was tried once, and runs no more.
async fn assert_left_nothing(world: &World, name: &str) {
    world.warned(name, &["credentials"]).await;
    let jobs = world.list("Job", &format!("podium.dev/owner={name}")).await;
    assert_eq!(jobs.len(), 1, "{name} was tried again");
    world.idle(30).await;
}

/// A server that asks for a login, on the pods' network.
async fn closed_server() -> String {
    use axum::http::{HeaderMap, StatusCode};
    let rows = |headers: HeaderMap| async move {
        // "reader:right" by RFC 7617.
        let is_known = headers.get("authorization").is_some_and(|login| login == "Basic cmVhZGVyOnJpZ2h0");
        if is_known { Ok(table()) } else { Err(StatusCode::UNAUTHORIZED) }
    };
    let router = axum::Router::new().route("/rows.csv", axum::routing::get(rows));
    format!("{}/rows.csv", serve(router).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn data_behind_a_login_are_read_with_the_right_one_and_refused_clearly_with_a_wrong_one() {
    let world = World::new("http-login").await;
    let _operator = world.lead().await;
    let uri = closed_server().await;
    for (name, password) in [("reader", "right"), ("stranger", "not-the-word")] {
        let login = json!({"username": "reader", "password": password, "allowHttp": "true"});
        world
            .apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": world.namespace},
                "stringData": login}))
            .await;
    }
    world.apply(reading(&world, "right", &uri, Some("reader"))).await;
    world.apply(reading(&world, "wrong", &uri, Some("stranger"))).await;
    world.succeeded("right", 120).await;
    let refused = world.ended("wrong", 120).await;
    assert_eq!(refused["status"]["conditions"][0]["reason"], "DataAccessDenied");
    assert!(message(&refused).contains("data.credentialsSecret"), "{}", message(&refused));
    assert!(!message(&refused).contains("not-the-word"));
    assert_left_nothing(&world, "wrong").await;
}

async fn secret(world: &World, name: &str, url: &str, access: &str, key: &str) {
    world
        .apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": world.namespace},
            "stringData": {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true",
                "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": key}}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_in_s3_is_read_with_the_right_login_and_refused_clearly_with_a_wrong_one() {
    let world = World::new("s3").await;
    let _operator = world.lead().await;
    let place = folder("s3-data");
    stop_at_the_end("s3", &place);
    let url = script(&["s3", "start", place.to_str().unwrap(), "0", HOST]);
    let login = script(&["s3", "login"]);
    let (access, key) = login.split_once(' ').unwrap();
    std::fs::create_dir_all(place.join("buckets/lake/2026")).unwrap();
    std::fs::write(place.join("buckets/lake/2026/rows.csv"), table()).unwrap();
    std::fs::write(place.join("buckets/lake/2026/rows.parquet"), parquet_table()).unwrap();
    secret(&world, "reader", &url, access, key).await;
    secret(&world, "stranger", &url, access, "not-the-key").await;
    world.apply(reading(&world, "right", "s3://lake/2026/rows.csv", Some("reader"))).await;
    world.apply(reading(&world, "columns", "s3://lake/2026/rows.parquet", Some("reader"))).await;
    world.apply(reading(&world, "wrong", "s3://lake/2026/rows.csv", Some("stranger"))).await;
    world.apply(reading(&world, "nothing", "s3://lake/2026/none.csv", Some("reader"))).await;
    let right = world.succeeded("right", 120).await;
    let columns = world.succeeded("columns", 120).await;
    assert_eq!(columns["status"]["best"]["value"], right["status"]["best"]["value"]);
    for (name, reason, named) in [
        ("wrong", "DataAccessDenied", ["s3://lake/2026/rows.csv", "data.credentialsSecret"]),
        ("nothing", "DataNotFound", ["s3://lake/2026/none.csv", "not found"]),
    ] {
        let refused = world.ended(name, 120).await;
        for part in named {
            assert!(
                message(&refused).contains(part),
                "{name}: {:?} does not name {part:?}",
                message(&refused)
            );
        }
        assert!(!message(&refused).contains("not-the-key"));
        assert_eq!(refused["status"]["conditions"][0]["reason"], reason, "{name}");
        assert_eq!(
            world.list("Job", &format!("podium.dev/owner={name}")).await.len(),
            1,
            "{name} was tried again"
        );
    }
    assert_left_nothing(&world, "wrong").await;
}

/// A claim on a folder of this host, which is the node.
async fn claim(world: &World, folder: &Path) -> String {
    let volume = format!("{}-rows", world.namespace);
    let common = json!({"accessModes": ["ReadWriteOnce"], "storageClassName": ""});
    world
        .apply(json!({"apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": volume, "labels": {"podium.dev/test": "yes"}},
            "spec": changed(common.clone(), json!({"capacity": {"storage": "1Mi"}, "hostPath": {"path": folder},
                "persistentVolumeReclaimPolicy": "Retain"}))}))
        .await;
    world
        .apply(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "lake", "namespace": world.namespace},
            "spec": changed(common, json!({"volumeName": volume, "resources": {"requests": {"storage": "1Mi"}}}))}))
        .await;
    volume
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_claim_is_read_and_one_that_is_not_there_is_named() {
    let world = World::new("claim").await;
    let _operator = world.lead().await;
    let folder = tempfile::tempdir().unwrap();
    let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    std::fs::create_dir(folder.path().join("2026")).unwrap();
    std::fs::write(folder.path().join("2026/rows.csv"), table()).unwrap();
    std::fs::write(folder.path().join("2026/rows.parquet"), parquet_table()).unwrap();
    let volume = claim(&world, folder.path()).await;
    world.apply(reading(&world, "columns", "pvc://lake/2026/rows.parquet", None)).await;
    world.apply(reading(&world, "there", "pvc://lake/2026/rows.csv", None)).await;
    world.apply(reading(&world, "absent", "pvc://lake/2027/rows.csv", None)).await;
    let refused = world.ended("absent", 120).await;
    assert_eq!(refused["status"]["conditions"][0]["reason"], "DataNotFound", "{}", message(&refused));
    assert!(message(&refused).contains("pvc://lake/2027/rows.csv"), "{}", message(&refused));
    let there = world.succeeded("there", 120).await;
    let columns = world.succeeded("columns", 120).await;
    assert_eq!(columns["status"]["best"]["value"], there["status"]["best"]["value"]);
    world.delete("PersistentVolume", &volume).await;
}
