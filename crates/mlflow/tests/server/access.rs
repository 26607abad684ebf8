//! Who may speak to the server, under which name, and what the server says about itself.

use std::sync::{Arc, Mutex};

use podium_mlflow::{
    Auth, Class, Client, Error, Observation, Observer, RetryPolicy, RunId, Secret, Settings,
};
use serde_json::json;

use crate::{
    proxy::Proxy,
    support::{
        experiment, login, run, shared, unique, with_login, with_login_and_workspaces, with_workspaces,
    },
};

#[tokio::test]
async fn the_server_says_who_it_is() {
    let client = shared().client();
    client.health().await.unwrap();
    client.ready().await.unwrap();
    assert_eq!(client.version().await.unwrap(), "3.17.2");
    let info = client.server_info().await.unwrap();
    assert_eq!((info.store_type.as_str(), info.workspaces_enabled), ("SqlStore", false));
}

#[tokio::test]
async fn a_host_name_that_is_not_allowed_is_named_with_the_way_to_allow_it() {
    // Only 127.0.0.1 of the loopback addresses is on the server's list.
    let proxy = Proxy::start("127.0.0.2", &shared().url).await;
    let client = Client::new(Settings::new(proxy.url())).unwrap();
    client.health().await.unwrap();
    let error = client.get_experiment_by_name("x").await.unwrap_err();
    assert_eq!(error.class(), Class::HostRejected);
    let expected = format!("--allowed-hosts '{}'", proxy.address);
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(proxy.requests(), 2, "a refused host was asked again");
}

#[tokio::test]
async fn a_path_that_is_no_mlflow_is_told_from_an_unknown_run() {
    let client = Client::new(Settings::new(format!("{}/elsewhere", shared().url))).unwrap();
    let error = client.get_run(&RunId::new("f".repeat(32))).await.unwrap_err();
    assert!(matches!(error, Error::Unexpected { status: 404, .. }), "{error}");
    assert_eq!(error.class(), Class::Permanent);
}

#[tokio::test]
async fn only_a_known_login_gets_through() {
    let server = with_login();
    let of = |auth| Client::new(Settings { auth, ..server.settings() }).unwrap();
    of(Auth::None).health().await.unwrap();
    let unknown = Auth::Basic { user: "ann".to_owned(), password: Secret::new("wrong-password") };
    for auth in [Auth::None, unknown] {
        let error = of(auth).get_experiment_by_name("x").await.unwrap_err();
        assert_eq!(error.class(), Class::Unauthorised, "{error}");
    }
    // MLflow's own login fails on a token, with a page instead of an answer.
    let token = of(Auth::Bearer(Secret::new("token"))).get_experiment_by_name("x").await.unwrap_err();
    assert!(matches!(token, Error::Unexpected { status: 500, .. }), "{token}");
    let client = of(login());
    run(&client).await;
}

#[tokio::test]
async fn writing_without_permission_is_forbidden() {
    let server = with_login();
    let admin = Client::new(Settings { auth: login(), ..server.settings() }).unwrap();
    let foreign = run(&admin).await;
    let (user, password) = (unique("reader"), "a-long-password-1");
    let Auth::Basic { user: admin_user, password: admin_password } = login() else { panic!("no login") };
    let created = reqwest::Client::new()
        .post(format!("{}/api/2.0/mlflow/users/create", server.url))
        .basic_auth(admin_user, Some(admin_password.reveal()))
        .json(&json!({"username": user, "password": password}))
        .send()
        .await
        .unwrap();
    assert!(created.status().is_success(), "{}", created.text().await.unwrap());
    let auth = Auth::Basic { user, password: Secret::new(password) };
    let reader = Client::new(Settings { auth, ..server.settings() }).unwrap();
    assert_eq!(reader.get_run(&foreign.info.run_id).await.unwrap(), foreign);
    let error = reader.delete_run(&foreign.info.run_id).await.unwrap_err();
    assert_eq!(error.class(), Class::Forbidden, "{error}");
    let name = "x".parse().unwrap();
    let put =
        reader.put_artifact(&foreign.info.artifact_root(), &name, bytes::Bytes::new()).await.unwrap_err();
    assert_eq!(put.class(), Class::Forbidden, "{put}");
    run(&reader).await;
}

