//! The binary as a pod runs it.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use podium_contract::JobDocument;

/// A process with its document.
pub struct Pod {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Pod {
    pub fn start(document: &JobDocument, variables: &[(&str, &str)]) -> Self {
        Self::start_as(&["run"], document, variables)
    }

    /// With these words, to which the document is added.
    fn start_as(words: &[&str], document: &JobDocument, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("job.json");
        std::fs::write(&path, document.to_json().unwrap()).unwrap();
        let child = command(words, path)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, _folder: folder }
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Exit status and log.
    pub fn wait(self) -> (ExitStatus, String) {
        let Output { status, stderr, .. } = self.child.wait_with_output().unwrap();
        (status, String::from_utf8_lossy(&stderr).into_owned())
    }
}

fn command(words: &[&str], document: PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podium-trainer"));
    command
        .args(words)
        .arg("--document")
        .arg(document)
        .env("OMP_WAIT_POLICY", "PASSIVE")
        .env("RUST_LOG", "info");
    command
}

/// Runs to the end, beside the servers of this process; answers exit code and log.
pub async fn run_with(document: &JobDocument, variables: &[(&str, &str)]) -> (i32, String) {
    run_as(&["run"], document, variables).await
}

/// The same with other words than `run`.
pub async fn run_as(words: &[&str], document: &JobDocument, variables: &[(&str, &str)]) -> (i32, String) {
    let pod = Pod::start_as(words, document, variables);
    let (status, log) = tokio::task::spawn_blocking(move || pod.wait()).await.unwrap();
    (status.code().unwrap_or(-1), log)
}

pub async fn run(document: &JobDocument) -> (i32, String) {
    run_with(document, &[]).await
}

pub async fn run_well(document: &JobDocument) {
    let (code, log) = run(document).await;
    assert_eq!(code, 0, "{log}");
}
