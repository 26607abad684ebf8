//! Single writes, as the server takes them one by one.

use podium::plan::{MetricFact, RunState, Tags};
use podium_contract::KEY_TAG;

use super::store::{Mlflow, Model, Run, Version};

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    CreateExperiment { name: String },
    CreateRun { experiment: String, name: String, tags: Tags, started_ms: i64 },
    EndRun { id: String, state: RunState },
    TagRun { id: String, key: String, value: String },
    LogTrial { id: String, points: Vec<(String, i64, f64)>, tags: Tags },
    PutFile { id: String, path: String, bytes: Vec<u8> },
    DeleteRun { id: String },
    CreateModel { name: String, tags: Tags },
    TagModel { name: String, key: String, value: String },
    CreateVersion { model: String, source: String, run_id: Option<String>, tags: Tags },
    TagVersion { model: String, version: u64, key: String, value: String },
    SetAlias { model: String, alias: String, version: u64 },
    DeleteVersion { model: String, version: u64 },
}

/// The server does not take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken(pub String);

impl Op {
    /// What it does, for messages of tests.
    pub fn title(&self) -> String {
        match self {
            Self::CreateRun { name, .. } => format!("mlflow CreateRun {name}"),
            Self::CreateVersion { model, .. } => format!("mlflow CreateVersion {model}"),
            Self::TagVersion { version, key, .. } => format!("mlflow TagVersion {version} {key}"),
            Self::LogTrial { .. } => "mlflow LogTrial".to_owned(),
            Self::PutFile { path, .. } => format!("mlflow PutFile {path}"),
            Self::TagRun { key, .. } => format!("mlflow TagRun {key}"),
            Self::CreateModel { name, .. } => format!("mlflow CreateModel {name}"),
            other => format!("mlflow {other:?}"),
        }
    }
}

impl Mlflow {
    /// Carries out a write; the id that it made, or nothing.
    pub fn apply(&mut self, op: &Op) -> Result<String, NotTaken> {
        match op {
            Op::CreateExperiment { name } => return self.create_experiment(name),
            Op::CreateRun { experiment, name, tags, started_ms } => {
                return Ok(self.create_run(experiment, name, tags, *started_ms));
            }
            Op::CreateVersion { model, source, run_id, tags } => {
                return self.create_version(model, source, run_id.clone(), tags);
            }
            Op::EndRun { id, state } => {
                let run = self.run(id)?;
                run.state = *state;
                run.ends += 1;
            }
            Op::TagRun { id, key, value } => {
                self.run(id)?.tags.insert(key.clone(), value.clone());
            }
            Op::LogTrial { id, points, tags } => {
                let run = self.run(id)?;
                for (key, step, value) in points {
                    let fact = MetricFact { value: *value, step: *step, timestamp: 0 };
                    run.metrics.insert(key.clone(), fact);
                }
                run.tags.extend(tags.clone());
            }
            Op::PutFile { id, path, bytes } => {
                let address = format!("{}/{path}", self.root(id));
                self.files.insert(address, bytes.clone());
            }
            Op::DeleteRun { id } => self.run(id)?.deleted = true,
            Op::CreateModel { name, tags } => self.create_model(name, tags)?,
            Op::TagModel { name, key, value } => {
                self.model(name)?.tags.insert(key.clone(), value.clone());
            }
            Op::TagVersion { model, version, key, value } => {
                self.version(model, *version)?.tags.insert(key.clone(), value.clone());
            }
            Op::SetAlias { model, alias, version } => self.set_alias(model, alias, *version)?,
            Op::DeleteVersion { model, version } => {
                let model = self.model(model)?;
                model.versions.remove(version);
                model.aliases.retain(|_, holder| holder != version);
            }
        }
        Ok(String::new())
    }

    fn create_experiment(&mut self, name: &str) -> Result<String, NotTaken> {
        if self.experiments.values().any(|known| known == name) {
            return Err(NotTaken(format!("experiment {name} exists")));
        }
        let id = (self.experiments.len() + 1).to_string();
        self.experiments.insert(id.clone(), name.to_owned());
        Ok(id)
    }

    fn create_run(&mut self, experiment: &str, name: &str, tags: &Tags, started_ms: i64) -> String {
        let id = self.next_run_id();
        let run = Run {
            experiment: experiment.to_owned(),
            name: name.to_owned(),
            state: RunState::Open,
            deleted: false,
            tags: tags.clone(),
            metrics: Default::default(),
            started_ms,
            ends: 0,
        };
        self.runs.insert(id.clone(), run);
        id
    }

    fn create_model(&mut self, name: &str, tags: &Tags) -> Result<(), NotTaken> {
        if self.models.contains_key(name) {
            return Err(NotTaken(format!("model {name} exists")));
        }
        self.models.insert(name.to_owned(), Model { tags: tags.clone(), ..Model::default() });
        Ok(())
    }

    fn run(&mut self, id: &str) -> Result<&mut Run, NotTaken> {
        self.runs.get_mut(id).ok_or_else(|| NotTaken(format!("no run {id}")))
    }

    fn model(&mut self, name: &str) -> Result<&mut Model, NotTaken> {
        self.models.get_mut(name).ok_or_else(|| NotTaken(format!("no model {name}")))
    }

    fn version(&mut self, model: &str, version: u64) -> Result<&mut Version, NotTaken> {
        let versions = &mut self.model(model)?.versions;
        versions.get_mut(&version).ok_or_else(|| NotTaken(format!("no version {version}")))
    }

    fn create_version(
        &mut self,
        model: &str,
        source: &str,
        run_id: Option<String>,
        tags: &Tags,
    ) -> Result<String, NotTaken> {
        assert!(tags.contains_key(KEY_TAG), "a version must carry its key");
        let model = self.model(model)?;
        model.last += 1;
        let version = Version { run_id, source: source.to_owned(), tags: tags.clone() };
        model.versions.insert(model.last, version);
        Ok(model.last.to_string())
    }

    fn set_alias(&mut self, model: &str, alias: &str, version: u64) -> Result<(), NotTaken> {
        self.version(model, version)?;
        if self.model(model)?.aliases.insert(alias.to_owned(), version) != Some(version) {
            self.moves.push((model.to_owned(), alias.to_owned(), version));
        }
        Ok(())
    }
}