/// A user that may do everything in a new workspace, and nothing elsewhere; its name is the workspace's.
async fn manager(url: &str) -> (String, Auth) {
    let name = unique("team").replace('_', "-");
    let Auth::Basic { user, password } = login() else { panic!("no login") };
    // The first client of a process chooses the TLS library, and reqwest's own can't.
    let _chosen = Client::new(Settings::new(url)).unwrap();
    let post = async |path: &str, body: serde_json::Value| {
        let request = reqwest::Client::new().post(format!("{url}/api/{path}"));
        let request = request.basic_auth(&user, Some(password.reveal())).json(&body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    post("3.0/mlflow/workspaces", json!({"name": name})).await;
    post("2.0/mlflow/users/create", json!({"username": name, "password": "a-long-password-1"})).await;
    let made = post("3.0/mlflow/roles/create", json!({"workspace": name, "name": "managers"})).await;
    let role = &made["role"]["id"];
    let all = json!({"role_id": role, "resource_type": "workspace", "resource_pattern": "*", "permission": "MANAGE"});
    post("3.0/mlflow/roles/permissions/add", all).await;
    post("3.0/mlflow/roles/assign", json!({"username": name, "role_id": role})).await;
    let auth = Auth::Basic { user: name.clone(), password: Secret::new("a-long-password-1") };
    (name, auth)
}

#[tokio::test]
async fn a_model_that_is_not_there_is_missing_also_to_whoever_is_no_administrator() {
    let server = with_login_and_workspaces();
    let (workspace, auth) = manager(&server.url).await;
    let ours =
        Client::new(Settings { auth, workspace: Some(workspace.clone()), ..server.settings() }).unwrap();
    let name = "churn's best";
    let missing = ours.get_registered_model(name).await.unwrap_err();
    assert_eq!(missing.class(), Class::NotFound, "{missing}");
    let missing = ours.get_model_version_by_alias(name, "champion").await.unwrap_err();
    assert_eq!(missing.class(), Class::NotFound, "{missing}");
    ours.get_or_create_registered_model(name, "", &[]).await.unwrap();
    assert_eq!(ours.get_registered_model(name).await.unwrap().name, name);
    assert_eq!(ours.get_model_version_by_alias(name, "champion").await.unwrap(), None);

    // Who has no rights in the workspace can't tell whether it is there, and gets no further.
    let (_, stranger) = manager(&server.url).await;
    let theirs = Settings { auth: stranger, workspace: Some(workspace), ..server.settings() };
    let theirs = Client::new(theirs).unwrap();
    assert_eq!(theirs.get_registered_model(name).await.unwrap_err().class(), Class::NotFound);
    let refused = theirs.get_or_create_registered_model(name, "", &[]).await.unwrap_err();
    assert_eq!(refused.class(), Class::Forbidden, "{refused}");
}

#[tokio::test]
async fn names_live_in_their_workspace() {
    let server = with_workspaces();
    let team = unique("team").replace('_', "-");
    let created = reqwest::Client::new()
        .post(format!("{}/api/3.0/mlflow/workspaces", server.url))
        .json(&json!({"name": team}))
        .send()
        .await
        .unwrap();
    assert!(created.status().is_success(), "{}", created.text().await.unwrap());
    let of = |workspace: Option<&str>| {
        Client::new(Settings { workspace: workspace.map(str::to_owned), ..server.settings() }).unwrap()
    };
    let (ours, theirs) = (of(Some(&team)), of(None));
    assert!(ours.server_info().await.unwrap().workspaces_enabled);
    let made = experiment(&ours).await;
    assert_eq!(theirs.get_experiment_by_name(&made.name).await.unwrap(), None);
    assert_eq!(theirs.get_experiment(&made.experiment_id).await.unwrap_err().class(), Class::NotFound);
    let run = run(&ours).await;
    assert!(run.info.artifact_uri.contains(&team), "{}", run.info.artifact_uri);
    let name = "a/b.txt".parse().unwrap();
    ours.put_artifact(&run.info.artifact_root(), &name, bytes::Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(ours.get_artifact(&run.info.artifact_root(), &name, 9).await.unwrap(), "x");
    let unknown = of(Some("nowhere")).create_experiment("x", &[]).await.unwrap_err();
    assert_eq!(unknown.class(), Class::NotFound, "{unknown}");
}

#[tokio::test]
async fn a_workspace_on_a_server_without_workspaces_is_refused_for_good() {
    let name = unique("experiment");
    let settings = Settings { workspace: Some("team-a".to_owned()), ..shared().settings() };
    let client = Client::new(settings).unwrap();
    for _ in 0..2 {
        let error = client.create_experiment(&name, &[]).await.unwrap_err();
        assert!(matches!(&error, Error::WorkspacesOff { workspace } if workspace == "team-a"), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
    assert_eq!(shared().client().get_experiment_by_name(&name).await.unwrap(), None);
}

#[derive(Default)]
struct Seen(Mutex<Vec<Observation>>);

impl Observer for Seen {
    fn observe(&self, observation: Observation) {
        self.0.lock().unwrap().push(observation);
    }
}

#[tokio::test]
async fn each_request_is_observed_with_its_operation_and_code() {
    let seen = Arc::new(Seen::default());
    let settings = Settings { observer: Some(Arc::clone(&seen) as Arc<dyn Observer>), ..shared().settings() };
    let client = Client::new(settings).unwrap();
    let made = run(&client).await;
    seen.0.lock().unwrap().clear();
    let name = "f".parse().unwrap();
    client.get_run(&made.info.run_id).await.unwrap();
    client.get_run(&RunId::new("f".repeat(32))).await.unwrap_err();
    client.put_artifact(&made.info.artifact_root(), &name, bytes::Bytes::from_static(b"x")).await.unwrap();
    client.get_artifact(&made.info.artifact_root(), &name, 9).await.unwrap();
    let nowhere = Settings { base_url: "http://127.0.0.1:9".to_owned(), ..shared().settings() };
    let retry =
        RetryPolicy { attempts: 2, base: std::time::Duration::from_millis(1), ..RetryPolicy::default() };
    let observer = Some(Arc::clone(&seen) as Arc<dyn Observer>);
    Client::new(Settings { retry, observer, ..nowhere }).unwrap().health().await.unwrap_err();
    let observed = seen.0.lock().unwrap();
    let codes: Vec<_> = observed.iter().map(|one| (one.operation, one.code.as_str())).collect();
    let expected = [
        ("runs/get", "OK"),
        ("runs/get", "RESOURCE_DOES_NOT_EXIST"),
        ("artifacts/put", "OK"),
        ("artifacts/get", "OK"),
        ("health", "CONNECT"),
        ("health", "CONNECT"),
    ];
    assert_eq!(codes, expected);
    assert!(observed.iter().take(4).all(|one| !one.duration.is_zero()));
}
