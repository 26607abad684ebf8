//! A registered folder in Python: `mlflow.pyfunc.load_model` loads it and predicts what our own file predicts.

use std::process::Command;

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

#[tokio::test(flavor = "multi_thread")]
async fn python_loads_the_evaluated_model_and_predicts_the_same() {
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated("python", &uri, "target", |document| {
        document.evaluation.calibration = podium_contract::Calibration::Platt;
        document.evaluation.metric = Some("f1_score".to_owned());
        document.evaluation.threshold = podium_contract::Threshold::Auto;
    })
    .await;
    let python = script(&["pyenv"]);
    for learner in [
        candidate("logistic", "LogisticRegression", &[]),
        candidate("forest", "RandomForest", &[("n_estimators", json!(20))]),
    ] {
        let (id, _, trained) = pipeline.train(&learner).await;
        let (run, _) = pipeline.evaluate((&learner, &id, &trained), None).await;
        let folder = tempfile::tempdir().unwrap();
        for name in ["MLmodel", "model.onnx", "model.podium", "requirements.txt", "python_env.yaml"] {
            let bytes = artifact(&pipeline.client, &run, &format!("model/{name}")).await;
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let output = Command::new(format!("{python}/bin/python"))
            .args(["-c", PREDICT])
            .arg(folder.path())
            .arg(root().join("../shared/data/breast_cancer.csv"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let theirs: Value = serde_json::from_slice(&output.stdout).unwrap();

        let file = std::fs::read(folder.path().join("model.podium")).unwrap();
        let files = [("model.podium".to_owned(), file.into())].into();
        let model = read(&files, Reading { limit: 1 << 30, threads: 1 }).unwrap();
        let loaded = Loaded::read(shared("breast_cancer.csv").into(), podium_contract::Format::Csv).unwrap();
        let rows: Vec<usize> = (0..loaded.table.rows()).collect();
        let ours = model.predict(&loaded.table, &rows, None).unwrap();
        let labels = ours.labels(Some(1), model.body.decision.threshold).unwrap();
        let podium_tabular::metric::Predictions::Probabilities { values, .. } = ours else { panic!() };
        for row in rows {
            let (p, q) = (values[row * 2 + 1], theirs["probability_1"][row].as_f64().unwrap());
            assert!(
                (p - q).abs() <= 1e-6 + 1e-5 * p.abs(),
                "{}, row {row}: ours {p}, Python's {q}",
                learner.name
            );
            if (p - model.body.decision.threshold).abs() > 2e-5 {
                assert_eq!(theirs["label"][row].as_f64(), Some(f64::from(labels[row])), "row {row}");
            }
        }
    }
}
