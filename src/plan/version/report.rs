//! What an object says about itself: phase, message, conditions, and an Event when the reason changes.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::context::{Context, Desk, whole_second};
use super::{VersionPlan, retry};
use crate::api::ModelVersionStatus;
use crate::api::conditions::{READY, RECONCILING, STALLED, condition, reasons};
use crate::api::model_version_status::{Transition, VersionPhase};
use crate::domain::version::{HISTORY, Owner};
use crate::domain::violation::{Violation, summary};
use crate::plan::conditions::{find, set_conditions};
use crate::plan::{Event, EventKind, Plan, Trouble};

/// What stands beside Ready while it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Nothing.
    Quiet,
    /// It goes on by itself.
    Reconciling,
    /// Nothing goes on without a change by somebody.
    Stalled,
}

/// What is said.
#[derive(Debug, Clone, PartialEq)]
pub struct Say {
    pub phase: VersionPhase,
    pub ready: bool,
    pub flag: Flag,
    pub reason: String,
    pub message: String,
    pub event: Option<EventKind>,
    pub requeue: Duration,
}

impl Say {
    /// Not ready, and at work or waiting for something that comes by itself.
    pub fn working(phase: VersionPhase, reason: &str, message: impl Into<String>, requeue: Duration) -> Self {
        let (reason, message) = (reason.to_owned(), message.into());
        Self { phase, ready: false, flag: Flag::Reconciling, reason, message, event: None, requeue }
    }

    /// Not ready, and somebody must act.
    pub fn stalled(phase: VersionPhase, reason: &str, message: impl Into<String>) -> Self {
        let event = Some(EventKind::Warning);
        Self { flag: Flag::Stalled, event, ..Self::working(phase, reason, message, retry::RARE) }
    }
}

/// A plan that only says something.
pub fn idle(context: &Context, base: ModelVersionStatus, say: Say) -> VersionPlan {
    let (owner, old) = (&context.version.owner, context.status());
    let requeue = Some(say.requeue);
    let mut plan = Plan::idle(base);
    plan.events.extend(announcement(old, &say));
    set(owner, old, &mut plan.status, &say, context.now);
    plan.requeue = requeue;
    plan
}

/// A plan about a registered version: its status shows the record beside what is said.
pub fn of(desk: &Desk, base: ModelVersionStatus, holder: Option<&str>, say: Say) -> VersionPlan {
    let mut status = base;
    status.alias = (holder == Some(desk.number.as_str())).then(|| desk.alias().to_owned());
    let alias = desk.alias_record();
    status.hold = alias.hold.clone();
    status.transition = transition(desk);
    let about_me = |version: &str, from: Option<&str>| version == desk.number || from == Some(&desk.number);
    let recorded = alias.history.iter().filter(|d| about_me(&d.version, d.from.as_deref())).cloned();
    let mut history: Vec<_> = recorded.collect();
    let known =
        |id: &str, list: &[crate::api::model_version_status::Decision]| list.iter().any(|d| d.id == id);
    let own: Vec<_> = status.history.iter().filter(|d| !known(&d.id, &history)).cloned().collect();
    history.extend(own);
    history.sort_by(|one, other| other.at.cmp(&one.at));
    history.truncate(HISTORY);
    status.history = history;
    if desk.handled.is_some() {
        status.handled_action.clone_from(&desk.handled);
    }
    let mut plan = idle(desk.context, status, say);
    plan.events.extend(desk.events.iter().cloned());
    plan
}

fn transition(desk: &Desk) -> Option<Transition> {
    let intent = desk.ledger.record.intent.as_ref()?;
    (intent.owner.uid == desk.context.version.owner.uid).then(|| Transition {
        id: intent.id.clone(),
        from: intent.from.clone(),
        to: intent.to.clone(),
        since: intent.since.clone(),
    })
}

fn announcement(old: &ModelVersionStatus, say: &Say) -> Option<Event> {
    let known = find(&old.conditions, READY).is_some_and(|ready| ready.reason == say.reason);
    let kind = say.event.filter(|_| !known)?;
    Some(Event { kind, reason: say.reason.clone(), note: cut(&say.message, 1024) })
}

/// At most `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn set(owner: &Owner, old: &ModelVersionStatus, status: &mut ModelVersionStatus, say: &Say, now: Timestamp) {
    let generation = owner.generation;
    status.observed_generation = Some(generation);
    status.phase = say.phase;
    status.message = cut(&say.message, 1024);
    let make =
        |type_: &str, value: bool| condition(type_, value, &say.reason, &status.message, generation, now);
    let mut conditions = vec![make(READY, say.ready)];
    match say.flag {
        Flag::Quiet => {}
        Flag::Reconciling => conditions.push(make(RECONCILING, true)),
        Flag::Stalled => conditions.push(make(STALLED, true)),
    }
    status.conditions = set_conditions(&old.conditions, conditions);
}

/// MLflow does not answer: nothing changes but what is said about it. An object that was ready stays so.
pub fn held_up(owner: &Owner, old: &ModelVersionStatus, trouble: &Trouble, now: Timestamp) -> VersionPlan {
    let now = whole_second(now);
    let mut plan: VersionPlan = Plan::idle(old.clone());
    let generation = old.observed_generation.unwrap_or(owner.generation);
    let since = find(&old.conditions, RECONCILING)
        .filter(|reconciling| reconciling.reason == trouble.reason)
        .map(|reconciling| reconciling.last_transition_time.0);
    if since.is_none() {
        plan.events.push(Event::warning(trouble.reason, cut(&trouble.message, 1024)));
    }
    let make =
        |type_: &str, value: bool| condition(type_, value, trouble.reason, &trouble.message, generation, now);
    let ready = find(&old.conditions, READY).filter(|ready| ready.status == "True").cloned();
    let conditions = vec![ready.unwrap_or_else(|| make(READY, false)), make(RECONCILING, true)];
    plan.status.conditions = set_conditions(&old.conditions, conditions);
    plan.status.message = cut(&trouble.message, 1024);
    plan.requeue = Some(retry::backoff(since, now, &owner.uid));
    plan
}

/// The spec can't be used: nothing is done, and it says what is wrong.
pub fn refused(
    owner: &Owner,
    old: &ModelVersionStatus,
    violations: &[Violation],
    now: Timestamp,
) -> VersionPlan {
    let phase = if old.version.is_some() { old.phase } else { VersionPhase::Error };
    let say = Say::stalled(phase, reasons::INVALID_SPEC, summary(violations));
    let mut plan: VersionPlan = Plan::idle(old.clone());
    plan.events.extend(announcement(old, &say));
    set(owner, old, &mut plan.status, &say, now);
    plan
}
