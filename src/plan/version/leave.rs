//! The end of an object: what happens to its version, within 60 s, whatever MLflow does.

use k8s_openapi::jiff::Timestamp;

use super::context::Context;
use super::stop::{Go, answered, stop};
use super::{Observed, RecordState, RecordWrite, VersionAction, VersionPlan, ledger, reasons, retry};
use crate::api::model_version::DeletionPolicy;
use crate::domain::version::{IntentStep, ModelRecord, Owner};
use crate::plan::{Effect, Event, Known, Reading};

/// Seconds after which the object goes even when MLflow does not answer.
const LONGEST: i64 = 60;

/// An object that goes; its spec may be one that can't be used.
pub struct Leaving<'a> {
    pub owner: &'a Owner,
    pub model: &'a str,
    pub deletion: DeletionPolicy,
    pub observed: &'a Observed,
    pub known: &'a Known,
    pub now: Timestamp,
}

/// Only an object whose version is to be deleted has a finalizer; it stops to add or remove it.
pub fn finalizer(context: &Context) -> Go<()> {
    let wanted = context.version.deletion == DeletionPolicy::Delete;
    let action = match (wanted, context.observed.finalizer) {
        (true, false) => VersionAction::AddFinalizer,
        (false, true) => VersionAction::RemoveFinalizer,
        (true, true) | (false, false) => return Ok(()),
    };
    let mut plan = VersionPlan::idle(context.status().clone());
    plan.actions.push(action);
    plan.requeue = Some(retry::AT_ONCE);
    stop(plan)
}

/// Plans the end of a valid object.
pub fn of(context: &Context) -> Go<VersionPlan> {
    plan(&Leaving {
        owner: &context.version.owner,
        model: &context.version.model,
        deletion: context.version.deletion,
        observed: context.observed,
        known: context.known,
        now: context.now,
    })
}

/// Plans the end of an object.
pub fn plan(leaving: &Leaving) -> Go<VersionPlan> {
    let observed = leaving.observed;
    let status = &observed.status;
    if !observed.finalizer {
        return Ok(VersionPlan::idle(status.clone()));
    }
    let Some(number) = status.version.as_ref().filter(|_| leaving.deletion == DeletionPolicy::Delete) else {
        return Ok(go(leaving));
    };
    let Some(record) = own_record(leaving) else {
        return Ok(kept(leaving, number, "the model is not owned"));
    };
    if expired(leaving) {
        return Ok(kept(leaving, number, "it could not be deleted within 60 s"));
    }
    if let Some(plan) = open_intent(leaving, record, number)? {
        return Ok(plan);
    }
    match leaving.known.version(leaving.model, number) {
        Ok(Reading::Unreachable(_)) => Ok(later(leaving)),
        answer => match answered(answer)? {
            None => Ok(go(leaving)),
            Some(version) if !version.aliases.is_empty() => {
                Ok(kept(leaving, number, &format!("it holds {}", version.aliases.join(", "))))
            }
            Some(_) => {
                let mut plan = go(leaving);
                let (model, version) = (leaving.model.to_owned(), number.clone());
                plan.effects.push(Effect::DeleteVersion { model, version });
                Ok(plan)
            }
        },
    }
}

fn own_record<'a>(leaving: &Leaving<'a>) -> Option<(&'a ModelRecord, &'a str)> {
    match &leaving.observed.record {
        RecordState::Present { record, resource_version }
            if record.claim.namespace == leaving.owner.namespace
                && record.claim.installation == leaving.observed.installation =>
        {
            Some((record, resource_version))
        }
        RecordState::Present { .. } | RecordState::Absent | RecordState::Unreadable(_) => None,
    }
}

fn expired(leaving: &Leaving) -> bool {
    let since = leaving.observed.deleted_at.unwrap_or(leaving.now);
    leaving.now.as_second() - since.as_second() >= LONGEST
}

/// An own intent that has moved nothing is given up; a version that another step needs waits for it. What has moved is
/// closed by another object of the model.
fn open_intent(leaving: &Leaving, record: (&ModelRecord, &str), number: &String) -> Go<Option<VersionPlan>> {
    let (record, resource_version) = record;
    let Some(intent) = &record.intent else { return Ok(None) };
    let holder = match leaving.known.alias(leaving.model, &intent.alias) {
        Ok(Reading::Unreachable(_)) => return Ok(Some(later(leaving))),
        answer => answered(answer)?.map(|facts| facts.version.clone()),
    };
    let unmoved = intent.step == IntentStep::Opened && holder.as_ref() != Some(&intent.to);
    if intent.owner.uid == leaving.owner.uid && unmoved {
        let mut plan = VersionPlan::idle(leaving.observed.status.clone());
        plan.actions.push(VersionAction::PutRecord(RecordWrite {
            model: leaving.model.to_owned(),
            record: Box::new(ledger::aborted(record)),
            expected: Some(resource_version.to_owned()),
        }));
        plan.requeue = Some(retry::AT_ONCE);
        return Ok(Some(plan));
    }
    let needed = intent.to == *number || intent.from.as_ref() == Some(number);
    Ok(needed.then(|| later(leaving)))
}

fn later(leaving: &Leaving) -> VersionPlan {
    let mut plan = VersionPlan::idle(leaving.observed.status.clone());
    plan.requeue = Some(retry::SOON);
    plan
}

fn go(leaving: &Leaving) -> VersionPlan {
    let mut plan = VersionPlan::idle(leaving.observed.status.clone());
    plan.actions.push(VersionAction::RemoveFinalizer);
    plan
}

fn kept(leaving: &Leaving, number: &str, why: &str) -> VersionPlan {
    let mut plan = go(leaving);
    let note = format!("version {number} of model {:?} stays in MLflow: {why}", leaving.model);
    plan.events.push(Event::warning(reasons::VERSION_KEPT, note));
    plan
}
