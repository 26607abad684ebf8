//! Data in a real S3-compatible server: read with the right login, refused clearly with a wrong one.

use std::path::PathBuf;

use podium_contract::{JobDocument, Outcome, RESULT_TAG, VALIDATE_RESULT_TAG};
use podium_mlflow::{Client, RunId};

use super::mlflow::{self, at_exit_stop, outcome, script};
use super::{data, document, pod};

struct S3 {
    folder: PathBuf,
    url: String,
    access: String,
    secret: String,
}

impl S3 {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("podium-trainer-s3-{name}-{}", std::process::id()));
        let url = script(&["s3", "start", folder.to_str().unwrap(), "0"]);
        at_exit_stop("s3", &folder);
        let login = script(&["s3", "login"]);
        let (access, secret) = login.split_once(' ').unwrap();
        Self { folder, url, access: access.to_owned(), secret: secret.to_owned() }
    }

    fn variables<'a>(&'a self, secret: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", &self.access),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_artifacts_lie_in_s3_is_served_without_mlflow_in_between() {
    let s3 = S3::start("artifacts");
    std::fs::create_dir_all(s3.folder.join("buckets/models")).unwrap();
    let url = &mlflow::shared().url;
    let client = mlflow::client(url);
    let answer: serde_json::Value = reqwest::Client::new()
        .post(format!("{url}/api/2.0/mlflow/experiments/create"))
        .json(&serde_json::json!({"name": "in-s3", "artifact_location": "s3://models/in-s3"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let experiment = podium_mlflow::ExperimentId::new(answer["experiment_id"].as_str().unwrap());
    let server = data::DataServer::start().await;
    let uri = server.put_shared("iris.csv");
    let run = mlflow::create_run(&client, &experiment, "pipeline").await;
    let base = document::validate(url, &experiment, &run, &uri, "species");
    let variables = s3.variables(&s3.secret);
    let (code, found) = ended(&client, &base, &variables).await;
    let Outcome::Validated(validated) = found else { panic!("{found:?}") };
    assert_eq!(code, 0);
    let logistic = document::candidate("logistic", "LogisticRegression", &[]);
    let id = mlflow::create_run(&client, &experiment, "candidate").await;
    let mut train = document::train(&base, &id, document::pinned(&validated), logistic.clone());
    assert_eq!(pod::run_with(&train, &variables).await.0, 0);
    let Outcome::Trained(trained) = outcome(&client.get_run(&id).await.unwrap(), RESULT_TAG) else {
        panic!()
    };
    let folder = s3.folder.join("buckets/models/in-s3").join(id.as_str()).join("artifacts/model");
    assert!(folder.join("model.podium").is_file() && folder.join("MLmodel").is_file());

    // The next attempt finds the model there; the evaluation reads it from there.
    client.delete_tag(&id, RESULT_TAG).await.unwrap();
    train.attempt = 2;
    train.data.uri = "http://127.0.0.1:9/gone.csv".to_owned();
    assert_eq!(pod::run_with(&train, &variables).await.0, 0);
    let evaluation = mlflow::create_run(&client, &experiment, "evaluation").await;
    let document =
        document::evaluate(&base, &evaluation, document::pinned(&validated), (logistic, &id, &trained), None);
    let (code, log) = pod::run_with(&document, &variables).await;
    assert_eq!(code, 0, "{log}");
}

async fn ended(client: &Client, document: &JobDocument, variables: &[(&str, &str)]) -> (i32, Outcome) {
    let (code, log) = pod::run_with(document, variables).await;
    let run = client.get_run(&RunId::new(&document.tracking.run_id)).await.unwrap();
    assert!(run.data.tag(VALIDATE_RESULT_TAG).is_some(), "{log}");
    (code, outcome(&run, VALIDATE_RESULT_TAG))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_with_the_right_login_and_each_refusal_says_what_is_wrong() {
    let s3 = S3::start("data");
    std::fs::create_dir_all(s3.folder.join("buckets/lake/2026")).unwrap();
    std::fs::write(s3.folder.join("buckets/lake/2026/iris.csv"), data::shared("iris.csv")).unwrap();
    let url = &mlflow::shared().url;
    let client = mlflow::client(url);
    let experiment = mlflow::experiment(&client, "s3").await;
    let for_uri = async |uri: &str| {
        let run = mlflow::create_run(&client, &experiment, "pipeline").await;
        document::validate(url, &experiment, &run, uri, "species")
    };

    let document = for_uri("s3://lake/2026/iris.csv").await;
    let (code, found) = ended(&client, &document, &s3.variables(&s3.secret)).await;
    let Outcome::Validated(validated) = found else { panic!("{found:?}") };
    assert_eq!((code, validated.rows, validated.duplicates, validated.classes), (0, 149, 1, 3));

    for (uri, secret, reason) in [
        ("s3://lake/2026/iris.csv", Some("wrong-secret"), "DataAccessDenied"),
        ("s3://lake/2026/iris.csv", None, "DataAccessDenied"),
        ("s3://lake/2026/wine.csv", Some(s3.secret.as_str()), "DataNotFound"),
        ("s3://sea/2026/iris.csv", Some(s3.secret.as_str()), "DataNotFound"),
    ] {
        let document = for_uri(uri).await;
        let mut variables = s3.variables(secret.unwrap_or_default());
        if secret.is_none() {
            variables.truncate(3);
        }
        let (code, found) = ended(&client, &document, &variables).await;
        let Outcome::Failed(failed) = found else { panic!("{found:?}") };
        assert_eq!((code, failed.reason.as_str()), (3, reason), "{}", failed.message);
        assert!(failed.message.contains(uri), "{}", failed.message);
        assert!(!failed.message.contains("wrong-secret"), "{}", failed.message);
    }
}
