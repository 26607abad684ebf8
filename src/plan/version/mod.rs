//! Planner of model versions: PURE. From an object, the model's record and what MLflow answers to the next small step of
//! a promotion, a rollback or a refusal, each of which can be repeated after a crash at any point.
//!
//! The order that makes it safe: source pinned → model claimed → version pinned → evidence judged → intent in the
//! record (its resourceVersion decides between racing objects) → alias → read back → record closed with its history.

mod action;
mod claim;
mod context;
mod decide;
mod evaluate;
mod leave;
mod ledger;
mod observed;
mod proof;
mod reasons;
mod register;
mod report;
mod retry;
mod rollback;
mod settled;
mod source;
mod stop;
mod transition;

#[cfg(test)]
mod tests;

use k8s_openapi::jiff::Timestamp;

use crate::api::ModelVersionStatus;
use crate::api::model_version::DeletionPolicy;
use crate::domain::version::{ModelRecord, Owner, ValidVersion};
use crate::domain::violation::Violation;
use crate::plan::{Known, Pin, Plan, Step};

pub use observed::{Observed, PipelineFacts, RecordState};
pub use proof::DECISION_TAG_PREFIX;
pub use report::{held_up, refused};

use context::Context;
use stop::Stop;

/// What is to be done about one model version.
pub type VersionPlan = Plan<VersionAction, ModelVersionStatus>;

/// A write to Kubernetes.
#[derive(Debug, Clone, PartialEq)]
pub enum VersionAction {
    /// The model's record is written.
    PutRecord(RecordWrite),
    /// The model's record is written without its open intent, which held the evidence: what was decided on it must stand
    /// in status before.
    CloseIntent(RecordWrite),
    /// The object gets our finalizer.
    AddFinalizer,
    /// The object loses our finalizer.
    RemoveFinalizer,
}

/// A write of a model's record: created when `expected` is absent, else replaced at exactly that resourceVersion. A conflict
/// means that somebody else decided: observe and plan again.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordWrite {
    /// Registered model.
    pub model: String,
    /// The new record.
    pub record: Box<ModelRecord>,
    /// resourceVersion that was observed.
    pub expected: Option<String>,
}

/// Plans the next step. It asks at most three times before it decides.
pub fn plan(version: &ValidVersion, observed: &Observed, known: &Known, now: Timestamp) -> Step<VersionPlan> {
    let context = Context::new(version, observed, known, now);
    finish(flow(&context), &version.owner, observed, now)
}

/// Plans the end of an object that is being deleted and whose spec can't be used.
pub fn plan_leaving(
    owner: &Owner,
    model: &str,
    deletion: DeletionPolicy,
    observed: &Observed,
    known: &Known,
    now: Timestamp,
) -> Step<VersionPlan> {
    let leaving = leave::Leaving { owner, model, deletion, observed, known, now };
    finish(leave::plan(&leaving), owner, observed, now)
}

/// Notes an id that an effect made or found.
pub fn pin(status: &mut ModelVersionStatus, pin: &Pin) {
    match pin {
        Pin::Version(number) => status.version = Some(number.clone()),
        Pin::Parent { .. } | Pin::Run { .. } => {}
    }
}

/// Plans for an object whose spec can't be used: nothing is done, and it says what is wrong.
pub fn plan_invalid(
    owner: &Owner,
    observed: &ModelVersionStatus,
    violations: &[Violation],
    now: Timestamp,
) -> VersionPlan {
    refused(owner, observed, violations, context::whole_second(now))
}

fn flow(context: &Context) -> Result<VersionPlan, Stop> {
    if context.observed.deleted_at.is_some() {
        return leave::of(context);
    }
    leave::finalizer(context)?;
    let source = source::pinned(context)?;
    let ledger = claim::record(context)?;
    let number = register::version(context, &source, &ledger)?;
    let mut desk = context::Desk::new(context, source, ledger, number);
    transition::carry_on(&desk)?;
    let approved = action::act(&mut desk)?;
    decide::decide(&mut desk, approved)
}

fn finish(
    outcome: Result<VersionPlan, Stop>,
    owner: &Owner,
    observed: &Observed,
    now: Timestamp,
) -> Step<VersionPlan> {
    match outcome {
        Ok(plan) => Step::Done(plan),
        Err(Stop::Done(plan)) => Step::Done(*plan),
        Err(Stop::Ask(queries)) => Step::Need(queries),
        Err(Stop::Hold(trouble)) => Step::Done(held_up(owner, &observed.status, &trouble, now)),
    }
}
