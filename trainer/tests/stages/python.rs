//! A model in Python: `mlflow.pyfunc.load_model` loads it, from a folder, a run or the registry of a real server, and predicts what
//! our own file predicts.

use std::process::Command;

use podium_contract::Candidate;
use podium_mlflow::{CreateModelVersion, Run};
use podium_tabular::metric::Predictions;
use podium_trainer::model::{Reading, read};
use podium_trainer::stage::Loaded;
use serde_json::{Value, json};

use super::data::{DataServer, shared};
use super::document::candidate;
use super::mlflow::{artifact, root, script};
use super::pipeline::Pipeline;

const PREDICT: &str = r#"
import json, sys, warnings
warnings.filterwarnings("ignore")
import mlflow, pandas
from mlflow.artifacts import download_artifacts
folder, data = sys.argv[1], sys.argv[2]
model = mlflow.pyfunc.load_model(folder)
names = [column.name for column in model.metadata.signature.inputs]
frame = pandas.read_csv(data)[names].astype("float64")
out = model.predict(frame)
out = out if isinstance(out, dict) else {key: out[key] for key in out}
print(json.dumps({key: [float(v) for v in values] for key, values in out.items()}))
"#;

/// Where Python finds a model.
enum Place {
    Folder(tempfile::TempDir),
    /// `runs:/` or `models:/` of the server that the tests share.
    Uri(String),
}

