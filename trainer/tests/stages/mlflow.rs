//! One real MLflow server for this test binary, and what a test asks of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use podium_contract::{Outcome, StageResult};
use podium_mlflow::{
    ArtifactPath, Client, CreateRun, Dataset, DatasetInput, ExperimentId, Run, RunId, RunStatus, Settings,
    Tag,
};
use serde_json::json;

/// Root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub fn script(arguments: &[&str]) -> String {
    let output =
        Command::new(root().join("scripts").join(arguments[0])).args(&arguments[1..]).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A server in a folder of its own, stopped when the process ends.
pub struct Server {
    folder: PathBuf,
    pub url: String,
}

/// Kind and folder of each server that this process started.
static STARTED: Mutex<Vec<(&str, PathBuf)>> = Mutex::new(Vec::new());

extern "C" fn stop_all() {
    for (kind, folder) in STARTED.lock().unwrap().drain(..) {
        script(&[kind, "stop", folder.to_str().unwrap()]);
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Stops the server of a folder when this process ends, however its tests end.
pub fn at_exit_stop(kind: &'static str, folder: &Path) {
    let mut started = STARTED.lock().unwrap();
    if started.is_empty() {
        exit::at_exit(stop_all);
    }
    started.push((kind, folder.to_owned()));
}

impl Server {
    pub fn start(name: &str, options: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("podium-trainer-{name}-{}", std::process::id()));
        let mut arguments = vec!["mlflow", "start", folder.to_str().unwrap(), "0"];
        arguments.extend(options);
        let url = script(&arguments);
        at_exit_stop("mlflow", &folder);
        Self { folder, url }
    }

    /// A file of its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn stop(&self) {
        script(&["mlflow", "stop", self.folder.to_str().unwrap()]);
    }

    /// On the same port, with the same data.
    pub fn start_again(&self) {
        let port = self.url.rsplit(':').next().unwrap();
        script(&["mlflow", "start", self.folder.to_str().unwrap(), port]);
    }
}

/// `atexit` without a dependency of its own: libc is linked anyway.
mod exit {
    #![allow(unsafe_code)]

    unsafe extern "C" {
        fn atexit(callback: extern "C" fn()) -> i32;
    }

    pub fn at_exit(callback: extern "C" fn()) {
        // SAFETY: the callback is a plain function that lives as long as the program.
        unsafe {
            atexit(callback);
        }
    }
}

/// The server of most tests.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("stages", &[]))
}

pub fn client(url: &str) -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::new(Settings::new(url)).unwrap()
}

/// An experiment of its own for a test.
pub async fn experiment(client: &Client, name: &str) -> ExperimentId {
    client.get_or_create_experiment(name, &[]).await.unwrap().experiment_id
}

pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

pub async fn create_run(client: &Client, experiment: &ExperimentId, name: &str) -> RunId {
    let run = CreateRun {
        experiment_id: experiment.clone(),
        run_name: Some(name.to_owned()),
        start_time_ms: now_ms(),
        tags: vec![Tag::new("podium.dev/role", "candidate")],
    };
    client.create_run(&run).await.unwrap().info.run_id
}

pub fn result(run: &Run, tag: &str) -> Option<StageResult> {
    run.data.tag(tag).map(|text| serde_json::from_str(text).unwrap())
}

pub fn outcome(run: &Run, tag: &str) -> Outcome {
    result(run, tag).unwrap_or_else(|| panic!("no {tag} in {:?}", run.data.tags)).outcome
}

pub fn metric(run: &Run, name: &str) -> f64 {
    run.data.metric(name).unwrap_or_else(|| panic!("no metric {name}")).value.get()
}

pub async fn artifact(client: &Client, run: &Run, path: &str) -> Vec<u8> {
    let path: ArtifactPath = path.parse().unwrap();
    client.get_artifact(&run.info.artifact_root(), &path, 1 << 30).await.unwrap().to_vec()
}

/// The shared breast cancer data as a run must list them: 569 rows of 30 features and the target.
pub fn breast_cancer_input(uri: &str, digest: &str, context: &str) -> DatasetInput {
    let text = super::data::shared("breast_cancer.csv");
    let names: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let column = |name: &&str| json!({ "type": "double", "name": name, "required": *name == "target" });
    DatasetInput {
        dataset: Dataset {
            name: uri.rsplit('/').next().unwrap().to_owned(),
            digest: digest[..36].to_owned(),
            source_type: "http".to_owned(),
            source: json!({ "uri": uri }).to_string(),
            schema: Some(
                json!({ "mlflow_colspec": names.iter().map(column).collect::<Vec<_>>() }).to_string(),
            ),
            profile: Some(json!({ "num_rows": 569, "num_columns": 31 }).to_string()),
        },
        tags: vec![Tag::new("mlflow.data.context", context)],
    }
}

pub fn is_finished(run: &Run) -> bool {
    run.info.status.is(RunStatus::Finished)
}
