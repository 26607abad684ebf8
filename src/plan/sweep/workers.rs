//! The workers of an open run: one Job each. One that is lost is replaced; one that is too many leaves at its next ask.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::{Verdict, judge};

use super::draft::Draft;
use super::{Context, SweepAction, WorkerFacts, close, document, trial_jobs};
use crate::api::conditions::reasons;
use crate::api::sweep_status::SweepOutcome;
use crate::domain::sweep::{ValidLearner, ValidTrial};
use crate::plan::AT_ONCE;
use crate::plan::Event;
use crate::plan::pipeline::{Failure, JobState, describe, permanent_reason};
use crate::plan::trials::{Loss, View};

/// Judges the workers that ended and makes those that are missing.
pub(super) fn advance(context: Context<'_>, draft: &mut Draft, view: &View, learner: &ValidLearner) {
    let Some(run) = draft.status.run.clone() else { return };
    let ended = i64::try_from(view.counts.ended()).unwrap_or(i64::MAX);
    if draft.workers().ended_trials_at_failure < ended {
        draft.workers().failures = 0;
        draft.workers().not_before = None;
    }
    let finished: Vec<WorkerFacts> =
        context.observed.workers_of(&run.key).filter(|worker| is_finished(worker)).cloned().collect();
    for worker in finished {
        if !draft.workers().judged.contains(&worker.number) {
            judge_worker(context, draft, &worker, ended);
        }
    }
    vanished(context, draft, view, &run.key);
    if draft.status.run.as_ref().is_some_and(|run| run.outcome.is_some()) {
        return;
    }
    staff(context, draft, view, learner, &run.key);
}

fn is_finished(worker: &WorkerFacts) -> bool {
    matches!(worker.state, JobState::Succeeded | JobState::Failed(_)) && !worker.has_ttl
}

/// A worker has ended: by itself, or because something broke.
fn judge_worker(context: Context<'_>, draft: &mut Draft, worker: &WorkerFacts, ended: i64) {
    draft.workers().judged.push(worker.number);
    let JobState::Failed(failure) = &worker.state else {
        lose(draft, worker, "it ended while it had a trial", true);
        return;
    };
    let why = describe(failure, &context.sweep.resources.memory);
    let counts = !matches!(failure, Failure::Disrupted(_));
    lose(draft, worker, &why, counts);
    draft.events.push(Event::warning("WorkerLost", format!("worker {}: {why}", worker.number)));
    match failure {
        Failure::Exit { code, .. } if judge(*code) == Verdict::Permanent => {
            close::end(context, draft, SweepOutcome::Failed, permanent_reason(*code), &why);
        }
        _ if counts => failed(context, draft, &why, ended),
        _ => {}
    }
}

/// Counts a failure; too many in a row, with no trial ended in between, end the sweep.
fn failed(context: Context<'_>, draft: &mut Draft, why: &str, ended: i64) {
    let workers = draft.workers();
    workers.failures += 1;
    workers.ended_trials_at_failure = ended;
    let failures = workers.failures;
    workers.not_before = later(context.now, backoff(failures)).map(Time);
    if failures.unsigned_abs() > context.sweep.limits.backoff_limit {
        let message = format!("{why}; {failures} workers failed in a row, and no trial ended in between");
        close::end(context, draft, SweepOutcome::Failed, "BackoffLimitExceeded", &message);
    }
}

/// 1 s, 2 s, 4 s, ... at most 5 minutes.
fn backoff(failures: i32) -> Duration {
    let doublings = u32::try_from(failures - 1).unwrap_or(0).min(9);
    Duration::from_secs((1_u64 << doublings).min(300))
}

fn later(now: Timestamp, delay: Duration) -> Option<Timestamp> {
    SignedDuration::try_from(delay).ok().and_then(|delay| now.checked_add(delay).ok())
}

fn lose(draft: &mut Draft, worker: &WorkerFacts, why: &str, counts: bool) {
    draft.actions.push(SweepAction::Lose(Loss {
        worker: worker.name.clone(),
        trial: None,
        why: why.to_owned(),
        counts,
    }));
}

/// Workers with a trial whose Job is gone or is going, and those that say nothing any more.
fn vanished(context: Context<'_>, draft: &mut Draft, view: &View, run: &str) {
    let is_there = |name: &str| {
        let found = context.observed.workers_of(run).find(|worker| worker.name == name);
        found.is_some_and(|worker| worker.state.is_active() || is_finished(worker))
    };
    for worker in view.workers.iter().filter(|worker| !is_there(worker)) {
        let why = "its Job was deleted".to_owned();
        let loss = Loss { worker: worker.clone(), trial: None, why, counts: false };
        draft.actions.push(SweepAction::Lose(loss));
    }
    draft.actions.extend(view.silent.iter().cloned().map(SweepAction::Lose));
}

