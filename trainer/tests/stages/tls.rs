//! MLflow and data behind https whose authority is the cluster's own: trusted by the document, or by the system's bundle.

use std::sync::OnceLock;

use podium_contract::{Outcome, VALIDATE_RESULT_TAG};
use podium_mlflow::{Client, Run, Settings};

use super::data::DataServer;
use super::mlflow::{self, Server};
use super::{document, pod};

fn encrypted() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("tls", &["--tls", "--workers", "1"]))
}

fn authority() -> String {
    std::fs::read_to_string(encrypted().file("ca.pem")).unwrap()
}

fn client() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let certificate_authorities = Some(authority());
    Client::new(Settings { certificate_authorities, ..Settings::new(&encrypted().url) }).unwrap()
}

fn rows() -> Vec<u8> {
    std::fs::read(mlflow::root().join("examples/data/breast_cancer.csv")).unwrap()
}

fn is_validated(run: &Run) -> bool {
    matches!(mlflow::outcome(run, VALIDATE_RESULT_TAG), Outcome::Validated(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_trusts_the_authorities_of_its_document_or_of_its_system_and_no_others() {
    let (server, client) = (encrypted(), client());
    let experiment = mlflow::experiment(&client, "tls").await;
    let data = DataServer::start().await;
    let uri = data.put("rows.csv", rows());
    let first = mlflow::create_run(&client, &experiment, "by the system").await;
    let mut document = document::validate(&server.url, &experiment, &first, &uri, "target");

    let (code, log) = pod::run(&document).await;
    assert_eq!(code, 5, "{log}");
    assert!(log.contains("an authority signed it that is not trusted"), "{log}");

    let bundle = server.file("ca.pem");
    let (code, log) = pod::run_with(&document, &[("SSL_CERT_FILE", bundle.to_str().unwrap())]).await;
    assert_eq!(code, 0, "{log}");
    let second = mlflow::create_run(&client, &experiment, "by the document").await;
    document.tracking.run_id = second.to_string();
    document.certificate_authorities = Some(authority());
    pod::run_well(&document).await;
    for id in [first, second] {
        assert!(is_validated(&client.get_run(&id).await.unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_behind_the_same_authority_is_read() {
    let (server, files) = (encrypted(), client());
    let experiment = mlflow::experiment(&files, "tls-data").await;
    let id = mlflow::create_run(&files, &experiment, "data").await;
    let holder = files.get_run(&id).await.unwrap();
    files
        .put_artifact(&holder.info.artifact_root(), &"rows.csv".parse().unwrap(), rows().into())
        .await
        .unwrap();
    let path = holder.info.artifact_uri.trim_start_matches("mlflow-artifacts:/");
    let uri = format!("{}/api/2.0/mlflow-artifacts/artifacts/{path}/rows.csv", server.url);

    let url = &mlflow::shared().url;
    let plain = mlflow::client(url);
    let experiment = mlflow::experiment(&plain, "tls-data").await;
    let parent = mlflow::create_run(&plain, &experiment, "pipeline").await;
    let mut document = document::validate(url, &experiment, &parent, &uri, "target");
    document.certificate_authorities = Some(authority());
    pod::run_well(&document).await;
    assert!(is_validated(&plain.get_run(&parent).await.unwrap()));
}
