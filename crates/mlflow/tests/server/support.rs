//! Real servers for the tests of this binary: each kind started once, when first asked for, and stopped when
//! the binary has ended, however it ended.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use podium_mlflow::{Client, CreateRun, Experiment, Run, Settings, Tag};

/// A server that runs.
pub struct Server {
    pub url: String,
}

/// The server that most tests share: gunicorn, over sqlite or PostgreSQL (`PODIUM_TEST_BACKEND=postgres`).
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        if is_postgres() {
            let (folder, uri) = postgres("shared-db");
            let server = start("shared", &["--backend", &uri]);
            stop_at_the_end("postgres", &folder);
            return server;
        }
        start("shared", &[])
    })
}

/// Whether this run of the tests is the one over PostgreSQL.
pub fn is_postgres() -> bool {
    match std::env::var("PODIUM_TEST_BACKEND").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("PODIUM_TEST_BACKEND is sqlite or postgres, not {other}"),
    }
}

/// A server with one uvicorn worker: the one that more than 15 batches at once can deadlock.
pub fn uvicorn() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("uvicorn", &["--server", "uvicorn", "--workers", "1"]))
}

/// A server that asks for a login.
pub fn with_login() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("login", &["--basic-auth", "--workers", "1"]))
}

/// A server with workspaces.
pub fn with_workspaces() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("workspaces", &["--workspaces", "--workers", "1"]))
}

/// A server with workspaces that asks for logins.
pub fn with_login_and_workspaces() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("closed", &["--basic-auth", "--workspaces", "--workers", "1"]))
}

/// Starts a PostgreSQL server; gives its folder and URI.
pub fn postgres(name: &str) -> (PathBuf, String) {
    let folder = folder(name);
    let uri = script("postgres", &["start", &folder.display().to_string(), "0"]);
    (folder, uri)
}

/// Starts an MLflow server with these options, to be stopped when this process has ended.
pub fn start(name: &str, options: &[&str]) -> Server {
    let folder = folder(name);
    stop_at_the_end("mlflow", &folder);
    let path = folder.display().to_string();
    let arguments: Vec<&str> = ["start", &path, "0"].into_iter().chain(options.iter().copied()).collect();
    Server { url: script("mlflow", &arguments) }
}

/// Runs one of the project's scripts; a test without its server fails here, with the script's own message.
pub fn script(name: &str, arguments: &[&str]) -> String {
    try_script(name, arguments)
        .unwrap_or_else(|said| panic!("scripts/{name} {arguments:?} failed, so this test can't run: {said}"))
}

/// As [`script`]; an error is what a script that failed said.
pub fn try_script(name: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(scripts().join(name)).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts")
}

/// Where a server of this process keeps its files.
pub fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("podium-mlflow-{}-{name}", std::process::id()))
}

/// Statics are not dropped, and a killed test drops nothing at all: a shell outlives this process and cleans up.
pub fn stop_at_the_end(what: &str, folder: &Path) {
    let clean_up = "(while kill -0 \"$1\"; do sleep 0.3; done; \"$2\" stop \"$3\"; rm -rf \"$3\") &";
    let status = Command::new("bash")
        .args(["-c", clean_up, "clean-up", &std::process::id().to_string()])
        .arg(scripts().join(what))
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

impl Server {
    /// Settings of a client of this server.
    pub fn settings(&self) -> Settings {
        Settings::new(&self.url)
    }

    /// A client of this server.
    pub fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }
}

/// A name that no other test uses.
pub fn unique(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Now in milliseconds since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// A new experiment.
pub async fn experiment(client: &Client) -> Experiment {
    client.get_or_create_experiment(&unique("experiment"), &[]).await.unwrap()
}

/// What a new run of an experiment is made from.
pub fn run_in(experiment: &Experiment, tags: Vec<Tag>) -> CreateRun {
    let experiment_id = experiment.experiment_id.clone();
    CreateRun { experiment_id, run_name: Some("job".to_owned()), start_time_ms: now_ms(), tags }
}

/// A new run in an experiment of its own.
pub async fn run(client: &Client) -> Run {
    let experiment = experiment(client).await;
    client.create_run(&run_in(&experiment, Vec::new())).await.unwrap()
}
