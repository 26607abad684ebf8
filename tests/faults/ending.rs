//! How a world ended, without what may differ between two ways to the same end: ids, numbers and times.

use std::collections::BTreeMap;

use podium::plan::RunState;
use podium_contract::{CANDIDATE_TAG, KEY_TAG, ROLE_TAG, TRIAL_RESULT_TAG, TRIAL_TAG};
use serde_json::{Value, json};

use crate::mlflow::Mlflow;
use crate::state::State;

/// The end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// Pipelines by name, as far as their status says something that counts.
    pub pipelines: BTreeMap<String, Value>,
    /// Sweeps by name, as far as their status says something that counts.
    pub sweeps: BTreeMap<String, Value>,
    /// What each trial came to, by the run of its sweep and its number, with its parameters.
    pub trials: BTreeMap<String, usize>,
    /// ModelVersions by the number of their run.
    pub versions: Vec<Value>,
    /// Runs that are not deleted: run of the pipeline, role, candidate, state; how many there are of each.
    pub runs: BTreeMap<String, usize>,
    /// Versions in MLflow by the run that made them; how many there are of each.
    pub registered: BTreeMap<String, usize>,
    /// Moves of aliases in their order.
    pub moves: Vec<String>,
    /// Holders of aliases.
    pub aliases: BTreeMap<String, String>,
    /// Records of models: open intent, holder, hold and verified versions of each alias, decisions.
    pub records: Vec<Value>,
    /// Jobs that have not ended.
    pub active_jobs: usize,
    /// Steps that were worked on, sorted; a step that was worked on twice stands twice.
    pub work: Vec<String>,
}

impl Ending {
    pub fn of(state: &State) -> Self {
        let numbers = run_numbers(state);
        let made_by = |version: u64| -> String { version_run(&state.mlflow, &numbers, version) };
        let named = |key: &str| numbers.get(key).cloned().unwrap_or_else(|| "?".to_owned());
        let mut work: Vec<String> = state
            .trainer
            .work
            .iter()
            .map(|line| line.split_once(' ').map(|(key, step)| format!("{} {step}", named(key))).unwrap())
            .collect();
        work.sort();
        let models = state.mlflow.models.values();
        let registered = models.flat_map(|model| model.versions.keys()).map(|version| made_by(*version));
        let moves = state.mlflow.moves.iter().map(|(_, alias, v)| format!("{alias} to {}", made_by(*v)));
        let held = state.mlflow.models.values().flat_map(|model| &model.aliases);
        Self {
            pipelines: state
                .cluster
                .all("trainingpipelines")
                .into_iter()
                .map(|(id, object)| (id.name, pipeline(&object["status"])))
                .collect(),
            sweeps: state
                .cluster
                .all("hyperparametersweeps")
                .into_iter()
                .map(|(id, object)| (id.name, sweep(&object["status"])))
                .collect(),
            trials: counted(trials(&state.mlflow, &numbers)),
            versions: versions(state, &numbers),
            runs: counted(runs(&state.mlflow, &numbers)),
            registered: counted(registered),
            moves: moves.collect(),
            aliases: held.map(|(alias, version)| (alias.clone(), made_by(*version))).collect(),
            records: records(state, &numbers),
            active_jobs: state.cluster.all("jobs").iter().filter(|(_, job)| job["status"].is_null()).count(),
            work,
        }
    }
}

fn counted(items: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts
}

/// Number of each run of the pipelines by its key.
fn run_numbers(state: &State) -> BTreeMap<String, String> {
    let mut numbers = BTreeMap::new();
    let sweeps = state.cluster.all("hyperparametersweeps");
    for (_, object) in state.cluster.all("trainingpipelines").into_iter().chain(sweeps) {
        let status = &object["status"];
        let ended = status["history"].as_array().into_iter().flatten();
        for run in ended.chain(std::iter::once(&status["run"])) {
            if let Some(key) = run["key"].as_str() {
                numbers.insert(key.to_owned(), format!("run {}", run["number"]));
            }
        }
    }
    numbers
}

fn version_run(mlflow: &Mlflow, numbers: &BTreeMap<String, String>, version: u64) -> String {
    let found = mlflow.models.values().find_map(|model| model.versions.get(&version));
    let run = found.and_then(|version| mlflow.runs.get(version.run_id.as_ref()?));
    let key = run.and_then(|run| run.tags.get("podium.dev/run"));
    key.and_then(|key| numbers.get(key)).cloned().unwrap_or_else(|| "nobody".to_owned())
}

fn runs(mlflow: &Mlflow, numbers: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let live = mlflow.runs.values().filter(|run| !run.deleted && run.tags.contains_key(KEY_TAG));
    live.map(|run| {
        let tag = |key: &str| run.tags.get(key).map(String::as_str).unwrap_or_default();
        let number = numbers.get(tag("podium.dev/run")).map(String::as_str).unwrap_or("?");
        let state = match run.state {
            RunState::Open => "open",
            RunState::Finished => "finished",
            RunState::Failed => "failed",
            RunState::Killed => "killed",
        };
        let parts = [number, tag(ROLE_TAG), tag(CANDIDATE_TAG), state];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    })
    .collect::<Vec<_>>()
    .into_iter()
}

fn conditions(status: &Value) -> Value {
    let all = status["conditions"].as_array().into_iter().flatten();
    all.map(|c| json!([c["type"], c["status"], c["reason"]])).collect()
}

