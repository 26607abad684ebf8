//! Plans of a sweep, from what is observed to what is done.

mod away;
mod ends;
mod gpus;
mod learning;
mod own_jobs;
mod staffing;

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_contract::{Pinned, Service, Task};
use podium_tuning::sweep::{Counts, Ending};
use serde_json::{Value, json};

use super::*;
use crate::api::sweep_status::SweepPhase;
use crate::api::{Decimal, HyperparameterSweep};
use crate::domain::sweep::validate_hosted;
use crate::plan::pipeline::JobState;
use crate::plan::trials::{Contact, View};
use crate::plan::{Effect, Pin, Slot};
use crate::settings::OperatorConfig;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn hosted(change: impl FnOnce(&mut Value)) -> HostedSweep {
    let mut object = json!({
        "apiVersion": "podium.dev/v1alpha1",
        "kind": "HyperparameterSweep",
        "metadata": {"name": "tune", "namespace": "ml", "uid": "uid", "generation": 3},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"},
            "algorithm": {"name": "Random"},
            "parameters": [{"name": "C", "double": {"min": "0.01", "max": "100", "scale": "Log"}}],
            "maxTrials": 10,
            "parallelism": 3,
            "trial": {
                "data": {"uri": "configmap://data/rows.csv", "target": "y"},
                "algorithm": "LogisticRegression",
            },
        },
    });
    change(&mut object);
    let object: HyperparameterSweep = serde_json::from_value(object).unwrap();
    let config = json!({
        "installation": "i",
        "trainerImage": "trainer",
        "tracking": {"uri": "http://mlflow"},
        "namespaces": [{"name": "ml"}],
    });
    let settings = OperatorConfig::parse(&config.to_string()).unwrap().check("").unwrap();
    validate_hosted(&object, &settings).unwrap()
}

/// A sweep, what is observed of it, and the shell that carries plans out.
pub(super) struct Shell {
    pub sweep: HostedSweep,
    pub observed: Observed,
    pub now: i64,
    /// All that was done.
    pub done: Vec<SweepAction>,
    pub effects: Vec<Effect>,
    pub events: Vec<(String, String)>,
    /// What comes of looking for what earlier sweeps teach.
    pub lesson: Option<Result<crate::plan::trials::Taught, crate::domain::violation::Violation>>,
    /// What comes of looking where they are.
    pub teachers: Vec<TeacherFacts>,
}

impl Shell {
    pub fn new(change: impl FnOnce(&mut Value)) -> Self {
        Self {
            sweep: hosted(change),
            observed: Observed::default(),
            now: 0,
            done: vec![],
            effects: vec![],
            events: vec![],
            lesson: None,
            teachers: vec![],
        }
    }

    /// Reconciles until nothing follows at once; what was done is noted.
    pub fn reconcile(&mut self) {
        for _ in 0..12 {
            let service = service();
            let plan = plan(&self.sweep, &self.observed, Ok(&service), at(self.now));
            let mut status = plan.status;
            for effect in &plan.effects {
                self.effects.push(effect.clone());
                let id = match effect {
                    Effect::EnsureParent { .. } => {
                        Some(Pin::Parent { experiment_id: "1".into(), run_id: "p".into(), fresh: true })
                    }
                    Effect::EnsureRun { slot: Slot::Summary, .. } => {
                        Some(Pin::Run { slot: Slot::Summary, run_id: "s".into(), fresh: true })
                    }
                    _ => None,
                };
                id.iter().for_each(|id| {
                    pin(&mut status, id);
                });
            }
            for action in plan.actions {
                match &action {
                    SweepAction::FindTeachers => self.observed.teachers = Some(self.teachers.clone()),
                    SweepAction::Learn(_) => self.observed.lesson.clone_from(&self.lesson),
                    SweepAction::Open(opening) => self.observed.desk = Some(view(&opening.place.run)),
                    SweepAction::Forget => self.observed.desk = None,
                    _ => {}
                }
                self.observed.after(&action);
                self.done.push(action);
            }
            self.events.extend(plan.events.into_iter().map(|event| (event.reason, event.note)));
            self.observed.status = status;
            if plan.requeue != Some(AT_ONCE) && plan.effects.is_empty() {
                return;
            }
        }
        panic!("it never rests: {:?}", self.observed.status);
    }

    pub fn desk(&mut self) -> &mut View {
        self.observed.desk.as_mut().unwrap()
    }

    pub fn state(&mut self, worker: usize, state: JobState) {
        self.observed.workers[worker].state = state;
    }

