//! A folder in which searches run, and ways to look at them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a manifest; the output goes to `out` in it.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    pub fn new(spec: Value) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write(spec);
        bench
    }

    pub fn write(&self, spec: Value) {
        let manifest = json!({
            "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "metadata": {"name": "test"}, "spec": spec
        });
        std::fs::write(self.path("sweep.yaml"), manifest.to_string()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn out(&self, name: &str) -> PathBuf {
        self.path("out").join(name)
    }

    /// A search whose trials are this script of `sh`, with these arguments before and behind.
    pub fn command(&self, options: &[&str], script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podium"));
        command
            .current_dir(self.folder.path())
            .args(["search", "-f", "sweep.yaml", "--output", "out"])
            .args(options)
            .args(["--", "sh", "-c", &script.replace('{', "{{"), "trial"])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub fn search(&self, script: &str, arguments: &[&str]) -> Ended {
        self.with(&[], script, arguments)
    }

    pub fn with(&self, options: &[&str], script: &str, arguments: &[&str]) -> Ended {
        ended(self.command(options, script, arguments).output().unwrap())
    }

    pub fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.out("journal.jsonl")).unwrap();
        // A line that is just being written lacks its end.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Lines of the journal about one kind of event.
    pub fn events(&self, event: &str) -> Vec<Value> {
        self.journal().into_iter().filter(|line| line["event"] == event).collect()
    }

    /// What a trial's folder says about its process.
    pub fn pid(&self, number: i64) -> String {
        read(&self.out(&format!("trials/{number:05}/pid")))
    }

    pub fn results(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.out("all_tuning_results.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub told: String,
}

pub fn ended(output: Output) -> Ended {
    let text = [output.stdout, output.stderr].concat();
    Ended { code: output.status.code(), told: String::from_utf8(text).unwrap() }
}

/// x from 0 to 8 in steps of 1; the loss is lowest at 3.
pub fn spec(max_trials: u32) -> Value {
    json!({
        "objective": {"metric": "loss", "goal": "Minimize"},
        "parameters": [{"name": "x", "int": {"min": 0, "max": 8}}],
        "maxTrials": max_trials,
    })
}

pub fn with(mut spec: Value, field: &str, value: Value) -> Value {
    spec[field] = value;
    spec
}

pub const PARABOLA: &str = "echo loss=$((($1 - 3) * ($1 - 3)))";

pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap().success()
    );
}

/// Whether a process is there and has not ended.
pub fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    status.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// A script that sleeps until a file is there, unless the trial's x is small.
pub const GATED: &str = "test $1 -lt 5 || while ! test -e go; do sleep 0.05; done; echo loss=$1";

/// Numbers of the two trials that wait in [`GATED`], once nothing else runs.
pub fn two_waiting(bench: &Bench) -> Vec<i64> {
    let number = |start: &Value| start["number"].as_i64().unwrap();
    let waiting = || -> Vec<i64> {
        let starts = bench.events("start");
        starts.iter().filter(|start| start["parameters"]["x"].as_i64().unwrap() >= 5).map(number).collect()
    };
    let is_written = |number: &i64| !bench.pid(*number).is_empty();
    wait_for("two trials wait", || {
        bench.out("journal.jsonl").exists()
            && waiting().len() == 2
            && bench.events("start").len() - bench.events("end").len() == 2
            && waiting().iter().all(is_written)
    });
    waiting()
}

/// Each number has one set of parameters and one end.
pub fn assert_each_trial_once(bench: &Bench, trials: usize) {
    let ends: Vec<_> = bench.events("end").iter().map(|end| end["number"].as_i64().unwrap()).collect();
    let mut sorted = ends.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..i64::try_from(trials).unwrap()).collect::<Vec<_>>());
    let mut parameters = std::collections::BTreeMap::new();
    for start in bench.events("start") {
        let known =
            parameters.entry(start["number"].as_i64().unwrap()).or_insert(start["parameters"].clone());
        assert_eq!(*known, start["parameters"]);
    }
}
