//! What a pipeline shows.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::catalogue::Metric;
use super::resource::{self, variant};
use super::series::{Facts, ObjectKey, Series};
use crate::api::pipeline_status::{Phase, RunOutcome, StageName, StepPhase};
use crate::api::{TrainingPipeline, TrainingPipelineStatus};

const OUTCOMES: [RunOutcome; 3] = [RunOutcome::Succeeded, RunOutcome::Failed, RunOutcome::Superseded];
const PHASES: [StepPhase; 6] = [
    StepPhase::Pending,
    StepPhase::Queued,
    StepPhase::Running,
    StepPhase::Suspended,
    StepPhase::Succeeded,
    StepPhase::Failed,
];
/// Stages that have Jobs.
const STAGES: [StageName; 4] = [StageName::Validate, StageName::Train, StageName::Tune, StageName::Evaluate];

/// What a pipeline shows whose status went from `old` to `new`.
pub fn of_pipeline(
    key: &ObjectKey,
    object: &TrainingPipeline,
    old: &TrainingPipelineStatus,
    new: &TrainingPipelineStatus,
) -> Facts {
    let mut facts = Facts::default();
    let model = object.spec.registration.as_ref().map_or("", |registration| &registration.registered_model);
    resource::info(&mut facts, key, model, "");
    resource::phase(&mut facts, key, new.phase);
    resource::conditions(&mut facts, key, &new.conditions);
    runs(&mut facts, key, old, new);
    failed_attempts(&mut facts, key, old, new);
    candidates(&mut facts, key, new);
    let time = |facts: &mut Facts, metric, time: Option<&Time>| {
        if let Some(time) = time {
            facts.gauge(Series::new(metric, labels(key)), time.0.as_second() as f64);
        }
    };
    time(&mut facts, Metric::PipelineLastSuccess, last_success(new));
    time(&mut facts, Metric::PipelineLastProgress, last_progress(new));
    facts
}

fn labels(key: &ObjectKey) -> [(&'static str, &str); 2] {
    [("namespace", &key.namespace), ("name", &key.name)]
}

fn runs(facts: &mut Facts, key: &ObjectKey, old: &TrainingPipelineStatus, new: &TrainingPipelineStatus) {
    let (before, after) = (ended(old), ended(new));
    for outcome in OUTCOMES {
        let ended = after.iter().filter(|(run, how)| **how == outcome && !before.contains_key(*run));
        let count = ended.count() as u64;
        let [namespace, name] = labels(key);
        let labels = [namespace, name, ("outcome", &variant(outcome))];
        facts.count(Series::new(Metric::PipelineRuns, labels), count);
    }
}

/// The runs that have ended, by their keys: the last one and those before it.
fn ended(status: &TrainingPipelineStatus) -> BTreeMap<&str, RunOutcome> {
    let last = status.run.iter().filter_map(|run| Some((run.key.as_str(), run.outcome?)));
    last.chain(status.history.iter().map(|run| (run.key.as_str(), run.outcome))).collect()
}

fn failed_attempts(
    facts: &mut Facts,
    key: &ObjectKey,
    old: &TrainingPipelineStatus,
    new: &TrainingPipelineStatus,
) {
    let before = if run_key(old) == run_key(new) { failures(old) } else { BTreeMap::new() };
    let after = failures(new);
    for stage in STAGES {
        let steps = after.iter().filter(|((of, _), _)| *of == stage);
        let count: i32 = steps.map(|(step, now)| (now - before.get(step).unwrap_or(&0)).max(0)).sum();
        let [namespace, name] = labels(key);
        let labels = [namespace, name, ("stage", &variant(stage))];
        facts.count(Series::new(Metric::PipelineFailedAttempts, labels), count.unsigned_abs().into());
    }
}

fn run_key(status: &TrainingPipelineStatus) -> Option<&str> {
    status.run.as_ref().map(|run| run.key.as_str())
}

type Step<'a> = (StageName, &'a str);

/// Failed attempts of each stage with one Job, and of each candidate.
fn failures(status: &TrainingPipelineStatus) -> BTreeMap<Step<'_>, i32> {
    let stages =
        status.stages.iter().filter_map(|stage| Some(((stage.name, ""), stage.attempts.as_ref()?.failures)));
    let candidates = status
        .candidates
        .iter()
        .map(|candidate| ((StageName::Train, candidate.name.as_str()), candidate.attempts.failures));
    let fits = status.tuned.iter().filter_map(|tuned| tuned.fit.as_ref());
    let tuned = fits.map(|fit| ((StageName::Tune, fit.name.as_str()), fit.attempts.failures));
    stages.chain(candidates).chain(tuned).collect()
}

fn candidates(facts: &mut Facts, key: &ObjectKey, status: &TrainingPipelineStatus) {
    if status.candidates.is_empty() {
        return;
    }
    for phase in PHASES {
        let count = status.candidates.iter().filter(|candidate| candidate.phase == phase).count();
        let [namespace, name] = labels(key);
        let labels = [namespace, name, ("phase", &variant(phase))];
        facts.gauge(Series::new(Metric::PipelineCandidates, labels), count as f64);
    }
}

fn last_success(status: &TrainingPipelineStatus) -> Option<&Time> {
    let last = status
        .run
        .iter()
        .filter(|run| run.outcome == Some(RunOutcome::Succeeded))
        .filter_map(|run| run.finished_at.as_ref());
    let before = status.history.iter().filter(|run| run.outcome == RunOutcome::Succeeded);
    last.chain(before.map(|run| &run.finished_at)).max()
}

/// Only of a run that is to go on: one that waits for `suspend` to end is not stuck.
fn last_progress(status: &TrainingPipelineStatus) -> Option<&Time> {
    let run = status.run.as_ref().filter(|run| run.outcome.is_none() && status.phase != Phase::Suspended)?;
    let stages = status.stages.iter().flat_map(|stage| [&stage.started_at, &stage.finished_at]);
    let candidates = status.candidates.iter().flat_map(|one| [&one.started_at, &one.finished_at]);
    let tuned =
        status.tuned.iter().flat_map(|one| [&one.started_at, &one.last_progress_time, &one.finished_at]);
    stages.chain(candidates).chain(tuned).flatten().chain([&run.started_at]).max()
}
