//! An MLflow server that is closed: logins, workspaces, TLS by an authority of its own. Operator and pods have what lets them in.

use std::path::PathBuf;
use std::time::Duration;

use podium_mlflow::{Auth, Secret};
use serde_json::{Value, json};

use crate::harness::machine::script;
use crate::harness::manifests::promoted;
use crate::harness::objects::message;
use crate::harness::once::assert_one_of_each;
use crate::harness::tracker::Tracker;
use crate::harness::{World, changed, pipeline};

/// User and password of who may do everything.
fn administrator() -> (String, String) {
    let login = script(&["mlflow", "login"]);
    let (user, password) = login.split_once(' ').unwrap();
    (user.to_owned(), password.to_owned())
}

/// One call of the administrator in a workspace, as the MLflow documentation has it.
async fn administer(server: &Tracker, workspace: Option<&str>, path: &str, body: Value) -> Value {
    let (user, password) = administrator();
    let mut request = reqwest::Client::new()
        .post(format!("{}/api/{path}", server.url))
        .basic_auth(user, Some(password))
        .json(&body);
    if let Some(workspace) = workspace {
        request = request.header("X-MLFLOW-WORKSPACE", workspace);
    }
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

async fn user(server: &Tracker, name: &str) {
    let user = json!({"username": name, "password": password_of(name)});
    administer(server, None, "2.0/mlflow/users/create", user).await;
}

fn password_of(user: &str) -> String {
    format!("the-password-of-{user}")
}

/// A role in a workspace that a user has there.
async fn role(server: &Tracker, workspace: &str, name: &str, user: &str, permissions: &[(&str, &str)]) {
    let role = json!({"workspace": workspace, "name": name});
    let made = administer(server, Some(workspace), "3.0/mlflow/roles/create", role).await;
    let role = &made["role"]["id"];
    for (kind, permission) in permissions {
        let permission = json!({
            "role_id": role, "resource_type": kind, "resource_pattern": "*", "permission": permission,
        });
        administer(server, Some(workspace), "3.0/mlflow/roles/permissions/add", permission).await;
    }
    let member = json!({"username": user, "role_id": role});
    administer(server, Some(workspace), "3.0/mlflow/roles/assign", member).await;
}

/// A workspace that the operator manages, with a user for pods who may write to its runs and nothing else; as docs/mlflow.md says.
async fn team(server: &Tracker, name: &str) {
    administer(server, None, "3.0/mlflow/workspaces", json!({"name": name})).await;
    user(server, name).await;
    role(server, name, "operators", "podium", &[("workspace", "MANAGE")]).await;
    role(server, name, "trainers", name, &[("workspace", "USE"), ("experiment", "EDIT")]).await;
}

/// The operator's login as the chart mounts it.
fn mounted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("username"), "podium").unwrap();
    std::fs::write(folder.path().join("password"), password_of("podium")).unwrap();
    folder
}

async fn pods_login(world: &World, user: &str) {
    let password = password_of(user);
    world
        .apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mlflow", "namespace": world.namespace},
            "stringData": {"username": user, "password": password}}))
        .await;
}

/// A world in a workspace of the server.
async fn world_in(server: &Tracker, workspace: &str) -> World {
    let (user, password) = administrator();
    let auth = Auth::Basic { user, password: Secret::new(password) };
    let world = World::on(workspace, server.seen(auth, workspace)).await;
    let mut configuration = world.configuration();
    configuration["namespaces"][0]["workspace"] = json!(workspace);
    configuration["namespaces"][0]["podLogin"] = json!({"secret": "mlflow", "kind": "Basic"});
    world.configure(configuration);
    world.breast_cancer().await;
    world
}

fn start(world: &World, login: PathBuf) -> crate::harness::operator::Operator {
    world.start_with("one", Some(login), &format!("{}/leader", world.namespace))
}

#[tokio::test(flavor = "multi_thread")]
async fn in_their_own_workspaces_behind_logins_two_namespaces_promote_and_neither_s_pods_reach_the_other_s() {
    let server = Tracker::own("closed", &["--basic-auth", "--workspaces", "--workers", "1"]);
    user(&server, "podium").await;
    for name in ["team-a", "team-b"] {
        team(&server, name).await;
    }
    let (a, b) = tokio::join!(world_in(&server, "team-a"), world_in(&server, "team-b"));
    pods_login(&a, "team-a").await;
    pods_login(&b, "team-b").await;
    let login = mounted();
    let (one, two) = (start(&a, login.path().to_owned()), start(&b, login.path().to_owned()));
    one.leads(Duration::from_secs(60)).await;
    two.leads(Duration::from_secs(60)).await;
    for world in [&a, &b] {
        world.apply(changed(pipeline(world, "closed"), promoted(world))).await;
    }
    for world in [&a, &b] {
        let done = world.succeeded("closed", 120).await;
        world.version_in(&done, "Promoted", 90).await;
        assert_one_of_each(world, world, "closed", &[("logistic", 1)]).await;
    }
    assert!(a.tracker.versions(&b.model).await.is_empty(), "models live in their workspace");

    // The pods of one team with the login of the other one are strangers in this workspace.
    pods_login(&a, "team-b").await;
    a.apply(pipeline(&a, "stranger")).await;
    let refused = a.ended("stranger", 120).await;
    assert_eq!(refused["status"]["phase"], "Failed");
    let told = message(&refused);
    assert!(told.contains("the pod could not use MLflow") && told.contains("has no permission"), "{told}");
    for object in a.list("TrainingPipeline", "").await {
        assert!(!object.to_string().contains("the-password-of"), "{object}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mlflow_and_data_behind_an_authority_of_the_house_are_trusted_where_the_configuration_names_it() {
    let (server, authority) = Tracker::encrypted("house");
    let world = World::on("house", server).await;
    let mut configuration = world.configuration();
    configuration["certificateAuthorities"] = json!(authority);
    world.configure(configuration);
    let uri = world.tracker.stored("rows.csv", crate::harness::data::example("breast_cancer.csv")).await;
    let _operator = world.lead().await;
    let data = json!({"spec": {"data": {"uri": uri}}});
    world.apply(changed(changed(pipeline(&world, "housed"), promoted(&world)), data)).await;
    let done = world.succeeded("housed", 120).await;
    world.version_in(&done, "Promoted", 60).await;
    assert_one_of_each(&world, &world, "housed", &[("logistic", 1)]).await;
}
