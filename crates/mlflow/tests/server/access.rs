//! Who may speak to the server, under which name, and what the server says about itself.

use std::sync::{Arc, Mutex};

use podium_mlflow::{
    Auth, Class, Client, Error, Observation, Observer, RetryPolicy, RunId, Secret, Settings,
};
use serde_json::json;

use crate::{
    logins::{login, manager, reader},
    proxy::Proxy,
    raw::post,
    support::{experiment, run, shared, unique, with_login, with_login_and_workspaces, with_workspaces},
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
    let Auth::Basic { user: known, .. } = login() else { panic!("no login") };
    let wrong =
        [("ann", "wrong-password"), (&known, "wrong-password"), (&known, ""), ("", ""), ("änn", "größe")];
    let wrong =
        wrong.map(|(user, password)| Auth::Basic { user: user.to_owned(), password: Secret::new(password) });
    for auth in wrong.into_iter().chain([Auth::None]) {
        let client = of(auth.clone());
        let created = client.create_experiment("never", &[]).await.unwrap_err();
        let read = client.get_experiment_by_name("never").await.unwrap_err();
        assert_eq!([created.class(), read.class()], [Class::Unauthorised; 2], "{auth:?}: {created}");
    }
    let client = of(login());
    assert_eq!(client.get_experiment_by_name("never").await.unwrap(), None);
    run(&client).await;
}

/// MLflow's own login fails on a token, with the very page that any other failure gets. So it can't be told to be a
/// refused login, and passes for a failure that may go by. Once this test fails, the two can be told apart.
#[tokio::test]
async fn a_token_where_a_password_is_asked_for_gets_the_page_of_any_failure() {
    let server = with_login();
    let token = Auth::Bearer(Secret::new("token"));
    let refused = post(server, &token, "experiments/search", r#"{"max_results": 1}"#).await;
    let failed = post(server, &login(), "experiments/search", r#""no object""#).await;
    assert_eq!((&refused, refused.0), (&failed, 500));
    let client = Client::new(Settings { auth: token, ..server.settings() }).unwrap();
    let error = client.get_experiment_by_name("x").await.unwrap_err();
    assert!(matches!(error, Error::Unexpected { status: 500, .. }), "{error}");
    assert_eq!(error.class(), Class::Retry);
}

#[tokio::test]
async fn writing_without_permission_is_forbidden() {
    let server = with_login();
    let admin = Client::new(Settings { auth: login(), ..server.settings() }).unwrap();
    let foreign = run(&admin).await;
    let reader = Client::new(Settings { auth: reader(server).await, ..server.settings() }).unwrap();
    assert_eq!(reader.get_run(&foreign.info.run_id).await.unwrap(), foreign);
    let error = reader.delete_run(&foreign.info.run_id).await.unwrap_err();
    assert_eq!(error.class(), Class::Forbidden, "{error}");
    let name = "x".parse().unwrap();
    let put =
        reader.put_artifact(&foreign.info.artifact_root(), &name, bytes::Bytes::new()).await.unwrap_err();
    assert_eq!(put.class(), Class::Forbidden, "{put}");
    run(&reader).await;
}

#[tokio::test]
async fn a_model_that_is_not_there_is_missing_also_to_whoever_is_no_administrator() {
    let server = with_login_and_workspaces();
    let (workspace, auth) = manager(server).await;
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
    let (_, stranger) = manager(server).await;
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
