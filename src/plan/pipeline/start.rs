//! Which run there should be, and its first status.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::draft::Draft;
use super::{Context, fit};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{EndedRun, Run, RunOutcome, StageName, StageStatus, StepPhase, Trigger};
use crate::domain::names::digest;
use crate::plan::{AT_ONCE, Event};

/// Most fresh starts of one run because its data changed between stages.
const MOST_DATA_CHANGES: i32 = 3;

/// A run that should start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub trigger: Trigger,
    /// Time of the schedule that asks for it.
    pub tick: Option<Timestamp>,
    pub data_changes: i32,
}

impl Wanted {
    fn by(trigger: Trigger) -> Self {
        Self { trigger, tick: None, data_changes: 0 }
    }
}

/// The run that should start now, if any. Notes the schedule's times in the status.
pub(super) fn wanted(context: Context<'_>, draft: &mut Draft) -> Option<Wanted> {
    let tick = tick(context, draft);
    let status = &draft.status;
    let Some(run) = &status.run else { return Some(Wanted::by(Trigger::Spec)) };
    if run.identity != context.pipeline.identity.as_str() {
        return Some(Wanted::by(Trigger::Spec));
    }
    if let Some(nonce) = &context.pipeline.action
        && status.handled_action.as_ref() != Some(nonce)
    {
        return Some(Wanted::by(Trigger::Action));
    }
    if run.reason == reasons::DATA_CHANGED && run.outcome.is_some() && run.data_changes < MOST_DATA_CHANGES {
        return Some(Wanted { data_changes: run.data_changes + 1, ..Wanted::by(run.trigger) });
    }
    tick.map(|tick| Wanted { tick: Some(tick), ..Wanted::by(Trigger::Schedule) })
}

/// The schedule's tick that asks for a run now. While a run is open, `Forbid` skips it and says so.
fn tick(context: Context<'_>, draft: &mut Draft) -> Option<Timestamp> {
    let Some(schedule) = &context.pipeline.schedule else {
        draft.status.next_schedule_time = None;
        return None;
    };
    let now = context.now;
    // A schedule that is new counts from now on: its past is not made up for.
    let since = draft.status.last_schedule_time.get_or_insert(Time(now)).0;
    let next = schedule.next_after(now);
    draft.status.next_schedule_time = next.map(Time);
    if let Some(wait) = next.and_then(|next| std::time::Duration::try_from(next.duration_since(now)).ok()) {
        draft.again(wait.max(std::time::Duration::from_secs(1)));
    }
    if context.pipeline.suspend {
        return None;
    }
    let tick = schedule.due(since, now)?;
    let open = draft.status.run.as_ref().is_some_and(|run| run.outcome.is_none());
    if open && !schedule.replace {
        draft.status.last_schedule_time = Some(Time(tick));
        let note =
            format!("the run of {tick} was skipped: the run before is still open (concurrencyPolicy Forbid)");
        draft.events.push(Event::warning("ScheduleSkipped", note));
        return None;
    }
    Some(tick)
}

/// Starts the wanted run, unless pods are to stay stopped.
pub(super) fn begin(context: Context<'_>, wanted: Option<Wanted>, draft: &mut Draft) {
    let Some(wanted) = wanted else { return };
    if context.pipeline.suspend {
        return;
    }
    if let Some(run) = draft.status.run.take() {
        remember(context, run, draft);
    }
    let status = &mut draft.status;
    if let Some(tick) = wanted.tick {
        status.last_schedule_time = Some(Time(tick));
    }
    // Whatever starts a run, it is the run that an action before it asked for.
    if let Some(nonce) = &context.pipeline.action {
        status.handled_action = Some(nonce.clone());
    }
    let number = status.history.first().map_or(0, |ended| ended.number) + 1;
    let run = fresh(context, &wanted, number);
    draft.events.push(Event::normal("RunStarted", format!("run {number} started ({:?})", wanted.trigger)));
    draft.status.stages = stages(context);
    draft.status.candidates =
        context.pipeline.candidates.iter().map(|c| fit::untouched(c.name.clone())).collect();
    draft.status.tuned = Vec::new();
    draft.status.best = None;
    draft.status.model_version = None;
    draft.status.run = Some(run);
    draft.again(AT_ONCE);
}

fn fresh(context: Context<'_>, wanted: &Wanted, number: i64) -> Run {
    let pipeline = context.pipeline;
    let key = digest(&[&pipeline.owner.uid, &number.to_string(), pipeline.identity.as_str()]);
    Run {
        key: key.chars().take(16).collect(),
        number,
        identity: pipeline.identity.as_str().to_owned(),
        trigger: wanted.trigger,
        data_changes: wanted.data_changes,
        started_at: Time(context.now),
        finished_at: None,
        outcome: None,
        experiment: pipeline.experiment.clone(),
        experiment_id: None,
        parent_run_id: None,
        closed: false,
        reason: String::new(),
        message: String::new(),
        data: None,
        ranked_by: None,
        evaluation_run_id: None,
        evaluation_attempt: 0,
        evaluations_repeated: 0,
        evaluation_digest: None,
        evidence_digest: None,
        model_digest: None,
    }
}

fn stages(context: Context<'_>) -> Vec<StageStatus> {
    let mut names = vec![StageName::Validate, StageName::Train];
    if context.pipeline.tuning.is_some() {
        names.push(StageName::Tune);
    }
    names.push(StageName::Evaluate);
    if context.pipeline.registration.is_some() {
        names.push(StageName::Register);
    }
    let stage = |name| StageStatus {
        name,
        phase: StepPhase::Pending,
        started_at: None,
        finished_at: None,
        attempts: None,
        message: String::new(),
    };
    names.into_iter().map(stage).collect()
}

/// Writes the last run into the history. The number of a run must never be used twice, so at least one is kept; and so is
/// the last one that succeeded, since `source.pipelineRef` means that one.
fn remember(context: Context<'_>, run: Run, draft: &mut Draft) {
    let ended = EndedRun {
        number: run.number,
        key: run.key,
        outcome: run.outcome.unwrap_or(RunOutcome::Superseded),
        started_at: run.started_at,
        finished_at: run.finished_at.unwrap_or(Time(context.now)),
        parent_run_id: run.parent_run_id,
        evaluation_run_id: run.evaluation_run_id,
        best: draft.status.best.take(),
        model_version: draft.status.model_version.take(),
        message: run.message,
    };
    let history = &mut draft.status.history;
    history.insert(0, ended);
    let succeeded = history.iter().position(|run| run.outcome == RunOutcome::Succeeded);
    let limit = context.pipeline.limits.history.max(1);
    let mut beyond = history.split_off(limit.min(history.len()));
    history.extend(succeeded.and_then(|at| at.checked_sub(limit)).map(|at| beyond.swap_remove(at)));
}
