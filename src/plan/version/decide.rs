//! Who decides on a verdict, and what follows from it.

use super::action::{self, Approval};
use super::context::{Desk, number};
use super::evaluate::{Judged, evaluate};
use super::proof::{self, Basis};
use super::report::{self, Flag, Say};
use super::settled::{self, Standing, standing};
use super::stop::Go;
use super::{VersionPlan, ledger, reasons, retry, transition};
use crate::api::ModelVersionStatus;
use crate::api::conditions::READY;
use crate::api::model_version::PromotionMode;
use crate::api::model_version_status::{Decision, DecisionAction, GateResult, VersionPhase};
use crate::plan::EventKind;
use crate::plan::conditions::find;
use crate::plan::gate::reasons::{MODEL_CHANGED, MODEL_MISSING};

/// Decides about a version whose alias is not on the move.
pub fn decide(desk: &mut Desk, approval: Option<Approval>) -> Go<VersionPlan> {
    let (standing, base) = (standing(desk), desk.context.status().clone());
    if approval.is_none() && standing != Standing::Open {
        let holder = desk.holder_of(desk.alias())?;
        if let Some(plan) = settled::report(desk, base.clone(), holder.as_deref()) {
            return Ok(plan);
        }
    }
    let judged = evaluate(desk, reads_files(desk, approval.is_some()))?;
    if let Some(approval) = approval {
        match refusal(desk, &approval, &judged, &standing) {
            None => {
                desk.handled = Some(approval.raw.clone());
                return transition::promote(desk, &judged, &approval.raw, reasons::APPROVED);
            }
            Some(why) => action::refuse(desk, &approval.raw, reasons::ACTION_REFUSED, why),
        }
    }
    match settled::report(desk, base, judged.holder.as_deref()) {
        Some(plan) => Ok(plan),
        None => undecided(desk, &judged),
    }
}

/// Model files are read when something may be decided on them, and as long as they were not as evaluated.
fn reads_files(desk: &Desk, approved: bool) -> bool {
    let (version, status) = (desk.context.version, desk.context.status());
    let auto = version.promotion.mode == PromotionMode::Auto && version.may_auto_promote;
    let bad = find(&status.conditions, READY)
        .is_some_and(|ready| [MODEL_CHANGED, MODEL_MISSING].contains(&ready.reason.as_str()));
    approved || auto || bad || status.model_digest.is_none()
}

/// Why an approval can't be followed: it never stands in for evidence.
fn refusal(desk: &Desk, approval: &Approval, judged: &Judged, standing: &Standing) -> Option<String> {
    let hold = desk.alias_record().hold;
    let held = hold.filter(|hold| number(&desk.number) <= number(&hold.refused_up_to));
    if *standing == Standing::Holder {
        Some(format!("version {} has the alias {} already", desk.number, desk.alias()))
    } else if let Standing::Refused(decision) = standing {
        Some(format!("version {} was refused by {} for good", desk.number, decision.by))
    } else if desk.context.version.promotion.mode == PromotionMode::Never {
        Some("promotion.mode is Never: nothing is promoted".to_owned())
    } else if let Some(hold) = held {
        Some(format!("versions up to {} are held; release the hold first", hold.refused_up_to))
    } else if approval.evidence != judged.evidence_digest {
        Some(format!(
            "the evidence is {}, not {}: look at it and approve again",
            judged.evidence_digest, approval.evidence
        ))
    } else if judged.verdict.result != GateResult::Pass {
        Some(format!("an approval does not stand in for evidence: {}", judged.verdict.message))
    } else {
        None
    }
}

fn undecided(desk: &mut Desk, judged: &Judged) -> Go<VersionPlan> {
    match judged.verdict.result {
        GateResult::Pass => passed(desk, judged),
        GateResult::Fail => rejected(desk, judged),
        GateResult::Error => {
            let say =
                Say::stalled(VersionPhase::Error, &judged.verdict.reason, judged.verdict.message.clone());
            Ok(say_judged(desk, judged, say))
        }
        GateResult::Inconclusive => Ok(say_judged(desk, judged, inconclusive(judged))),
    }
}

fn inconclusive(judged: &Judged) -> Say {
    let (reason, message) = (&judged.verdict.reason, judged.verdict.message.clone());
    if judged.may_change {
        Say::working(VersionPhase::Evaluating, reason, message, retry::STEADY)
    } else {
        Say::stalled(VersionPhase::Evaluating, reason, message)
    }
}