    /// Names of the actions since the last look, those that every plan has left out.
    pub fn took(&mut self) -> Vec<String> {
        let names = self.done.drain(..).filter_map(|action| match action {
            SweepAction::Adjust(_) | SweepAction::FindTeachers => None,
            SweepAction::Learn(_) => Some("learn".to_owned()),
            SweepAction::Open(_) => Some("open".to_owned()),
            SweepAction::Lose(loss) => Some(format!("lose {} ({})", loss.worker, loss.why)),
            SweepAction::CreateWorker(plan) => Some(format!("create {:?}", plan.stage)),
            SweepAction::HandOut(most) => Some(format!("hand out {most}")),
            SweepAction::Settle(settlement) => {
                Some(format!("settle {} {:?}", settlement.number, settlement.exit))
            }
            SweepAction::CreateTrial(plan) => Some(format!("create trial {}", plan.number)),
            SweepAction::DeleteWorker(_) => Some("delete".to_owned()),
            SweepAction::SetTtl { seconds, .. } => Some(format!("ttl {seconds}")),
            SweepAction::Report { run_id } => Some(format!("report {run_id}")),
            SweepAction::Keep(page) => Some(format!("keep {page}")),
            SweepAction::Pulse { run_id } => Some(format!("pulse {run_id}")),
            SweepAction::Forget => Some("forget".to_owned()),
        });
        names.collect()
    }

    pub fn phase(&self) -> (SweepPhase, &str) {
        (self.observed.status.phase, self.observed.status.message.as_str())
    }
}

pub(super) fn service() -> Service {
    Service { uri: "https://trials".into(), certificate_authority: Some("PEM".into()), timeout_seconds: 0 }
}

pub(super) fn view(run: &str) -> View {
    View {
        run: run.to_owned(),
        counts: Counts::default(),
        held: 0,
        top: vec![],
        ending: None,
        algorithm: "Random".into(),
        algorithm_reason: "asked for".into(),
        data: None,
        open_runs: vec![],
        workers: vec![],
        silent: vec![],
        given: vec![],
        full_pages: vec![],
        contact: Contact { at: at(0), trouble: None },
    }
}

#[test]
fn a_sweep_becomes_a_parent_run_a_desk_and_as_many_workers_as_are_asked_for() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    assert_eq!(shell.took(), ["open", "create Worker(1)", "create Worker(2)", "create Worker(3)"]);
    let status = &shell.observed.status;
    let run = status.run.as_ref().unwrap();
    assert_eq!(
        (run.number, run.parent_run_id.as_deref(), run.experiment.as_str()),
        (1, Some("p"), "ml/tune")
    );
    let workers = status.workers.as_ref().unwrap();
    assert_eq!((workers.desired, workers.made), (3, 3));
    assert_eq!(status.algorithm.as_ref().unwrap().name, "Random");
    assert_eq!(status.observed_generation, Some(3));
    assert_eq!(shell.phase().0, SweepPhase::Running);
    let Effect::EnsureParent { tags, .. } = &shell.effects[0] else { panic!("{:?}", shell.effects) };
    assert_eq!(tags["podium.dev/role"], "sweep");
}

#[test]
fn a_second_look_changes_nothing() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    shell.took();
    let before = shell.observed.clone();
    shell.reconcile();
    assert_eq!(shell.took(), Vec::<String>::new());
    assert_eq!(shell.observed, before);
}

#[test]
fn a_worker_is_told_what_all_trials_share_where_they_are_to_be_had_and_no_login() {
    let mut shell = Shell::new(|object| object["spec"]["trial"]["parameters"] = json!({"max_iter": 50}));
    shell.reconcile();
    let jobs = shell.done.iter().find_map(|action| match action {
        SweepAction::CreateWorker(plan) => Some(plan.as_ref().clone()),
        _ => None,
    });
    let job = jobs.unwrap();
    let podium_contract::Stage::Search(search) = &job.document.stage else {
        panic!("{:?}", job.document.stage)
    };
    assert_eq!(search.metric, "cv_f1_score");
    assert_eq!(search.candidate.parameters, BTreeMap::from([("max_iter".to_owned(), json!(50))]));
    assert_eq!(search.service, Service { timeout_seconds: 600, ..service() });
    assert_eq!(job.document.evaluation.metric.as_deref(), Some("f1_score"));
    assert_eq!((job.login, job.document.tracking.run_id.as_str()), (None, "p"));
}

#[test]
fn a_worker_is_told_whether_trials_are_stopped_by_their_steps() {
    let told = |stopping: serde_json::Value| {
        let mut shell = Shell::new(|object| object["spec"]["earlyStopping"] = stopping);
        shell.reconcile();
        let told = shell.done.iter().find_map(|action| match action {
            SweepAction::CreateWorker(plan) => match &plan.document.stage {
                podium_contract::Stage::Search(search) => Some(search.early_stopping),
                _ => None,
            },
            _ => None,
        });
        told.unwrap()
    };
    assert!(told(json!({"algorithm": "ASHA", "minSteps": 3})));
    assert!(told(json!({"algorithm": "Median"})));
    // The sweep ends by it, and no trial.
    assert!(!told(json!({"patience": 5})));
}

