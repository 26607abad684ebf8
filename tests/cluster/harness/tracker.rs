//! MLflow servers that pods can reach, and what the tests count there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use podium_contract::{CANDIDATE_TAG, ROLE_TAG, TRIAL_RESULT_TAG, TRIAL_TAG, TrialRecord};
use podium_mlflow::{
    Auth, Client, CreateRun, Filter, ModelVersion, ModelVersionQuery, Run, RunQuery, RunStatus, Settings,
};

use super::machine::{HOST, folder, free_port, script, stop_at_the_end};

/// A server with a client.
#[derive(Clone)]
pub struct Tracker {
    pub url: String,
    pub client: Client,
    folder: PathBuf,
    options: Vec<String>,
}

/// The runs of one pipeline that are not deleted.
#[derive(Debug, Default)]
pub struct Runs {
    pub parents: Vec<Run>,
    pub candidates: BTreeMap<String, Vec<Run>>,
    pub evaluations: Vec<Run>,
}

impl Tracker {
    /// The server that most tests share, started when first asked for.
    pub fn shared() -> Self {
        static SERVER: OnceLock<(String, PathBuf)> = OnceLock::new();
        let (url, folder) = SERVER.get_or_init(|| {
            let server = Self::own("mlflow", &[]);
            (server.url, server.folder)
        });
        Self::at(url.clone(), folder, &[])
    }

    /// A server of one test, which it may stop and start.
    pub fn own(stem: &str, options: &[&str]) -> Self {
        let folder = folder(stem);
        stop_at_the_end("mlflow", &folder);
        let tracker = Self::at(format!("http://{HOST}:{}", free_port(HOST)), &folder, options);
        tracker.start();
        tracker
    }

    /// A server of one test behind TLS, with the certificate of its authority, which nobody's system trusts.
    pub fn encrypted(stem: &str) -> (Self, String) {
        let plain = Self::own(stem, &["--tls", "--workers", "1"]);
        let authority = std::fs::read_to_string(plain.folder.join("ca.pem")).unwrap();
        let url = plain.url.replace("http://", "https://");
        let settings = Settings { certificate_authorities: Some(authority.clone()), ..Settings::new(&url) };
        (Self { url, client: Client::new(settings).unwrap(), ..plain }, authority)
    }

    fn at(url: String, folder: &Path, options: &[&str]) -> Self {
        // Tests call before any operator or client of theirs has chosen one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new(Settings::new(&url)).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self { url, client, folder: folder.to_owned(), options }
    }

    /// The same server, seen by a client with a login in a workspace.
    pub fn seen(&self, auth: Auth, workspace: &str) -> Self {
        let settings = Settings { auth, workspace: Some(workspace.to_owned()), ..Settings::new(&self.url) };
        Self { client: Client::new(settings).unwrap(), ..self.clone() }
    }

    /// Starts the server, again at the same address with all that it had.
    pub fn start(&self) {
        let port = self.url.rsplit(':').next().unwrap();
        let hosts = format!("{HOST}:*");
        let fixed = ["mlflow", "start", self.folder.to_str().unwrap(), port, HOST];
        let server = ["--server", "uvicorn", "--allowed-hosts", hosts.as_str()];
        let own = self.options.iter().map(String::as_str);
        script(&fixed.into_iter().chain(server).chain(own).collect::<Vec<_>>());
    }

    /// Stops the server.
    pub fn stop(&self) {
        script(&["mlflow", "stop", self.folder.to_str().unwrap()]);
    }

    /// Keeps a file as an artifact of a run, and gives the address by which the server hands it out.
    pub async fn stored(&self, name: &str, text: String) -> String {
        let experiment = self.client.create_experiment("files", &[]).await.unwrap();
        let holder = CreateRun { experiment_id: experiment, run_name: None, start_time_ms: 0, tags: vec![] };
        let run = self.client.create_run(&holder).await.unwrap();
        let place = run.info.artifact_root();
        self.client.put_artifact(&place, &name.parse().unwrap(), text.into()).await.unwrap();
        let path = run.info.artifact_uri.trim_start_matches("mlflow-artifacts:/");
        format!("{}/api/2.0/mlflow-artifacts/artifacts/{path}/{name}", self.url)
    }

