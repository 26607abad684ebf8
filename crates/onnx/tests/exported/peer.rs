//! Python: the environment of `scripts/pyenv`, and one process of `tests/peers/run_model.py` that all tests share.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use serde_json::Value;

/// What Python answers.
#[derive(Debug, Deserialize)]
pub struct Answer {
    pub run_id: String,
    pub slices: Vec<Slice>,
}

/// Outputs by name, for one range of rows.
#[derive(Debug, Deserialize)]
pub struct Slice {
    pub onnxruntime: BTreeMap<String, Vec<Value>>,
    pub mlflow: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize)]
enum Reply {
    #[serde(rename = "ok")]
    Ok(Answer),
    #[serde(rename = "error")]
    Error(String),
}

/// Runs the model in a folder. The process ends by itself when this one does: its input is then closed.
pub fn run(folder: &Path) -> Answer {
    static PROCESS: OnceLock<Mutex<Process>> = OnceLock::new();
    let process = PROCESS.get_or_init(|| Mutex::new(Process::start()));
    // A test that failed while it held the process has left no half-read line behind unless Python itself died.
    let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
    match process.ask(folder) {
        Reply::Ok(answer) => answer,
        Reply::Error(trace) => panic!("Python refused the model:\n{trace}"),
    }
}

struct Process {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Process {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/run_model.py");
        let mut child = Command::new(python())
            .arg(script)
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn ask(&mut self, folder: &Path) -> Reply {
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", folder.display()).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{error} in the answer of run_model.py: {line:?}"))
    }
}

fn python() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pyenv");
    let output = Command::new(&script).output().unwrap_or_else(|error| panic!("{script:?}: {error}"));
    assert!(output.status.success(), "scripts/pyenv: {}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("bin/python")
}