/// As many workers as there are trials for them.
fn staff(context: Context<'_>, draft: &mut Draft, view: &View, learner: &ValidLearner, run: &str) {
    let active: Vec<&WorkerFacts> =
        context.observed.workers_of(run).filter(|worker| worker.state.is_active()).collect();
    let count = i32::try_from(active.len()).unwrap_or(i32::MAX);
    draft.workers().active = count;
    if context.sweep.suspend {
        stop(draft, &active);
        return;
    }
    let desired = desired(context, draft, view);
    waiting(draft, &active, "workers");
    let service = match context.service {
        Ok(service) => service,
        Err(why) => return draft.hinder("TrialServiceMissing", why),
    };
    if let Some(rest) = rest(draft, context.now) {
        draft.again(rest);
        return;
    }
    for _ in count..desired {
        let number = next_number(context, draft, run);
        draft.workers().made = number;
        if let Some(job) = document::worker(context, learner, &draft.status, number, service) {
            draft.actions.push(SweepAction::CreateWorker(Box::new(job)));
            draft.again(AT_ONCE);
        }
    }
}

/// As many as the limits let run at once, and never more than trials are left.
pub(super) fn desired(context: Context<'_>, draft: &mut Draft, view: &View) -> i32 {
    let limits = &context.sweep.sweep.plan.limits;
    let left = limits.max_trials.saturating_sub(view.counts.ended());
    let desired = i32::try_from(left.min(u64::from(limits.parallelism))).unwrap_or(i32::MAX);
    draft.workers().desired = desired;
    desired
}

/// Numbers are never used twice, also not after a crash between a Job and the status that counts it.
fn next_number(context: Context<'_>, draft: &mut Draft, run: &str) -> i32 {
    let seen = context.observed.workers_of(run).map(|worker| worker.number).max().unwrap_or(0);
    draft.workers().made.max(seen) + 1
}

/// All workers go; their trials are given out again when it goes on.
fn stop(draft: &mut Draft, active: &[&WorkerFacts]) {
    draft.workers().desired = 0;
    for worker in active {
        draft.actions.push(SweepAction::DeleteWorker(worker.name.clone()));
        lose(draft, worker, "suspended", false);
    }
}

/// Says why Jobs have no pod, when none of them works; `what` they are.
pub(super) fn waiting(draft: &mut Draft, active: &[&WorkerFacts], what: &str) {
    if active.iter().any(|worker| worker.state == JobState::Running) {
        return;
    }
    let why = active.iter().find_map(|worker| match &worker.state {
        JobState::Queued => Some((reasons::QUEUED, format!("{what} wait for admission by Kueue"))),
        JobState::Pending(Some(why)) => Some((reasons::POD_PENDING, why.clone())),
        JobState::Pending(None)
        | JobState::Running
        | JobState::Succeeded
        | JobState::Failed(_)
        | JobState::Deleting => None,
    });
    if let Some((reason, message)) = why {
        draft.hinder(reason, &message);
    }
    if !active.is_empty() {
        draft.again(Duration::from_secs(3));
    }
}

fn rest(draft: &mut Draft, now: Timestamp) -> Option<Duration> {
    let until = draft.workers().not_before.as_ref()?.0;
    Duration::try_from(until.duration_since(now)).ok().filter(|rest| !rest.is_zero())
}

/// Finished Jobs get their ttl once their end was judged and stands in status; active ones of other runs go.
pub(super) fn housekeeping(context: Context<'_>, draft: &mut Draft) {
    let run = draft.status.run.as_ref().map(|run| (run.key.clone(), run.outcome.is_some()));
    let judged = draft.status.workers.as_ref().map(|workers| workers.judged.clone()).unwrap_or_default();
    let is_judged = |worker: &WorkerFacts| match context.sweep.trial {
        ValidTrial::Learner(_) => judged.contains(&worker.number),
        ValidTrial::Container(_) => trial_jobs::is_settled(context, worker),
    };
    for worker in &context.observed.workers {
        let is_current = run.as_ref().is_some_and(|(key, _)| *key == worker.run);
        let is_over = run.as_ref().is_some_and(|(_, is_over)| *is_over);
        if !is_current && worker.state.is_active() {
            draft.actions.push(SweepAction::DeleteWorker(worker.name.clone()));
        } else if is_finished(worker) && (!is_current || is_over || is_judged(worker)) {
            let seconds = context.sweep.limits.ttl_seconds;
            draft.actions.push(SweepAction::SetTtl { job: worker.name.clone(), seconds });
        }
    }
    forget_judged(context, draft);
}

/// Numbers whose Job has its ttl, or is gone, are judged by that.
fn forget_judged(context: Context<'_>, draft: &mut Draft) {
    let Some(key) = draft.status.run.as_ref().map(|run| run.key.clone()) else { return };
    let open: Vec<i32> = context
        .observed
        .workers_of(&key)
        .filter(|worker| is_finished(worker))
        .map(|worker| worker.number)
        .collect();
    if let Some(workers) = draft.status.workers.as_mut() {
        workers.judged.retain(|number| open.contains(number));
    }
}
