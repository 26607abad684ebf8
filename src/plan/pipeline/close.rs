//! How a run ends: overtaken, too late, failed or done. Pods go first, whatever MLflow says; then its runs are closed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::draft::Draft;
use super::start::Wanted;
use super::{Context, PipelineAction, SweepState, fit};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{Best, CandidateStatus, Run, RunOutcome, StepPhase};
use crate::plan::{AT_ONCE, CloseAs, Effect, Event};

/// Ends the open run when another one takes its place or its deadline passed.
pub(super) fn overtaken(context: Context<'_>, wanted: Option<&Wanted>, draft: &mut Draft) -> bool {
    if let Some(wanted) = wanted {
        let message = format!("another run takes its place ({:?})", wanted.trigger);
        end(context, draft, RunOutcome::Superseded, reasons::SUPERSEDED, &message);
        return true;
    }
    let (Some(deadline), Some(run)) = (context.pipeline.limits.active_deadline, draft.status.run.as_ref())
    else {
        return false;
    };
    match deadline.checked_sub(age(context, run)) {
        Some(left) if !left.is_zero() => {
            draft.again(left);
            false
        }
        _ => {
            let message = format!(
                "limits.activeDeadlineSeconds: {} s have passed since the run started",
                deadline.as_secs()
            );
            end(context, draft, RunOutcome::Failed, reasons::DEADLINE_EXCEEDED, &message);
            true
        }
    }
}

/// How long a run has been there.
pub(super) fn age(context: Context<'_>, run: &Run) -> Duration {
    Duration::try_from(context.now.duration_since(run.started_at.0)).unwrap_or_default()
}

/// Notes how the run ended; nothing of it goes on.
pub(super) fn end(context: Context<'_>, draft: &mut Draft, outcome: RunOutcome, reason: &str, message: &str) {
    if let Some(run) = draft.run() {
        run.outcome = Some(outcome);
        run.finished_at = Some(Time(context.now));
        run.reason = reason.to_owned();
        run.message = message.to_owned();
    }
    if outcome != RunOutcome::Succeeded {
        unfinished(context, draft);
    }
    let event = match outcome {
        RunOutcome::Succeeded => Event::normal(reason, message),
        RunOutcome::Superseded => Event::normal(reason, message),
        RunOutcome::Failed => Event::warning(reason, message),
    };
    draft.events.push(event);
}

/// What was at work when the run ended did not succeed.
fn unfinished(context: Context<'_>, draft: &mut Draft) {
    let now = Time(context.now);
    for candidate in &mut draft.status.candidates {
        unfinished_fit(candidate, &now);
    }
    for tuned in draft.status.tuned.iter_mut().filter(|tuned| !fit::is_over(tuned.phase)) {
        tuned.phase = StepPhase::Failed;
        tuned.finished_at = Some(now.clone());
        tuned.message = "the run ended before it".to_owned();
        if let Some(fit) = &mut tuned.fit {
            unfinished_fit(fit, &now);
        }
    }
    for stage in &mut draft.status.stages {
        if !fit::is_over(stage.phase) && stage.started_at.is_some() {
            stage.phase = StepPhase::Failed;
            stage.finished_at = Some(now.clone());
        }
    }
}

fn unfinished_fit(fit: &mut CandidateStatus, now: &Time) {
    if !fit::is_over(fit.phase) {
        fit.phase = StepPhase::Failed;
        fit.finished_at = Some(now.clone());
        fit.message = "the run ended before it".to_owned();
    }
}

/// Deletes the pods of an ended run and closes its runs in MLflow.
pub(super) fn ended(context: Context<'_>, draft: &mut Draft) {
    let Some(run) = draft.status.run.clone() else { return };
    let Some(outcome) = run.outcome else { return };
    for job in context.observed.jobs.iter().filter(|job| job.run == run.key && job.state.is_active()) {
        draft.actions.push(PipelineAction::DeleteJob(job.name.clone()));
    }
    // A search that has ended stays to be looked at, until another run begins.
    let searches = context.observed.sweeps.iter().filter(|sweep| sweep.run == run.key);
    for sweep in searches.filter(|sweep| sweep.state == SweepState::Open) {
        draft.actions.push(PipelineAction::DeleteSweep(sweep.name.clone()));
    }
    if run.closed {
        return;
    }
    if let (Some(experiment_id), Some(run_id)) = (run.experiment_id, run.parent_run_id) {
        let status = match outcome {
            RunOutcome::Succeeded => CloseAs::Finished,
            RunOutcome::Failed => CloseAs::Failed,
            RunOutcome::Superseded => CloseAs::Killed,
        };
        let tags =
            BTreeMap::from([("podium.dev/outcome".to_owned(), format!("{}: {}", run.reason, run.message))]);
        let fits = draft.status.tuned.iter().filter_map(|tuned| tuned.fit.as_ref());
        let children =
            draft.status.candidates.iter().chain(fits).filter_map(|candidate| candidate.run_id.clone());
        let pinned: BTreeSet<String> = children.chain(run.evaluation_run_id).collect();
        draft.effects.push(Effect::CloseRuns {
            experiment_id,
            run_id,
            pinned,
            status,
            at: context.now,
            tags,
        });
    }
    if let Some(run) = draft.run() {
        run.closed = true;
    }
    draft.again(AT_ONCE);
}

/// The run ended well.
pub(super) fn succeed(context: Context<'_>, draft: &mut Draft) {
    let message = match &draft.status.best {
        Some(Best { candidate, metric, value: Some(value), .. }) => {
            format!("{candidate} is the best: {metric} {value} on the holdout")
        }
        _ => "the run ended well".to_owned(),
    };
    end(context, draft, RunOutcome::Succeeded, reasons::SUCCEEDED, &message);
}
