//! Phase, message and conditions: what a status says in one line. Derived from the rest of it, never the other way round.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::jiff::Timestamp;

use super::Context;
use super::draft::{Draft, Wait};
use crate::api::HyperparameterSweepStatus;
use crate::api::conditions::{READY, RECONCILING, STALLED, condition, reasons};
use crate::api::sweep_status::{SweepOutcome, SweepPhase, TrialCounts};
use crate::domain::violation::{Violation, summary};
use crate::plan::conditions::set_conditions;
use crate::plan::{Event, Trouble};

/// Longest message in status, in bytes.
const LONGEST: usize = 1000;

pub(super) fn summarise(context: Context<'_>, draft: &mut Draft) {
    let (phase, reason, message) = line(context, draft);
    let second = second(phase, draft.wait.as_ref());
    let generation = context.sweep.owner.generation;
    let status = &mut draft.status;
    status.observed_generation = Some(generation);
    status.phase = phase;
    status.message = shorten(&message);
    status.progress = progress(context, status);
    let conditions = conditions(phase, second, (&reason, &status.message), generation, context.now);
    let is_told = status.conditions.iter().any(|known| known.type_ == READY && known.reason == reason);
    // Between two trials a pod waits for what the one before still holds: that is no news.
    let is_first = ended(status.trials.unwrap_or_default()) == 0;
    status.conditions = set_conditions(&status.conditions, conditions);
    if reason == reasons::POD_PENDING && is_first && !is_told {
        draft.events.push(Event::warning(&reason, &draft.status.message));
    }
}

/// Phase, reason and message.
fn line(context: Context<'_>, draft: &Draft) -> (SweepPhase, String, String) {
    let suspend = context.sweep.suspend;
    if let Some(wait) = &draft.wait {
        return (SweepPhase::Pending, wait.reason.into(), wait.message.clone());
    }
    let Some(run) = &draft.status.run else {
        let phase = if suspend { SweepPhase::Suspended } else { SweepPhase::Pending };
        let text = if suspend { "suspended before the first run" } else { "no run yet" };
        return (phase, reasons::SUSPENDED.into(), text.into());
    };
    match run.outcome {
        Some(SweepOutcome::Succeeded) => {
            return (SweepPhase::Succeeded, run.reason.clone(), run.message.clone());
        }
        Some(SweepOutcome::Failed) => return (SweepPhase::Failed, run.reason.clone(), run.message.clone()),
        Some(SweepOutcome::Superseded) => {
            let phase = if suspend { SweepPhase::Suspended } else { SweepPhase::Pending };
            return (phase, run.reason.clone(), run.message.clone());
        }
        None => {}
    }
    let phase = if suspend { SweepPhase::Suspended } else { SweepPhase::Running };
    if let Some((reason, message)) = &draft.hindrance {
        return (phase, reason.clone(), message.clone());
    }
    if suspend {
        return (phase, reasons::SUSPENDED.into(), "suspended; what is finished is kept".into());
    }
    (phase, reasons::RUNNING.into(), running(&draft.status))
}

fn running(status: &HyperparameterSweepStatus) -> String {
    let counts = status.trials.unwrap_or_default();
    let best =
        status.best.as_ref().map(|best| format!("; the best is {} of trial {}", best.value, best.number));
    format!("{} trials run, {} ended{}", counts.running, ended(counts), best.unwrap_or_default())
}

fn ended(counts: TrialCounts) -> i64 {
    counts.complete + counts.stopped + counts.failed
}

fn progress(context: Context<'_>, status: &HyperparameterSweepStatus) -> Option<String> {
    let counts = status.trials?;
    Some(format!("{}/{}", ended(counts), context.sweep.sweep.plan.limits.max_trials))
}

/// The condition beside `Ready`.
fn second(phase: SweepPhase, wait: Option<&Wait>) -> Option<&'static str> {
    match phase {
        SweepPhase::Succeeded | SweepPhase::Suspended => None,
        SweepPhase::Failed => Some(STALLED),
        SweepPhase::Pending if wait.is_some_and(|wait| wait.is_stalled) => Some(STALLED),
        SweepPhase::Pending | SweepPhase::Running => Some(RECONCILING),
    }
}

fn conditions(
    phase: SweepPhase,
    second: Option<&str>,
    (reason, message): (&str, &str),
    generation: i64,
    now: Timestamp,
) -> Vec<Condition> {
    let ready = condition(READY, phase == SweepPhase::Succeeded, reason, message, generation, now);
    let second = second.map(|type_| condition(type_, true, reason, message, generation, now));
    std::iter::once(ready).chain(second).collect()
}

/// The status of a sweep whose spec can't be carried out. A run that is open stays as it is.
pub fn invalid(
    status: &HyperparameterSweepStatus,
    problems: &[Violation],
    generation: i64,
    now: Timestamp,
) -> HyperparameterSweepStatus {
    let message = shorten(&summary(problems));
    let is_foreign = problems.iter().any(|problem| problem.field == "metadata.namespace");
    let reason = if is_foreign { reasons::NOT_ALLOWED } else { reasons::INVALID_SPEC };
    let new = vec![
        condition(READY, false, reason, &message, generation, now),
        condition(STALLED, true, reason, &message, generation, now),
    ];
    HyperparameterSweepStatus {
        observed_generation: Some(generation),
        phase: SweepPhase::Failed,
        conditions: set_conditions(&status.conditions, new),
        message,
        ..status.clone()
    }
}

/// The status while MLflow does not take a write: what was there stays, and people are told.
pub fn trouble(
    status: &HyperparameterSweepStatus,
    trouble: &Trouble,
    generation: i64,
    now: Timestamp,
) -> HyperparameterSweepStatus {
    let message = shorten(&trouble.message);
    let new = vec![
        condition(READY, false, trouble.reason, &message, generation, now),
        condition(RECONCILING, true, trouble.reason, &message, generation, now),
    ];
    HyperparameterSweepStatus {
        observed_generation: Some(generation),
        conditions: set_conditions(&status.conditions, new),
        message,
        ..status.clone()
    }
}

pub(super) fn shorten(message: &str) -> String {
    if message.len() <= LONGEST {
        return message.to_owned();
    }
    format!("{}…", &message[..message.floor_char_boundary(LONGEST)])
}
