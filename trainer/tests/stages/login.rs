//! Data behind a login over HTTP: a real MLflow server that asks for one, and a Secret's keys as a pod gets them.

use podium_contract::{Failed, JobDocument, Outcome, VALIDATE_RESULT_TAG};
use podium_mlflow::{Auth, Client, RunId, Secret, Settings};

use super::mlflow::{self, Server, outcome};
use super::{document, pod};

/// Puts the example rows behind a login; answers their address.
async fn guarded(server: &Server, username: &str, password: &str) -> String {
    drop(rustls::crypto::ring::default_provider().install_default());
    let auth = Auth::Basic { user: username.to_owned(), password: Secret::new(password) };
    let files = Client::new(Settings { auth, ..Settings::new(&server.url) }).unwrap();
    let experiment = mlflow::experiment(&files, "data").await;
    let id = mlflow::create_run(&files, &experiment, "data").await;
    let root = files.get_run(&id).await.unwrap().info.artifact_root();
    let rows = std::fs::read(mlflow::root().join("examples/data/breast_cancer.csv")).unwrap();
    files.put_artifact(&root, &"rows.csv".parse().unwrap(), rows.into()).await.unwrap();
    let uri = files.get_run(&id).await.unwrap().info.artifact_uri;
    let path = uri.trim_start_matches("mlflow-artifacts:/");
    format!("{}/api/2.0/mlflow-artifacts/artifacts/{path}/rows.csv", server.url)
}

/// Validates with these variables; what stands in the run.
async fn validated(client: &Client, document: &JobDocument, variables: &[(&str, &str)]) -> (i32, Outcome) {
    let parent = RunId::new(&document.tracking.run_id);
    client.delete_tag(&parent, VALIDATE_RESULT_TAG).await.ok();
    let (code, log) = pod::run_with(document, variables).await;
    assert!(!log.contains("podium-test-password"), "{log}");
    (code, outcome(&client.get_run(&parent).await.unwrap(), VALIDATE_RESULT_TAG))
}

#[tokio::test(flavor = "multi_thread")]
async fn data_behind_a_login_are_read_with_the_secret_s_and_a_wrong_or_missing_one_is_told() {
    let server = Server::start("login", &["--basic-auth", "--workers", "1"]);
    let login = mlflow::script(&["mlflow", "login"]);
    let (username, password) = login.split_once(' ').unwrap();
    let uri = guarded(&server, username, password).await;

    let url = &mlflow::shared().url;
    let client = mlflow::client(url);
    let experiment = mlflow::experiment(&client, "login").await;
    let parent = mlflow::create_run(&client, &experiment, "pipeline").await;
    let document = document::validate(url, &experiment, &parent, &uri, "target");
    let user = ("PODIUM_DATA_USERNAME", username);
    let allowed = ("PODIUM_DATA_ALLOW_HTTP", "true");

    let right = [user, ("PODIUM_DATA_PASSWORD", password), allowed];
    let (code, found) = validated(&client, &document, &right).await;
    let Outcome::Validated(found) = found else { panic!("{found:?}") };
    assert_eq!((code, found.rows), (0, 569));

    for (variables, reason, message) in [
        (
            vec![user, ("PODIUM_DATA_PASSWORD", "wrong"), allowed],
            "DataAccessDenied",
            "can't be read with these credentials: the server answered 401 Unauthorized; check data.credentialsSecret",
        ),
        (
            vec![],
            "DataAccessDenied",
            "can't be read without a login: the server answered 401 Unauthorized; name a Secret with username and password, or \
             token, as data.credentialsSecret",
        ),
        (
            right[..2].to_vec(),
            "InvalidCredentials",
            "can't be read with the Secret of data.credentialsSecret: a login is not sent over plain http, where it can be read \
             on the way; use https, or set the key allowHttp to true in the Secret",
        ),
    ] {
        let (code, found) = validated(&client, &document, &variables).await;
        let message = format!("data {uri} {message}");
        let failed = Failed { reason: reason.to_owned(), message };
        assert_eq!((code, found), (3, Outcome::Failed(failed)));
    }
}
