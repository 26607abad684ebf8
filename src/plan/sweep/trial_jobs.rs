//! Trials that have a Job each. The desk gives a trial out, which stands in MLflow then; its Job is made; what the Job came
//! to settles the trial. Each step follows from what is seen of the one before, so that any leader can go on.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::workers::{desired, waiting};
use super::{Context, SweepAction, WorkerFacts, trial_plan};
use crate::api::sweep_status::SweepRun;
use crate::domain::sweep::ValidContainer;
use crate::plan::pipeline::{Failure, JobState, describe_foreign};
use crate::plan::trials::{Exit, Given, Loss, Settlement, View};
use crate::plan::{AT_ONCE, Event};

/// Most trials that are given out before their Jobs are made.
const BATCH: u32 = 20;

/// Judges the Jobs that ended and makes those that are missing.
pub(super) fn advance(context: Context<'_>, draft: &mut Draft, view: &View, container: &ValidContainer) {
    let Some(run) = draft.status.run.clone() else { return };
    let jobs: BTreeMap<&str, &WorkerFacts> =
        context.observed.workers_of(&run.key).map(|job| (job.name.as_str(), job)).collect();
    let before = draft.actions.len();
    for given in &view.given {
        judge(context, draft, given, jobs.get(given.worker.as_str()).copied());
    }
    let is_given = |job: &WorkerFacts| view.given.iter().any(|given| given.worker == job.name);
    for job in jobs.values().filter(|job| job.state.is_active() && !is_given(job)) {
        // Of an attempt that counts no longer: a leader that was dead already made it.
        draft.actions.push(SweepAction::DeleteWorker(job.name.clone()));
    }
    let active: Vec<&WorkerFacts> = jobs.values().copied().filter(|job| job.state.is_active()).collect();
    draft.workers().active = i32::try_from(active.len()).unwrap_or(i32::MAX);
    if draft.actions.len() > before {
        // What is free now is seen on the desk.
        draft.again(AT_ONCE);
        return;
    }
    if context.sweep.suspend {
        draft.workers().desired = 0;
        return;
    }
    waiting(draft, &active, "trials");
    make(context, draft, view, container, &run, &jobs);
    hand_out(context, draft, view);
}

/// One given trial, by the state of its Job.
fn judge(context: Context<'_>, draft: &mut Draft, given: &Given, job: Option<&WorkerFacts>) {
    let suspend = context.sweep.suspend;
    match job.map(|job| (&job.state, job)) {
        Some((JobState::Succeeded, job)) => settle(draft, given, job, Exit::Completed),
        Some((JobState::Failed(failure), job)) => failed(context, draft, given, job, failure),
        Some((JobState::Deleting, _)) => lose(draft, given, "its Job was deleted", false),
        Some((JobState::Queued | JobState::Pending(_) | JobState::Running, job)) if suspend => {
            draft.actions.push(SweepAction::DeleteWorker(job.name.clone()));
            lose(draft, given, "suspended", false);
        }
        None if suspend => lose(draft, given, "suspended", false),
        Some((JobState::Queued | JobState::Pending(_) | JobState::Running, _)) | None => {}
    }
}

/// Every exit code is the trial's own; a pod that ended without one is made again.
fn failed(context: Context<'_>, draft: &mut Draft, given: &Given, job: &WorkerFacts, failure: &Failure) {
    let why = describe_foreign(failure, &context.sweep.resources.memory);
    match failure {
        Failure::Exit { .. } => return settle(draft, given, job, Exit::Failed(why)),
        Failure::DeadlineExceeded(had)
            if context.sweep.limits.trial_deadline.is_some_and(|most| *had >= most) =>
        {
            let why = format!("it took longer than limits.trialDeadlineSeconds, {had} s");
            return settle(draft, given, job, Exit::Failed(why));
        }
        // A deadline by less than it may have today, for example by a time limit of the sweep that was raised since.
        Failure::DeadlineExceeded(_) | Failure::Disrupted(_) | Failure::Unknown(_) => {}
    }
    draft.events.push(Event::warning("TrialLost", format!("trial {}: {why}", given.number)));
    lose(draft, given, &why, matches!(failure, Failure::Unknown(_)));
}

fn settle(draft: &mut Draft, given: &Given, job: &WorkerFacts, exit: Exit) {
    draft.actions.push(SweepAction::Settle(Settlement {
        number: given.number,
        attempt: given.attempt,
        worker: given.worker.clone(),
        run_id: given.run_id.clone(),
        exit,
        seconds: job.seconds,
    }));
}

fn lose(draft: &mut Draft, given: &Given, why: &str, counts: bool) {
    let loss = Loss { worker: given.worker.clone(), trial: None, why: why.to_owned(), counts };
    draft.actions.push(SweepAction::Lose(loss));
}

/// Given trials whose Job is not there, whether it was never made or is gone.
fn make(
    context: Context<'_>,
    draft: &mut Draft,
    view: &View,
    container: &ValidContainer,
    run: &SweepRun,
    jobs: &BTreeMap<&str, &WorkerFacts>,
) {
    for given in view.given.iter().filter(|given| !jobs.contains_key(given.worker.as_str())) {
        if let Some(plan) = trial_plan::trial(context, container, run, given) {
            draft.workers().made += 1;
            draft.actions.push(SweepAction::CreateTrial(Box::new(plan)));
            draft.again(AT_ONCE);
        }
    }
}

/// As many trials as there are places for, a few at a time: the first ones run while the others are written.
fn hand_out(context: Context<'_>, draft: &mut Draft, view: &View) {
    let desired = usize::try_from(desired(context, draft, view)).unwrap_or(0);
    let places = u32::try_from(desired.saturating_sub(view.held)).unwrap_or(u32::MAX);
    if places > 0 && !context.observed.is_dry {
        draft.actions.push(SweepAction::HandOut(places.min(BATCH)));
        draft.again(AT_ONCE);
    }
}

/// Whether a trial's Job has ended and the trial is not settled yet: what it came to counts, though the sweep is over.
pub(super) fn is_behind(context: Context<'_>, view: &View) -> bool {
    let has_ended = |given: &Given| {
        let job = context.observed.workers_of(&view.run).find(|job| job.name == given.worker);
        job.is_some_and(|job| {
            matches!(job.state, JobState::Succeeded | JobState::Failed(Failure::Exit { .. }))
        })
    };
    view.given.iter().any(has_ended)
}

/// Whether what a Job came to stands in MLflow, or counts no longer.
pub(super) fn is_settled(context: Context<'_>, job: &WorkerFacts) -> bool {
    let view = context.observed.view(&job.run);
    view.is_some_and(|view| view.given.iter().all(|given| given.worker != job.name))
}