fn pipeline(status: &Value) -> Value {
    let stages = status["stages"].as_array().into_iter().flatten();
    let candidates = status["candidates"].as_array().into_iter().flatten();
    let history = status["history"].as_array().into_iter().flatten();
    json!({
        "phase": status["phase"], "message": status["message"], "conditions": conditions(status),
        "run": {
            "number": status["run"]["number"], "outcome": status["run"]["outcome"],
            "reason": status["run"]["reason"], "closed": status["run"]["closed"],
            "trigger": status["run"]["trigger"],
        },
        "stages": stages.map(|s| json!([s["name"], s["phase"], s["attempts"]["number"]])).collect::<Value>(),
        "candidates": candidates
            .map(|c| json!([
                c["name"], c["phase"], c["score"], c["message"],
                c["attempts"]["number"], c["attempts"]["failures"],
            ]))
            .collect::<Value>(),
        "tuned": status["tuned"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|t| json!([
                t["candidate"], t["phase"], t["progress"], t["untuned"], t["tuned"], t["parameters"], t["message"],
                t["fit"]["name"], t["fit"]["phase"], t["fit"]["score"], t["fit"]["attempts"]["number"],
            ]))
            .collect::<Value>(),
        "best": status["best"], "holdout": status["holdout"],
        "history": history.map(|h| json!([h["number"], h["outcome"], h["best"], h["message"]])).collect::<Value>(),
    })
}

fn sweep(status: &Value) -> Value {
    json!({
        "phase": status["phase"], "message": status["message"], "conditions": conditions(status),
        "run": {
            "number": status["run"]["number"], "outcome": status["run"]["outcome"], "reason": status["run"]["reason"],
            "closed": status["run"]["closed"], "reported": status["run"]["reported"],
        },
        "trials": status["trials"], "progress": status["progress"],
        "taught": [status["run"]["warmStart"]["trials"], status["run"]["warmStart"]["outside"]],
        "best": [status["best"]["number"], status["best"]["value"], status["best"]["parameters"]],
    })
}

fn trials(mlflow: &Mlflow, numbers: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let live = mlflow.runs.values().filter(|run| !run.deleted && run.tags.contains_key(TRIAL_TAG));
    live.map(|run| {
        let record: Value = serde_json::from_str(&run.tags[TRIAL_TAG]).unwrap();
        let result: Value =
            run.tags.get(TRIAL_RESULT_TAG).map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
        let number = numbers.get(&run.tags["podium.dev/run"]).map(String::as_str).unwrap_or("?");
        format!(
            "{number} trial {} {} {} {:?}",
            record["number"], record["parameters"], result["end"], run.state
        )
    })
    .collect::<Vec<_>>()
    .into_iter()
}

/// Versions in the order of their runs; numbers of versions are the runs that made them.
fn versions(state: &State, numbers: &BTreeMap<String, String>) -> Vec<Value> {
    let made_by = |text: &Value| -> Value {
        let number = text.as_str().and_then(|text| text.parse().ok());
        number.map_or(Value::Null, |number| version_run(&state.mlflow, numbers, number).into())
    };
    let mut all: Vec<Value> = state
        .cluster
        .all("modelversions")
        .iter()
        .map(|(_, object)| {
            let status = &object["status"];
            let gates = status["gates"].as_array().into_iter().flatten();
            let history = status["history"].as_array().into_iter().flatten();
            json!({
                "version": made_by(&status["version"]), "phase": status["phase"], "alias": status["alias"],
                "conditions": conditions(status), "gateSummary": status["gateSummary"],
                "gates": gates.map(|g| json!([g["name"], g["result"], g["reason"], g["value"]])).collect::<Value>(),
                "hold": [made_by(&status["hold"]["at"]), made_by(&status["hold"]["refusedUpTo"])],
                "history": history
                    .map(|d| json!([d["action"], made_by(&d["version"]), made_by(&d["from"]), d["reason"]]))
                    .collect::<Value>(),
                "open": !status["transition"].is_null(),
            })
        })
        .collect();
    all.sort_by_key(|version| version["version"].to_string());
    all
}

fn records(state: &State, numbers: &BTreeMap<String, String>) -> Vec<Value> {
    let made_by = |text: &Value| -> Value {
        let number = text.as_str().and_then(|text| text.parse().ok());
        number.map_or(Value::Null, |number| version_run(&state.mlflow, numbers, number).into())
    };
    let read = |object: &Value| -> Value {
        let record: Value = serde_json::from_str(object["data"]["record.json"].as_str().unwrap()).unwrap();
        let aliases = record["aliases"].as_object().into_iter().flatten().map(|(name, alias)| {
            let verified = alias["verified"].as_array().into_iter().flatten();
            let history = alias["history"].as_array().into_iter().flatten();
            json!({
                "alias": name, "holder": made_by(&alias["holder"]),
                "hold": [made_by(&alias["hold"]["at"]), made_by(&alias["hold"]["refusedUpTo"])],
                "verified": verified.map(|v| made_by(&v["version"])).collect::<Value>(),
                "history": history
                    .map(|d| json!([d["action"], made_by(&d["version"]), made_by(&d["from"]), d["reason"]]))
                    .collect::<Value>(),
            })
        });
        json!({"open": !record["intent"].is_null(), "aliases": aliases.collect::<Value>()})
    };
    state.cluster.all("configmaps").iter().map(|(_, object)| read(object)).collect()
}
