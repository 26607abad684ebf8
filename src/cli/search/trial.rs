//! One trial that runs: its files, its process, what it has logged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::Sender;
use std::time::Instant;

use podium_search::{Point, Space};
use podium_tuning::sweep::{End, Failure};

use super::SearchError;
use super::metrics::{Measurement, of_file, of_output};
use super::process::{Event, Process, kill_leftovers, trouble};
use super::tail::Tail;
use crate::domain::sweep::{PARAMETERS_FILE, TRIAL_NUMBER, environment};

/// Names of metrics that a message lists.
const MOST_NAMES: usize = 20;
/// Characters of the last line on stderr that a message holds.
const MOST_CHARACTERS: usize = 200;

/// A trial that runs.
#[derive(Debug)]
pub(super) struct RunningTrial {
    /// What it tries.
    pub point: Point,
    /// Its process.
    pub process: Process,
    /// When it was started.
    pub started: Instant,
    /// The last value of each metric.
    pub metrics: BTreeMap<String, f64>,
    /// Steps at which it reported the objective.
    pub steps: BTreeSet<i64>,
    folder: PathBuf,
    stdout: Tail,
    file: Tail,
}

impl RunningTrial {
    /// Starts a trial in a folder of its own, made anew: what an earlier attempt left there is gone.
    pub fn start(
        words: &[String],
        (number, point): (i64, &Point),
        space: &Space,
        folder: &Path,
        events: Sender<Event>,
    ) -> Result<Self, SearchError> {
        let outputs = prepare(folder, point)?;
        let (program, arguments) =
            words.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
        let mut command = Command::new(program);
        command.args(arguments);
        describe(&mut command, number, point, space, folder);
        let process = Process::start(command, outputs, number, events)
            .map_err(|source| SearchError::Start { program: program.to_owned(), source })?;
        write(&folder.join("pid"), format!("{}\n", process.id()))?;
        Ok(Self {
            point: point.clone(),
            process,
            started: Instant::now(),
            metrics: BTreeMap::new(),
            steps: BTreeSet::new(),
            folder: folder.to_owned(),
            stdout: Tail::new(folder.join("stdout")),
            file: Tail::new(folder.join("metrics.jsonl")),
        })
    }

    /// What it has logged since the last look.
    pub fn look(&mut self) -> Result<Vec<Measurement>, SearchError> {
        let printed = self.stdout.lines().map_err(|source| self.broken("stdout", source))?.0;
        let written = self.file.lines().map_err(|source| self.broken("metrics.jsonl", source))?.0;
        Ok(measurements(&printed, &written))
    }

    /// What it has logged and nobody has seen, once it has ended.
    pub fn last_look(&mut self) -> Result<Vec<Measurement>, SearchError> {
        let printed = self.stdout.finish().map_err(|source| self.broken("stdout", source))?;
        let written = self.file.finish().map_err(|source| self.broken("metrics.jsonl", source))?;
        Ok(measurements(&printed, &written))
    }

    /// How it ended by itself. The process must have ended.
    pub fn end(self, metric: &str) -> Result<End, SearchError> {
        let folder = self.folder.clone();
        let status = self.process.collect().map_err(|source| SearchError::Folder { path: folder, source })?;
        if let Some(words) = trouble(status) {
            let last = last_line(&self.folder.join("stderr"));
            return Ok(End::Failed(Failure::Broken(if last.is_empty() {
                words
            } else {
                format!("{words}: {last}")
            })));
        }
        Ok(match self.metrics.get(metric) {
            Some(value) => End::Complete(*value),
            None => {
                let logged = self.metrics.into_keys().take(MOST_NAMES).collect();
                End::Failed(Failure::NoObjective { logged })
            }
        })
    }

    fn broken(&self, file: &str, source: std::io::Error) -> SearchError {
        SearchError::Folder { path: self.folder.join(file), source }
    }
}

fn measurements(printed: &[String], written: &[String]) -> Vec<Measurement> {
    let printed = printed.iter().flat_map(|line| of_output(line));
    printed.chain(written.iter().flat_map(|line| of_file(line))).collect()
}

/// Makes the folder with its parameters; gives the files for both outputs.
fn prepare(folder: &Path, point: &Point) -> Result<(File, File), SearchError> {
    if folder.exists() {
        kill_leftovers(&format!("PODIUM_TRIAL_DIR={}", folder.display()));
    }
    let fail = |path: PathBuf| move |source| SearchError::Folder { path, source };
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(folder.to_owned())(error)),
        _ => Ok(()),
    }?;
    fs::create_dir_all(folder).map_err(fail(folder.to_owned()))?;
    let parameters = serde_json::to_string_pretty(point)?;
    write(&folder.join("parameters.json"), parameters + "\n")?;
    let create = |name: &str| File::create(folder.join(name)).map_err(fail(folder.join(name)));
    Ok((create("stdout")?, create("stderr")?))
}

/// Tells the program its parameters and where it may write metrics.
fn describe(command: &mut Command, number: i64, point: &Point, space: &Space, folder: &Path) {
    for (variable, value) in environment(space, point) {
        // One that is not there must not be inherited from whoever started us.
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command
        .env(TRIAL_NUMBER, number.to_string())
        .env("PODIUM_TRIAL_DIR", folder)
        .env(PARAMETERS_FILE, folder.join("parameters.json"))
        .env("PODIUM_METRICS_FILE", folder.join("metrics.jsonl"));
}

fn write(path: &Path, text: String) -> Result<(), SearchError> {
    fs::write(path, text).map_err(|source| SearchError::Folder { path: path.to_owned(), source })
}

/// The last line with something in it, cut; empty when there is none.
fn last_line(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    last.chars().take(MOST_CHARACTERS).collect()
}