fn passed(desk: &mut Desk, judged: &Judged) -> Go<VersionPlan> {
    match desk.context.version.promotion.mode {
        PromotionMode::Never => Ok(say_judged(desk, judged, evaluated(judged))),
        PromotionMode::Manual => Ok(awaiting(desk, judged, reasons::AWAITING_APPROVAL, "a person decides")),
        PromotionMode::Auto => match needs_person(desk, judged) {
            Some((reason, why)) => Ok(awaiting(desk, judged, reason, &why)),
            None => transition::promote(desk, judged, "operator", reasons::ALL_GATES_PASSED),
        },
    }
}

/// Why `Auto` waits for a person.
fn needs_person(desk: &Desk, judged: &Judged) -> Option<(&'static str, String)> {
    let version = desk.context.version;
    let given = desk.alias_record().holder;
    let holder = judged.holder.as_deref();
    if !version.may_auto_promote {
        let why = format!(
            "the operator's configuration does not let {:?} be promoted without a person",
            version.model
        );
        return Some((reasons::AUTO_NOT_ALLOWED, why));
    }
    if given.is_some() && given.as_deref() != holder {
        let now = holder.unwrap_or("no version");
        return Some((
            reasons::ALIAS_DRIFT,
            format!("{} was moved outside of Podium, to {now}", desk.alias()),
        ));
    }
    let newer = holder.filter(|holder| number(holder) > number(&desk.number))?;
    Some((reasons::OLDER_THAN_HOLDER, format!("version {newer}, which holds {}, is newer", desk.alias())))
}

fn evaluated(judged: &Judged) -> Say {
    Say {
        ready: true,
        flag: Flag::Quiet,
        event: Some(EventKind::Normal),
        ..Say::stalled(VersionPhase::Evaluated, reasons::EVALUATED, judged.verdict.message.clone())
    }
}

fn awaiting(desk: &Desk, judged: &Judged, reason: &str, why: &str) -> VersionPlan {
    let message = format!(
        "{}; {why}: approve with podium.dev/action=approve:{}:{}:NONCE",
        judged.verdict.message, desk.number, judged.evidence_digest
    );
    let say = Say {
        flag: Flag::Quiet,
        event: Some(EventKind::Normal),
        requeue: retry::STEADY,
        ..Say::stalled(VersionPhase::AwaitingApproval, reason, message)
    };
    say_judged(desk, judged, say)
}

/// A failed gate is a decision: it is recorded once per evidence and gates.
fn rejected(desk: &Desk, judged: &Judged) -> Go<VersionPlan> {
    let context = desk.context;
    let gates = serde_json::to_string(&judged.gates).unwrap_or_default();
    let parts = [context.version.owner.uid.as_str(), &desk.number, &judged.evidence_digest, &gates];
    let decision = Decision {
        id: ledger::decision_id(&parts),
        action: DecisionAction::Reject,
        version: desk.number.clone(),
        from: None,
        reason: judged.verdict.reason.clone(),
        by: "operator".to_owned(),
        at: context.time(),
    };
    let say = Say::stalled(VersionPhase::Rejected, &judged.verdict.reason, judged.verdict.message.clone());
    let mut plan = say_judged(desk, judged, say);
    if !plan.status.history.iter().any(|known| known.id == decision.id) {
        let basis = basis(desk, judged);
        plan.effects.extend(proof::effect(desk, &decision, &basis)?);
        plan.status.history.insert(0, decision);
        plan.status.history.truncate(crate::domain::version::HISTORY);
    }
    Ok(plan)
}

fn basis<'a>(desk: &'a Desk, judged: &'a Judged) -> Basis<'a> {
    Basis {
        run_id: desk.source.run_id.as_deref(),
        model_digest: judged.model_digest.as_deref(),
        evidence_digest: Some(&judged.evidence_digest),
        gates: &judged.gates,
    }
}

/// Status with what was judged.
pub fn judged_status(desk: &Desk, judged: &Judged) -> ModelVersionStatus {
    ModelVersionStatus {
        gates: judged.gates.clone(),
        gate_summary: Some(judged.verdict.summary()),
        evidence_digest: Some(judged.evidence_digest.clone()),
        model_digest: judged.model_digest.clone(),
        ..desk.context.status().clone()
    }
}

fn say_judged(desk: &Desk, judged: &Judged, say: Say) -> VersionPlan {
    let mut plan = report::of(desk, judged_status(desk, judged), judged.holder.as_deref(), say);
    plan.effects.extend(judged.tag.clone());
    plan
}