#[test]
fn the_data_that_the_first_worker_found_are_pinned_for_all_others() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    shell.desk().data = Some(Pinned { data_digest: "abc".into(), task: Task::BinaryClassification });
    shell.state(0, JobState::Failed(crate::plan::pipeline::Failure::Disrupted("drained".into())));
    shell.done.clear();
    shell.reconcile();
    assert_eq!(shell.observed.status.run.as_ref().unwrap().data_digest.as_deref(), Some("abc"));
    let pinned = shell.done.iter().find_map(|action| match action {
        SweepAction::CreateWorker(plan) => match &plan.document.stage {
            podium_contract::Stage::Search(search) => search.pinned.clone(),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(pinned.unwrap().data_digest, "abc");
}

#[test]
fn what_a_hundred_trials_came_to_is_put_among_the_artifacts_of_the_run() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    shell.took();
    shell.desk().full_pages = vec![0, 2];
    shell.reconcile();
    assert_eq!(shell.took(), ["keep 0", "keep 2"]);
}

#[test]
fn without_a_trial_service_no_worker_is_made_and_it_says_why() {
    let shell = Shell::new(|_| {});
    let mut observed = Observed::default();
    observed.status = {
        let mut other = Shell::new(|_| {});
        other.reconcile();
        other.observed.status
    };
    let run = observed.status.run.clone().unwrap().key;
    observed.desk = Some(view(&run));
    let plan = plan(&shell.sweep, &observed, Err("no service"), at(0));
    assert_eq!((plan.status.phase, plan.status.message.as_str()), (SweepPhase::Running, "no service"));
    assert!(!plan.actions.iter().any(|action| matches!(action, SweepAction::CreateWorker(_))));
}

#[test]
fn what_is_found_stands_in_status_and_stays_small() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    let ranked = |number: i64| crate::api::sweep_status::RankedTrial {
        number,
        value: Decimal::from(0.1 + 0.2),
        run_id: "0123456789abcdef0123456789abcdef".into(),
        parameters: Some(serde_json::Map::from_iter([("C".to_owned(), json!(0.123_456_789_012_345_67))])),
    };
    shell.desk().top = (9_990..10_000).map(ranked).collect();
    shell.desk().counts = Counts { complete: 9_000, stopped: 900, failed: 100, pending: 0 };
    shell.reconcile();
    let text = serde_json::to_string(&shell.observed.status).unwrap();
    assert!(text.len() < 16 * 1024, "{}", text.len());
    assert_eq!(shell.observed.status.progress.as_deref(), Some("10000/10"));
    assert_eq!(shell.observed.status.best.as_ref().unwrap().number, 9_990);
    assert_eq!(shell.phase().1, "0 trials run, 10000 ended; the best is 0.30000000000000004 of trial 9990");
}

#[test]
fn the_longest_parameters_and_messages_leave_a_small_status_that_still_says_what_to_use() {
    let ranked = |text: &str, number: i64| crate::api::sweep_status::RankedTrial {
        number,
        value: Decimal::from(0.1 + 0.2),
        run_id: "0123456789abcdef0123456789abcdef".into(),
        parameters: Some(serde_json::Map::from_iter([("name".to_owned(), json!(text))])),
    };
    let ended = |text: &str| {
        let mut shell = Shell::new(|_| {});
        shell.reconcile();
        shell.desk().top = (9_990..10_000).map(|number| ranked(text, number)).collect();
        let last = "ä".repeat(5_000);
        shell.desk().ending = Some(Ending::FailureLimit { failed: 4, allowed: 3, last });
        shell.reconcile();
        shell.observed.status
    };
    let long = ended(&"x".repeat(6_980));
    let size = serde_json::to_string(&long).unwrap().len();
    assert!((12_000..16 * 1024).contains(&size), "{size}");
    assert_eq!(long.best.unwrap().parameters.unwrap()["name"], "x".repeat(6_980));
    assert!(long.top.iter().all(|trial| trial.parameters.is_none()));
    let short = ended("x");
    assert!(short.top.iter().all(|trial| trial.parameters.is_some()));
    let wide = ended(&"ä".repeat(6_980));
    assert!(serde_json::to_string(&wide).unwrap().len() < 16 * 1024);
    assert_eq!(wide.best.unwrap().parameters, None, "it stands in the trial's run");
}

pub(super) fn done(trials: u64) -> Ending {
    Ending::Done { trials }
}