/// The files of an evaluated model, copied to this machine.
async fn in_folder(pipeline: &Pipeline, run: &Run) -> Place {
    let folder = tempfile::tempdir().unwrap();
    for name in ["MLmodel", "model.onnx", "model.podium", "requirements.txt", "python_env.yaml"] {
        let bytes = artifact(&pipeline.client, run, &format!("model/{name}")).await;
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    Place::Folder(folder)
}

fn in_run(run: &Run) -> Place {
    Place::Uri(format!("runs:/{}/model", run.info.run_id))
}

/// Registers it, as the operator does.
async fn in_registry(pipeline: &Pipeline, run: &Run, name: &str) -> Place {
    pipeline.client.create_registered_model(name, "", &[]).await.unwrap();
    let version = CreateModelVersion {
        name: name.to_owned(),
        source: format!("{}/model", run.info.artifact_uri),
        model_id: None,
        run_id: Some(run.info.run_id.clone()),
        description: String::new(),
        tags: Vec::new(),
    };
    let made = pipeline.client.create_model_version(&version).await.unwrap();
    Place::Uri(format!("models:/{name}/{}", made.version))
}

/// What Python predicts for the rows of a shared file.
fn python(place: &Place, data: &str) -> Value {
    let python = script(&["pyenv"]);
    let mut command = Command::new(format!("{python}/bin/python"));
    command.args(["-c", PREDICT]);
    match place {
        Place::Folder(folder) => command.arg(folder.path()),
        Place::Uri(uri) => command.arg(uri),
    };
    let output = command
        .arg(root().join("../shared/data").join(data))
        .env("MLFLOW_TRACKING_URI", &super::mlflow::shared().url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What our own file predicts for the same rows, and the threshold of its labels.
async fn ours(pipeline: &Pipeline, run: &Run, data: &str) -> (Predictions, f64) {
    let file = artifact(&pipeline.client, run, "model/model.podium").await;
    let files = [("model.podium".to_owned(), file.into())].into();
    let model = read(&files, Reading { limit: 1 << 30, threads: 1 }).unwrap();
    let loaded = Loaded::read(shared(data).into(), podium_contract::Format::Csv).unwrap();
    let rows: Vec<usize> = (0..loaded.table.rows()).collect();
    let predictions = model.predict(&loaded.table, &rows, None).unwrap();
    (predictions, model.body.decision.threshold)
}

/// How far two predictions may lie apart: `sd` is the target's standard deviation, 0 for classes.
fn tolerance(theirs: f64, sd: f64) -> f64 {
    1e-6 * sd.max(1.0) + 1e-5 * theirs.abs()
}

/// Trains and evaluates a learner.
async fn evaluated(pipeline: &Pipeline, learner: &Candidate) -> Run {
    let (id, _, trained) = pipeline.train(learner).await;
    pipeline.evaluate((learner, &id, &trained), None).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn python_loads_classifiers_from_a_folder_a_run_and_the_registry_and_predicts_the_same() {
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated("python", &uri, "target", |document| {
        document.evaluation.calibration = podium_contract::Calibration::Platt;
        document.evaluation.metric = Some("f1_score".to_owned());
        document.evaluation.threshold = podium_contract::Threshold::Auto;
    })
    .await;
    let net = [("hidden", json!([16, 8])), ("epochs", json!(20)), ("dropout", json!(0.1))];
    for learner in [
        candidate("logistic", "LogisticRegression", &[]),
        candidate("forest", "RandomForest", &[("n_estimators", json!(20))]),
        candidate("net", "TorchMLP", &net),
    ] {
        let run = evaluated(&pipeline, &learner).await;
        let place = match learner.name.as_str() {
            "logistic" => in_folder(&pipeline, &run).await,
            "forest" => in_run(&run),
            _ => in_registry(&pipeline, &run, "python-net").await,
        };
        let theirs = python(&place, "breast_cancer.csv");
        let (ours, threshold) = ours(&pipeline, &run, "breast_cancer.csv").await;
        let labels = ours.labels(Some(1), threshold).unwrap();
        let Predictions::Probabilities { values, .. } = ours else { panic!("{ours:?}") };
        assert_eq!((labels.len(), theirs["label"].as_array().unwrap().len()), (569, 569));
        let name = &learner.name;
        for row in 0..569 {
            for class in 0..2 {
                let (a, b) =
                    (values[row * 2 + class], theirs[format!("probability_{class}")][row].as_f64().unwrap());
                assert!((a - b).abs() <= tolerance(b, 0.0), "{name}, row {row}: ours {a}, Python's {b}");
            }
            if (values[row * 2 + 1] - threshold).abs() > tolerance(threshold, 0.0) {
                assert_eq!(theirs["label"][row].as_f64(), Some(f64::from(labels[row])), "{name}, row {row}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_loads_regressions_from_the_registry_and_a_run_and_predicts_the_same() {
    let server = DataServer::start().await;
    let uri = server.put_shared("diabetes.csv");
    let pipeline = Pipeline::validated("python-numbers", &uri, "target", |_| {}).await;
    let net = [("hidden", json!([16])), ("epochs", json!(60))];
    let targets: Vec<f64> = shared("diabetes.csv")
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
        .collect();
    let mean = targets.iter().sum::<f64>() / 442.0;
    let sd = (targets.iter().map(|target| (target - mean).powi(2)).sum::<f64>() / 442.0).sqrt();
    assert!((77.0..77.3).contains(&sd), "{sd}");
    for learner in
        [candidate("linear", "LinearRegression", &[]), candidate("net-of-numbers", "TorchMLP", &net)]
    {
        let run = evaluated(&pipeline, &learner).await;
        let place = match learner.algorithm.as_str() {
            "LinearRegression" => in_registry(&pipeline, &run, "python-linear").await,
            _ => in_run(&run),
        };
        let theirs = python(&place, "diabetes.csv");
        let (ours, _) = ours(&pipeline, &run, "diabetes.csv").await;
        let Predictions::Values(values) = ours else { panic!("{ours:?}") };
        assert_eq!((values.len(), theirs["prediction"].as_array().unwrap().len()), (442, 442));
        for (row, a) in values.into_iter().enumerate() {
            let b = theirs["prediction"][row].as_f64().unwrap();
            assert!((a - b).abs() <= tolerance(b, sd), "{}, row {row}: ours {a}, Python's {b}", learner.name);
        }
    }
}
