//! Taking the current holder back to the last version that passed.

use super::action::refuse;
use super::context::Desk;
use super::settled::{Standing, standing};
use super::stop::{Go, answered, both, stop};
use super::{VersionPlan, ledger, reasons, retry, transition};
use crate::domain::version::{Action, Intent, IntentAction, Verified};
use crate::plan::Event;

/// Opens the rollback of this version, or says why it can't be done.
pub fn rollback<T>(desk: &mut Desk, action: &Action) -> Go<Option<T>> {
    let alias = desk.alias_record();
    let target = alias.verified.iter().find(|verified| verified.version != desk.number).cloned();
    let holder = desk.holder_of(desk.alias());
    if standing(desk) != Standing::Holder {
        return refused(
            desk,
            action,
            reasons::ACTION_REFUSED,
            "only the version that Podium gave the alias to is taken back",
        );
    }
    let Some(target) = target else {
        return refused(
            desk,
            action,
            reasons::NO_STABLE_VERSION,
            "no other version of the model has passed its gates",
        );
    };
    let model = &desk.context.version.model;
    let (holder, version) = both(holder, answered(desk.context.known.version(model, &target.version)))?;
    if holder.as_deref() != Some(desk.number.as_str()) {
        return refused(desk, action, reasons::ALIAS_DRIFT, "the alias was moved outside of Podium");
    }
    let Some(version) = version else { return drop_target(desk, &target, "is no longer in MLflow") };
    match answered(desk.context.known.files(&version.artifact_uri))? {
        Some(files) if files.digest == target.digest => {}
        _ => return drop_target(desk, &target, "has other model files than those that passed"),
    }
    let status = desk.context.status().clone();
    let intent = Intent {
        from: Some(desk.number.clone()),
        run_id: version.run_id.clone(),
        model_digest: target.digest.clone(),
        ..transition::blank(desk, IntentAction::Rollback, &target.version, &action.raw, reasons::REQUESTED)
    };
    desk.handled = Some(action.raw.clone());
    stop(transition::open(desk, intent, status))
}

fn refused<T>(desk: &mut Desk, action: &Action, reason: &str, why: &str) -> Go<Option<T>> {
    let message = format!("version {} can't be rolled back: {why}", desk.number);
    refuse(desk, &action.raw, reason, message);
    Ok(None)
}

/// A target that can't be gone back to is taken off the record; the next one is tried then.
fn drop_target<T>(desk: &Desk, target: &Verified, why: &str) -> Go<T> {
    let record = ledger::without_verified(&desk.ledger.record, desk.alias(), &target.version);
    let mut plan = VersionPlan::idle(desk.context.status().clone());
    plan.actions.push(desk.put(record));
    let note = format!("version {} {why}, so nothing is rolled back to it", target.version);
    plan.events.push(Event::warning(reasons::NO_STABLE_VERSION, note));
    plan.requeue = Some(retry::AT_ONCE);
    stop(plan)
}
