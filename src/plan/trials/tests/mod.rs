//! The desk, played through: calls that come late, twice or in another order; leaders that die before and after each write.

mod ahead;
mod calls;
mod contact;
mod earlier;
mod files;
mod own_jobs;
mod pages;
mod restarts;
mod showing;
mod stopping;
mod suggestions;
mod workers;

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Ask, Asked, Pinned, Real, Report, Reported, Step, Task, Tell, Told, TrialEnd};
use serde_json::{Value, json};

use super::*;
use crate::domain::sweep::{ValidSweep, validate};
use crate::plan::{Effect, RunState, Slot, Tags};

/// A sweep of these trials, so many at once.
pub(super) fn sweep(change: impl FnOnce(&mut Value)) -> ValidSweep {
    let mut spec = json!({
        "objective": {"metric": "cv_loss", "goal": "Minimize"},
        "algorithm": {"name": "Random", "seed": 7},
        "parameters": [{"name": "x", "double": {"min": "0", "max": "1"}}],
        "maxTrials": 6,
        "parallelism": 2,
    });
    change(&mut spec);
    validate(&serde_json::from_value(spec).unwrap(), None).unwrap()
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A desk, the MLflow beside it, and the time.
pub(super) struct Office {
    pub plan: ValidSweep,
    pub desk: Desk,
    pub runs: BTreeMap<String, TrialRun>,
    pub now: i64,
    /// What earlier sweeps teach each leader.
    pub earlier: Option<Earlier>,
}

impl Office {
    pub fn new(plan: ValidSweep) -> Self {
        let desk = desk(&plan);
        Self { plan, desk, runs: BTreeMap::new(), now: 0, earlier: None }
    }

    /// Another leader takes over: all that it has is what stands in MLflow.
    pub fn take_over(&mut self) -> Strays {
        self.desk = desk(&self.plan);
        if let Some(earlier) = &self.earlier {
            self.desk = desk(&self.plan).taught(earlier);
        }
        read(&mut self.desk, self.runs.values().cloned().collect(), at(self.now)).unwrap()
    }

    pub fn ask(&mut self, worker: &str) -> Asked {
        match self.desk.ask(worker, &call(None), at(self.now)).unwrap() {
            Turn::Answer(asked) => asked,
            Turn::Write(write) => match self.carry_out(&write) {
                Written::Given(asked) => asked,
                Written::Ended => panic!("an ask ended a trial"),
            },
        }
    }

    /// The number and attempt that a worker is given.
    pub fn given(&mut self, worker: &str) -> (i64, u32) {
        match self.ask(worker) {
            Asked::Trial { number, attempt, .. } => (number, attempt),
            other => panic!("{worker} was given no trial: {other:?}"),
        }
    }

    pub fn report(
        &mut self,
        worker: &str,
        trial: (i64, u32),
        steps: &[(i64, f64)],
    ) -> Result<Reported, Refusal> {
        let report = Report { run: "run".into(), number: trial.0, attempt: trial.1, steps: steps_of(steps) };
        self.desk.report(worker, &report, at(self.now))
    }

    pub fn tell(&mut self, worker: &str, trial: (i64, u32), end: TrialEnd) -> Result<Told, Refusal> {
        match self.desk.tell(worker, &tell(trial, end, &[]), at(self.now))? {
            Turn::Answer(told) => Ok(told),
            Turn::Write(write) => {
                self.carry_out(&write);
                Ok(Told::Accepted)
            }
        }
    }

    pub fn carry_out(&mut self, write: &Write) -> Written {
        let run_id = self.write_down(&write.effect);
        self.desk.written(write, run_id)
    }

    /// The effect alone, as where the leader dies before it hears of it.
    pub fn write_down(&mut self, effect: &Effect) -> Option<String> {
        write_down(&mut self.runs, effect)
    }

    /// Parameters by number as MLflow has them.
    pub fn parameters(&self) -> Vec<(i64, Value)> {
        let records = self.runs.values().map(|run| {
            let record: podium_contract::TrialRecord =
                serde_json::from_str(&run.tags[podium_contract::TRIAL_TAG]).unwrap();
            (record.number, record.parameters["x"].clone())
        });
        let mut records: Vec<_> = records.collect();
        records.sort_by_key(|(number, _)| *number);
        records
    }
}

/// What an effect of a desk makes of the runs in MLflow; the id of a run that was created or found.
pub(in crate::plan) fn write_down(runs: &mut BTreeMap<String, TrialRun>, effect: &Effect) -> Option<String> {
    match effect {
        Effect::CreateRun { slot: Slot::Trial(number), tags, .. } => {
            let run_id = format!("r{:02}-{}", number, runs.len());
            let run = TrialRun {
                run_id: run_id.clone(),
                state: RunState::Open,
                tags: tags.clone(),
                metrics: BTreeMap::new(),
            };
            runs.insert(run_id.clone(), run);
            Some(run_id)
        }
        Effect::EnsureRun { slot: Slot::Trial(number), key, experiment_id, name, tags, started_at } => {
            let prefix = format!("r{number:02}-");
            let known = runs.keys().find(|id| id.starts_with(&prefix)).cloned();
            let create = Effect::CreateRun {
                slot: Slot::Trial(*number),
                key: key.clone(),
                experiment_id: experiment_id.clone(),
                name: name.clone(),
                tags: tags.clone(),
                started_at: *started_at,
            };
            known.or_else(|| write_down(runs, &create))
        }
        Effect::TagRun { run_id, tags, reopen } => {
            let run = runs.get_mut(run_id).unwrap();
            run.tags.extend(tags.clone());
            if *reopen {
                run.state = RunState::Open;
            }
            None
        }
        Effect::LogTrial { run_id, metrics, .. } => {
            let run = runs.get_mut(run_id).unwrap();
            run.metrics.extend(metrics.iter().map(|point| (point.key.clone(), point.value.0)));
            None
        }
        Effect::EndTrial { run_id, status, tags, metrics, .. } => {
            let run = runs.get_mut(run_id).unwrap();
            run.tags.extend(tags.clone());
            run.metrics.extend(metrics.iter().map(|point| (point.key.clone(), point.value.0)));
            run.state = match status {
                crate::plan::CloseAs::Finished => RunState::Finished,
                crate::plan::CloseAs::Failed => RunState::Failed,
                crate::plan::CloseAs::Killed => RunState::Killed,
            };
            None
        }
        other => panic!("no effect of a desk: {other:?}"),
    }
}

fn desk(plan: &ValidSweep) -> Desk {
    let place = Place {
        installation: "i".into(),
        owner_uid: "uid".into(),
        run: "run".into(),
        experiment_id: "1".into(),
        parent_run_id: "p".into(),
        owner_tags: Tags::from([("podium.dev/owner-uid".to_owned(), "uid".to_owned())]),
    };
    let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
    Desk::new(plan, place, clock, 2).unwrap()
}

pub(super) fn call(data: Option<&str>) -> Ask {
    let data = data.map(|digest| Pinned { data_digest: digest.into(), task: Task::Regression });
    Ask { run: "run".into(), data, held: vec![] }
}

pub(super) fn tell(trial: (i64, u32), end: TrialEnd, steps: &[(i64, f64)]) -> Tell {
    Tell {
        run: "run".into(),
        number: trial.0,
        attempt: trial.1,
        end,
        steps: steps_of(steps),
        metrics: BTreeMap::from([("training_time".to_owned(), Real(0.25))]),
        seconds: 0.5,
    }
}

pub(super) fn steps_of(steps: &[(i64, f64)]) -> Vec<Step> {
    steps.iter().map(|(step, value)| Step { step: *step, value: Real(*value), at_ms: 1 }).collect()
}

pub(super) fn complete(value: f64) -> TrialEnd {
    TrialEnd::Complete { value: Real(value) }
}