    /// The runs of a pipeline, by what they are for.
    pub async fn runs(&self, namespace: &str, pipeline: &str) -> Runs {
        self.runs_in(&format!("{namespace}/{pipeline}")).await
    }

    /// The runs of an experiment by its full name.
    pub async fn runs_in(&self, name: &str) -> Runs {
        let mut runs = Runs::default();
        let Some(experiment) = self.client.get_experiment_by_name(name).await.unwrap() else { return runs };
        let query = RunQuery::of([experiment.experiment_id]);
        for run in self.client.search_all_runs(&query, 10_000).await.unwrap() {
            match run.data.tag(ROLE_TAG) {
                Some("pipeline") => runs.parents.push(run),
                Some("evaluation") => runs.evaluations.push(run),
                Some("candidate") => {
                    let name = run.data.tag(CANDIDATE_TAG).unwrap().to_owned();
                    runs.candidates.entry(name).or_default().push(run);
                }
                other => panic!("a run of the role {other:?} in {name}"),
            }
        }
        runs
    }

    /// The runs of a sweep's experiment with a role.
    pub async fn runs_of_role(&self, namespace: &str, sweep: &str, role: &str) -> Vec<Run> {
        let name = format!("{namespace}/{sweep}");
        let Some(experiment) = self.client.get_experiment_by_name(&name).await.unwrap() else {
            return vec![];
        };
        let query = RunQuery::of([experiment.experiment_id]).filter(Filter::tag(ROLE_TAG).eq(role));
        self.client.search_all_runs(&query, 100_000).await.unwrap()
    }

    /// Deletes the runs of a sweep's trials that run, as somebody might, until one was hit. Numbers of the trials that had not ended.
    pub async fn delete_open_trials(&self, namespace: &str, sweep: &str) -> Vec<i64> {
        for _ in 0..300 {
            let mut hit = Vec::new();
            for run in self.runs_of_role(namespace, sweep, "trial").await {
                if run.info.status.is(RunStatus::Running) {
                    self.client.delete_run(&run.info.run_id).await.unwrap();
                    // What is written later is refused: as it is now it stays.
                    let left = self.client.get_run(&run.info.run_id).await.unwrap();
                    let has_ended = left.data.tag(TRIAL_RESULT_TAG).is_some();
                    hit.extend((!has_ended).then(|| record(&run).number));
                }
            }
            if !hit.is_empty() {
                return hit;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no trial of {sweep} runs");
    }

    /// All versions of a registered model.
    pub async fn versions(&self, model: &str) -> Vec<ModelVersion> {
        let filter = Filter::attribute("name").eq(model);
        let query = ModelVersionQuery { filter, ..ModelVersionQuery::default() };
        self.client.search_all_model_versions(&query, 10_000).await.unwrap()
    }

    /// The version that holds an alias of a registered model.
    pub async fn alias(&self, model: &str, alias: &str) -> Option<u64> {
        let model = self.client.get_registered_model(model).await.unwrap();
        model.alias(alias).map(podium_mlflow::VersionNumber::get)
    }
}

impl Runs {
    /// All runs.
    pub fn all(&self) -> impl Iterator<Item = &Run> {
        self.parents.iter().chain(&self.evaluations).chain(self.candidates.values().flatten())
    }

    /// How many there are of each: parents, one entry a candidate, evaluations.
    pub fn counts(&self) -> (usize, Vec<(&str, usize)>, usize) {
        let candidates = self.candidates.iter().map(|(name, runs)| (name.as_str(), runs.len())).collect();
        (self.parents.len(), candidates, self.evaluations.len())
    }

    /// Their states, each once.
    pub fn states(&self) -> Vec<RunStatus> {
        let mut states: Vec<RunStatus> = Vec::new();
        for state in self.all().map(|run| run.info.status.known().unwrap()) {
            if !states.contains(&state) {
                states.push(state);
            }
        }
        states
    }
}

/// What stands in the run of a trial about it.
pub fn record(run: &Run) -> TrialRecord {
    serde_json::from_str(run.data.tag(TRIAL_TAG).unwrap()).unwrap()
}
