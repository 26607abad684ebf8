//! Which run there should be, its first status, and the desk of an open one.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use podium_search::{Algorithm, GpOptions, TpeOptions};
use podium_tuning::report::method;

use super::action::{Opening, SweepAction, Terms};
use super::draft::Draft;
use super::{Context, found, tags, teachers};
use crate::api::sweep_status::{ChosenAlgorithm, SweepRun, TrialCounts, Workers};
use crate::domain::names::digest;
use crate::domain::sweep::ValidSweep;
use crate::plan::trials::{Clock, View};
use crate::plan::{AT_ONCE, Event};

/// Whether another run than the last one is asked for.
pub(super) fn is_wanted(context: Context<'_>, draft: &Draft) -> bool {
    let Some(run) = &draft.status.run else { return true };
    let action = context.sweep.action.as_ref();
    run.identity != context.sweep.identity
        || action.is_some_and(|nonce| draft.status.handled_action.as_ref() != Some(nonce))
}

/// Starts a run, unless workers are to stay stopped or those that are to teach it have not ended.
pub(super) fn begin(context: Context<'_>, draft: &mut Draft) {
    if context.sweep.suspend || teachers::are_awaited(context, draft) {
        return;
    }
    let number = draft.status.run.as_ref().map_or(0, |run| run.number) + 1;
    let sweep = context.sweep;
    let key = digest(&[&sweep.owner.uid, &number.to_string(), &sweep.identity]);
    let status = &mut draft.status;
    status.run = Some(SweepRun {
        key: key.chars().take(16).collect(),
        number,
        identity: sweep.identity.clone(),
        started_at: Time(context.now),
        finished_at: None,
        suspended_at: None,
        suspended_seconds: 0,
        outcome: None,
        reason: String::new(),
        message: String::new(),
        experiment: sweep.experiment.clone(),
        experiment_id: None,
        parent_run_id: None,
        summary_run_id: None,
        reported: false,
        closed: false,
        data_digest: None,
        gpu: None,
        warm_start: None,
    });
    // Whatever starts a run, it is the run that an action before it asked for.
    status.handled_action = sweep.action.clone().or(status.handled_action.take());
    status.algorithm = Some(chosen(&sweep.sweep));
    status.trials = Some(TrialCounts::default());
    status.best = None;
    status.top = Vec::new();
    status.workers = Some(Workers::default());
    draft.events.push(Event::normal("RunStarted", format!("run {number} started")));
    draft.again(AT_ONCE);
}

/// How points are chosen in a run. Later changes of how many trials there are, and how many at once, don't change it.
fn chosen(sweep: &ValidSweep) -> ChosenAlgorithm {
    let settings = &sweep.plan.settings;
    let choice = settings.algorithm.choose(&sweep.plan.space, settings.budget, settings.parallelism);
    ChosenAlgorithm {
        name: method(&choice.algorithm),
        reason: choice.reason,
        trials: settings.budget.and_then(|trials| i64::try_from(trials).ok()).unwrap_or(i64::MAX),
        parallelism: i32::try_from(settings.parallelism).unwrap_or(i32::MAX),
    }
}

/// The desk of the open run is to be opened.
pub(super) fn opening(context: Context<'_>, draft: &Draft, experiment_id: &str, parent: &str) -> SweepAction {
    let run = draft.status.run.as_ref();
    let mut sweep = context.sweep.sweep.clone();
    if let Some(chosen) = &draft.status.algorithm {
        sweep.plan.settings.budget = Some(chosen.trials.unsigned_abs());
        sweep.plan.settings.parallelism = chosen.parallelism.unsigned_abs();
        keep_method(&mut sweep, &chosen.name);
    }
    SweepAction::Open(Box::new(Opening {
        sweep,
        place: tags::place(context, run, experiment_id, parent),
        terms: terms(context, draft),
        own_jobs: context.sweep.trial.has_own_jobs(),
        data_digest: run.and_then(|run| run.data_digest.clone()),
        taught: run.and_then(|run| Some(run.warm_start.as_ref()?.digest.clone())),
    }))
}

/// `Auto` of another release may choose otherwise: the method that the run began with stays.
fn keep_method(sweep: &mut ValidSweep, began_with: &str) {
    if sweep.plan.settings.algorithm != Algorithm::Auto || chosen(sweep).name == began_with {
        return;
    }
    let kept = [Algorithm::Tpe(TpeOptions::default()), Algorithm::Gp(GpOptions::default())];
    if let Some(kept) = kept.into_iter().find(|kept| method(kept) == began_with) {
        sweep.plan.settings.algorithm = kept;
    }
}

/// What may change while the run is open.
pub(super) fn terms(context: Context<'_>, draft: &Draft) -> Terms {
    let run = draft.status.run.as_ref();
    let is_over = run.is_none_or(|run| run.outcome.is_some());
    Terms {
        limits: context.sweep.sweep.plan.limits.clone(),
        backoff_limit: context.sweep.limits.backoff_limit,
        clock: clock(context, draft),
        is_open: !context.sweep.suspend && !is_over,
    }
}

fn clock(context: Context<'_>, draft: &Draft) -> Clock {
    let Some(run) = &draft.status.run else {
        return Clock { started_at: context.now, suspended: Duration::ZERO };
    };
    clock_of(run, context.now)
}

/// The time that a run has had.
pub(super) fn clock_of(run: &SweepRun, now: Timestamp) -> Clock {
    let before = Duration::from_secs(run.suspended_seconds.unsigned_abs());
    let current = run.suspended_at.as_ref().map(|since| now.duration_since(since.0));
    let current = current.and_then(|time| Duration::try_from(time).ok()).unwrap_or_default();
    Clock { started_at: run.started_at.0, suspended: before + current }
}

/// Notes since when the run is suspended, or how long it was.
pub(super) fn count_suspension(context: Context<'_>, draft: &mut Draft) {
    let now = context.now;
    let suspend = context.sweep.suspend;
    let Some(run) = draft.run() else { return };
    match (&run.suspended_at, suspend) {
        (None, true) => run.suspended_at = Some(Time(now)),
        (Some(since), false) => {
            run.suspended_seconds += now.duration_since(since.0).as_secs();
            run.suspended_at = None;
        }
        (None, false) | (Some(_), true) => {}
    }
}

/// What the desk shows, as status.
pub(super) fn note(view: &View, draft: &mut Draft) {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let status = &mut draft.status;
    status.trials = Some(TrialCounts {
        running: i64::try_from(view.held).unwrap_or(i64::MAX),
        complete: count(view.counts.complete),
        stopped: count(view.counts.stopped),
        failed: count(view.counts.failed),
    });
    found::note(&view.top, status);
    if let (Some(run), Some(data)) = (status.run.as_mut(), &view.data) {
        run.data_digest.get_or_insert_with(|| data.data_digest.clone());
    }
}
