//! How a run of a sweep ends: by one of its limits, by a failure, or overtaken. Workers go first, whatever MLflow says; then
//! the report is written and its runs are closed.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use podium_tuning::sweep::Ending;

use super::draft::Draft;
use super::summary::shorten;
use super::{Context, SweepAction, start, tags};
use crate::api::conditions::reasons;
use crate::api::sweep_status::{SweepOutcome, SweepRun};
use crate::plan::{AT_ONCE, CloseAs, Effect, Event};

/// Another run takes the place of the open one.
pub(super) fn supersede(context: Context<'_>, draft: &mut Draft) {
    end(context, draft, SweepOutcome::Superseded, reasons::SUPERSEDED, "another run takes its place");
}

/// One of its limits ends the run.
pub(super) fn by_itself(context: Context<'_>, draft: &mut Draft, ending: &Ending) {
    let has_best = draft.status.best.is_some();
    let outcome =
        if ending.is_failure() || !has_best { SweepOutcome::Failed } else { SweepOutcome::Succeeded };
    end(context, draft, outcome, ending.reason(), &ending.to_string());
}

/// Notes how the run ended; nothing of it goes on.
pub(super) fn end(
    context: Context<'_>,
    draft: &mut Draft,
    outcome: SweepOutcome,
    reason: &str,
    message: &str,
) {
    if let Some(run) = draft.run() {
        run.outcome = Some(outcome);
        run.finished_at = Some(Time(context.now));
        run.reason = reason.to_owned();
        run.message = shorten(message);
    }
    draft.events.push(match outcome {
        SweepOutcome::Succeeded | SweepOutcome::Superseded => Event::normal(reason, message),
        SweepOutcome::Failed => Event::warning(reason, message),
    });
}

/// Deletes the workers of an ended run, reports, and closes its runs in MLflow.
pub(super) fn ended(context: Context<'_>, draft: &mut Draft) {
    let Some(run) = draft.status.run.clone().filter(|run| run.outcome.is_some()) else { return };
    for worker in context.observed.workers_of(&run.key).filter(|worker| worker.state.is_active()) {
        draft.actions.push(SweepAction::DeleteWorker(worker.name.clone()));
    }
    draft.workers().desired = 0;
    if run.closed {
        if context.observed.desk.is_some() {
            draft.actions.push(SweepAction::Forget);
        }
        return;
    }
    let (Some(experiment_id), Some(parent)) = (&run.experiment_id, &run.parent_run_id) else {
        // Nothing stands in MLflow that could be closed.
        closed(draft);
        return;
    };
    finish(context, draft, &run, experiment_id, parent);
}

/// The next step of an ended run: its desk, its report, its end in MLflow.
fn finish(context: Context<'_>, draft: &mut Draft, run: &SweepRun, experiment_id: &str, parent: &str) {
    let Some(view) = context.observed.view(&run.key) else {
        draft.actions.push(start::opening(context, draft, experiment_id, parent));
        draft.again(AT_ONCE);
        return;
    };
    start::note(view, draft);
    // Nothing is given out any more, whoever asks before its pod is gone.
    draft.actions.push(SweepAction::Adjust(start::terms(context, draft)));
    match &run.summary_run_id {
        None => draft.effects.push(tags::ensure_summary(context, run, experiment_id, parent)),
        Some(run_id) if !run.reported => {
            draft.actions.push(SweepAction::Report { run_id: run_id.clone() });
            if let Some(run) = draft.run() {
                run.reported = true;
            }
            draft.again(AT_ONCE);
        }
        Some(_) => {
            let open: BTreeSet<String> = view.open_runs.iter().cloned().collect();
            draft.effects.push(close(context, run, experiment_id, parent, open));
            closed(draft);
        }
    }
}

fn closed(draft: &mut Draft) {
    if let Some(run) = draft.run() {
        run.closed = true;
    }
    draft.again(AT_ONCE);
}

fn close(
    context: Context<'_>,
    run: &SweepRun,
    experiment_id: &str,
    parent: &str,
    open: BTreeSet<String>,
) -> Effect {
    let status = match run.outcome {
        Some(SweepOutcome::Succeeded) => CloseAs::Finished,
        Some(SweepOutcome::Failed) => CloseAs::Failed,
        Some(SweepOutcome::Superseded) | None => CloseAs::Killed,
    };
    let outcome = format!("{}: {}", run.reason, run.message);
    Effect::CloseSweep {
        experiment_id: experiment_id.to_owned(),
        run_id: parent.to_owned(),
        open,
        status,
        at: context.now,
        tags: BTreeMap::from([("podium.dev/outcome".to_owned(), outcome)]),
    }
}
