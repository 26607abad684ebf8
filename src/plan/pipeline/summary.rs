//! Phase, message and conditions: what a status says in one line. Derived from the rest of it, never the other way round.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

use super::Context;
use super::draft::{Draft, Hindrance};
use super::fit::is_over;
use crate::api::TrainingPipelineStatus;
use crate::api::conditions::{READY, RECONCILING, STALLED, condition, reasons};
use crate::api::pipeline_status::{Phase, RunOutcome, StageName, StepPhase};
use crate::api::tuning::TunedStatus;
use crate::domain::violation::{Violation, summary};
use crate::plan::Trouble;
use crate::plan::conditions::set_conditions;

/// Longest message in status.
const LONGEST: usize = 1000;

pub(super) fn summarise(context: Context<'_>, draft: &mut Draft) {
    let (phase, reason, message) = line(context, draft);
    let status = &mut draft.status;
    status.observed_generation = Some(context.pipeline.owner.generation);
    status.phase = phase;
    status.message = shorten(&message);
    status.progress = progress(status);
    let generation = context.pipeline.owner.generation;
    let conditions =
        conditions(phase, &reason, &status.message, draft.hindrance.is_some(), generation, context.now);
    status.conditions = set_conditions(&status.conditions, conditions);
}

/// Phase, reason and message.
fn line(context: Context<'_>, draft: &Draft) -> (Phase, String, String) {
    let status = &draft.status;
    let Some(run) = &status.run else {
        let text = if context.pipeline.suspend { "suspended before the first run" } else { "no run yet" };
        return (
            if context.pipeline.suspend { Phase::Suspended } else { Phase::Pending },
            reasons::SUSPENDED.into(),
            text.into(),
        );
    };
    match run.outcome {
        Some(RunOutcome::Succeeded) => return (Phase::Succeeded, run.reason.clone(), run.message.clone()),
        Some(RunOutcome::Failed) => return (Phase::Failed, run.reason.clone(), run.message.clone()),
        Some(RunOutcome::Superseded) if context.pipeline.suspend => {
            return (
                Phase::Suspended,
                reasons::SUSPENDED.into(),
                "suspended; the next run starts when it goes on".into(),
            );
        }
        Some(RunOutcome::Superseded) => return (Phase::Pending, run.reason.clone(), run.message.clone()),
        None => {}
    }
    if let Some(Hindrance { reason, message }) = &draft.hindrance {
        let phase = if context.pipeline.suspend { Phase::Suspended } else { stage_phase(status) };
        return (phase, reason.clone(), message.clone());
    }
    if context.pipeline.suspend {
        return (Phase::Suspended, reasons::SUSPENDED.into(), "suspended; what is finished is kept".into());
    }
    (stage_phase(status), reasons::RUNNING.into(), running(status))
}

fn stage_phase(status: &TrainingPipelineStatus) -> Phase {
    let open = status.stages.iter().find(|stage| stage.phase != StepPhase::Succeeded);
    match open.map(|stage| stage.name) {
        Some(StageName::Validate) | None => Phase::Validating,
        Some(StageName::Train) => Phase::Training,
        Some(StageName::Tune) => Phase::Tuning,
        Some(StageName::Evaluate) => Phase::Evaluating,
        Some(StageName::Register) => Phase::Registering,
    }
}

fn running(status: &TrainingPipelineStatus) -> String {
    match stage_phase(status) {
        Phase::Training => format!("{} candidates finished", progress(status).unwrap_or_default()),
        Phase::Tuning => tuning(status),
        Phase::Evaluating => match &status.best {
            Some(best) => format!("{} is scored on the holdout", best.candidate),
            None => "the best candidate is scored on the holdout".to_owned(),
        },
        Phase::Registering => "the ModelVersion is made".to_owned(),
        _ => "data are loaded and checked".to_owned(),
    }
}

/// Each search with what its sweep says of itself.
fn tuning(status: &TrainingPipelineStatus) -> String {
    let one = |tuned: &TunedStatus| match (&tuned.fit, tuned.message.as_str()) {
        (Some(_), _) => format!("{} is trained with what was found", tuned.candidate),
        (None, "") => tuned.candidate.clone(),
        (None, said) => format!("{}: {said}", tuned.candidate),
    };
    let all: Vec<_> = status.tuned.iter().filter(|tuned| !is_over(tuned.phase)).map(one).collect();
    let stage = status.stages.iter().find(|stage| stage.name == StageName::Tune);
    match stage.map_or("", |stage| stage.message.as_str()) {
        "" => format!("the best are tuned; {}", all.join("; ")),
        said => format!("{said}; others are: {}", all.join("; ")),
    }
}

/// Finished candidates of all.
fn progress(status: &TrainingPipelineStatus) -> Option<String> {
    let all = status.candidates.len();
    let done = status
        .candidates
        .iter()
        .filter(|c| matches!(c.phase, StepPhase::Succeeded | StepPhase::Failed))
        .count();
    (all > 0).then(|| format!("{done}/{all}"))
}

fn conditions(
    phase: Phase,
    reason: &str,
    message: &str,
    hindered: bool,
    generation: i64,
    now: Timestamp,
) -> Vec<Condition> {
    let ready = condition(READY, phase == Phase::Succeeded, reason, message, generation, now);
    let second = match phase {
        Phase::Succeeded | Phase::Suspended => None,
        Phase::Failed => Some(STALLED),
        Phase::Pending
        | Phase::Validating
        | Phase::Training
        | Phase::Tuning
        | Phase::Evaluating
        | Phase::Registering => Some(RECONCILING),
    };
    let reason = if hindered { reason } else { second.map_or("", |_| reason) };
    let second = second.map(|type_| condition(type_, true, reason, message, generation, now));
    std::iter::once(ready).chain(second).collect()
}

/// The status of a pipeline whose spec can't be carried out. A run that is open stays as it is.
pub fn invalid(
    status: &TrainingPipelineStatus,
    problems: &[Violation],
    generation: i64,
    now: Timestamp,
) -> TrainingPipelineStatus {
    let message = shorten(&summary(problems));
    let reason = if problems
        .iter()
        .any(|problem| problem.field == "metadata.namespace" || problem.field.ends_with("registeredModel"))
    {
        reasons::NOT_ALLOWED
    } else {
        reasons::INVALID_SPEC
    };
    let new = vec![
        condition(READY, false, reason, &message, generation, now),
        condition(STALLED, true, reason, &message, generation, now),
    ];
    TrainingPipelineStatus {
        observed_generation: Some(generation),
        phase: Phase::Failed,
        conditions: set_conditions(&status.conditions, new),
        message,
        ..status.clone()
    }
}

/// The status while MLflow does not take a write: what was there stays, and people are told.
pub fn trouble(
    status: &TrainingPipelineStatus,
    trouble: &Trouble,
    generation: i64,
    now: Timestamp,
) -> TrainingPipelineStatus {
    let message = shorten(&trouble.message);
    let new = vec![
        condition(READY, false, trouble.reason, &message, generation, now),
        condition(RECONCILING, true, trouble.reason, &message, generation, now),
    ];
    TrainingPipelineStatus {
        observed_generation: Some(generation),
        conditions: set_conditions(&status.conditions, new),
        message,
        ..status.clone()
    }
}

fn shorten(message: &str) -> String {
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
