//! What a person asks for by annotation. Each is carried out or refused once; what was carried out stands in the
//! record, so that a lost status does not repeat it.

use super::context::Desk;
use super::proof::{self, Basis};
use super::settled::{self, Standing, standing};
use super::stop::{Go, both, stop};
use super::{VersionPlan, ledger, reasons, retry, rollback};
use crate::api::model_version_status::{Decision, DecisionAction};
use crate::domain::version::{Action, Verb};
use crate::plan::Event;

/// An approval that is still to be followed.
pub struct Approval {
    /// The annotation.
    pub raw: String,
    /// Evidence that the person saw.
    pub evidence: String,
}

/// Carries out what a person asks for; an approval is passed on, since it needs a verdict.
pub fn act(desk: &mut Desk) -> Go<Option<Approval>> {
    if let Some(Err(malformed)) = &desk.context.version.action
        && desk.context.status().handled_action.as_ref() != Some(&malformed.0)
    {
        refuse(desk, &malformed.0, reasons::ACTION_REFUSED, malformed.to_string());
    }
    let Some(action) = desk.context.action().cloned() else { return Ok(None) };
    if desk.alias_record().history.iter().any(|decision| decision.by == action.raw) {
        desk.handled = Some(action.raw);
        return Ok(None);
    }
    match &action.verb {
        Verb::Approve { version, evidence } if is_about(desk, &action, version) => {
            Ok(Some(Approval { raw: action.raw.clone(), evidence: evidence.clone() }))
        }
        Verb::Reject { version, evidence } if is_about(desk, &action, version) => {
            reject(desk, &action, evidence)
        }
        Verb::Rollback { version } if is_about(desk, &action, version) => rollback::rollback(desk, &action),
        Verb::ReleaseHold { model } => release(desk, &action, model.as_deref()),
        Verb::Approve { .. } | Verb::Reject { .. } | Verb::Rollback { .. } => Ok(None),
    }
}

/// Notes that an action is not carried out, and why.
pub fn refuse(desk: &mut Desk, raw: &str, reason: &str, why: String) {
    desk.handled = Some(raw.to_owned());
    desk.events.push(Event::warning(reason, super::report::cut(&why, 1024)));
}

/// Whether an action names this version; refused when it does not.
fn is_about(desk: &mut Desk, action: &Action, version: &str) -> bool {
    if version == desk.number {
        return true;
    }
    let why = format!("{:?} names version {version}, this object is version {}", action.raw, desk.number);
    refuse(desk, &action.raw, reasons::ACTION_REFUSED, why);
    false
}

fn reject<T>(desk: &mut Desk, action: &Action, evidence: &str) -> Go<Option<T>> {
    let seen = desk.context.status().evidence_digest.clone().unwrap_or_default();
    let refusal = if standing(desk) == Standing::Holder {
        Some(format!("version {} has the alias {}: use rollback", desk.number, desk.alias()))
    } else if evidence != seen {
        Some(format!("the evidence is {seen:?}, not {evidence:?}: look at it and reject again"))
    } else {
        None
    };
    if let Some(why) = refusal {
        refuse(desk, &action.raw, reasons::ACTION_REFUSED, why);
        return Ok(None);
    }
    let decision = decision(desk, action, DecisionAction::Reject, reasons::REJECTED, desk.number.clone());
    stop(note(desk, decision)?)
}

fn release<T>(desk: &mut Desk, action: &Action, model: Option<&str>) -> Go<Option<T>> {
    let own = &desk.context.version.model;
    let hold = desk.alias_record().hold;
    let why = match (model.filter(|model| *model != own.as_str()), &hold) {
        (Some(model), _) => format!("{:?} names model {model:?}, this object is about {own:?}", action.raw),
        (None, None) => format!("{} of model {own:?} is not held", desk.alias()),
        (None, Some(hold)) => {
            let version = hold.refused_up_to.clone();
            let decision = decision(desk, action, DecisionAction::ReleaseHold, reasons::REQUESTED, version);
            let note_ = format!(
                "the hold at version {} ended: versions up to {} may be promoted again",
                hold.at, hold.refused_up_to
            );
            desk.events.push(Event::normal(reasons::HOLD_RELEASED, note_));
            return stop(note(desk, decision)?);
        }
    };
    refuse(desk, &action.raw, reasons::ACTION_REFUSED, why);
    Ok(None)
}

fn decision(desk: &Desk, action: &Action, what: DecisionAction, reason: &str, version: String) -> Decision {
    Decision {
        id: ledger::decision_id(&[&desk.context.version.owner.uid, &action.raw]),
        action: what,
        version,
        from: None,
        reason: reason.to_owned(),
        by: action.raw.clone(),
        at: desk.context.time(),
    }
}

/// Writes a decision that moves nothing into MLflow and the record.
fn note(desk: &mut Desk, decision: Decision) -> Go<VersionPlan> {
    let status = desk.context.status().clone();
    let basis = Basis {
        run_id: desk.source.run_id.as_deref(),
        model_digest: status.model_digest.as_deref(),
        evidence_digest: status.evidence_digest.as_deref(),
        gates: &status.gates,
    };
    let (effect, holder) = both(proof::effect(desk, &decision, &basis), desk.holder_of(desk.alias()))?;
    desk.handled = Some(decision.by.clone());
    desk.ledger.record = ledger::noted(&desk.ledger.record, desk.alias(), decision);
    let mut idle = VersionPlan::idle(status.clone());
    idle.status.handled_action.clone_from(&desk.handled);
    idle.status.hold = desk.alias_record().hold;
    idle.events.clone_from(&desk.events);
    let mut plan = settled::report(desk, status, holder.as_deref()).unwrap_or(idle);
    plan.effects.extend(effect);
    plan.actions.push(desk.put(desk.ledger.record.clone()));
    plan.requeue = Some(retry::AT_ONCE);
    Ok(plan)
}
