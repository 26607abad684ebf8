//! Where a version stands by what was decided before: read from the model's record, so that a lost status or a
//! re-applied object changes nothing.

use super::context::{Desk, number};
use super::report::{self, Flag, Say};
use super::{VersionPlan, reasons, retry};
use crate::api::ModelVersionStatus;
use crate::api::model_version_status::{Decision, DecisionAction, VersionPhase};
use crate::domain::version::HISTORY;
use crate::plan::EventKind;
use crate::plan::gate::aggregate;

/// Where a version stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nothing is decided yet.
    Open,
    /// Podium gave it the alias.
    Holder,
    /// Another version took the alias; which, unless that is too long ago.
    Replaced(Option<String>),
    /// It was taken back; to which version, unless that is too long ago.
    RolledBack(Option<String>),
    /// A person refused it.
    Refused(Decision),
    /// A gate failed, and neither spec nor evidence changed since.
    Failed,
    /// The hold refuses it.
    Held,
}

/// Where the version stands.
pub fn standing(desk: &Desk) -> Standing {
    let alias = desk.alias_record();
    let me = desk.number.as_str();
    if alias.holder.as_deref() == Some(me) {
        return Standing::Holder;
    }
    let last = alias.history.iter().find_map(|decision| by_decision(decision, me));
    let held = alias.hold.as_ref().is_some_and(|hold| number(me) <= number(&hold.refused_up_to));
    match last.or_else(|| forgotten(desk, alias.history.len())) {
        Some(standing) => standing,
        None if held => Standing::Held,
        None if failed(desk) => Standing::Failed,
        None => Standing::Open,
    }
}

fn by_decision(decision: &Decision, me: &str) -> Option<Standing> {
    let other = (decision.version != me).then(|| decision.version.clone());
    match decision.action {
        DecisionAction::ReleaseHold => None,
        DecisionAction::Reject => other.is_none().then(|| Standing::Refused(decision.clone())),
        DecisionAction::Promote if decision.from.as_deref() == Some(me) => Some(Standing::Replaced(other)),
        DecisionAction::Rollback if decision.from.as_deref() == Some(me) => Some(Standing::RolledBack(other)),
        DecisionAction::Promote | DecisionAction::Rollback => {
            other.is_none().then_some(Standing::Replaced(None))
        }
    }
}

/// The record keeps the last decisions only; status remembers what fell out of it.
fn forgotten(desk: &Desk, length: usize) -> Option<Standing> {
    match desk.context.status().phase {
        VersionPhase::Replaced if length >= HISTORY => Some(Standing::Replaced(None)),
        VersionPhase::RolledBack if length >= HISTORY => Some(Standing::RolledBack(None)),
        _ => None,
    }
}

fn failed(desk: &Desk) -> bool {
    let status = desk.context.status();
    let unchanged = status.observed_generation == Some(desk.context.version.owner.generation);
    status.phase == VersionPhase::Rejected && unchanged && !status.gates.is_empty()
}

/// Says where a version stands that is decided; `None` while it is open.
pub fn report(desk: &Desk, base: ModelVersionStatus, holder: Option<&str>) -> Option<VersionPlan> {
    let say = match standing(desk) {
        Standing::Open => return None,
        Standing::Holder if holder == Some(desk.number.as_str()) => promoted(desk, &base),
        Standing::Holder => drifted(desk, holder),
        standing => elsewhere(desk, &base, holder, &standing),
    };
    Some(report::of(desk, base, holder, say))
}

fn promoted(desk: &Desk, base: &ModelVersionStatus) -> Say {
    let evidence =
        if base.gates.is_empty() { String::new() } else { format!(": {}", aggregate(&base.gates).message) };
    Say {
        phase: VersionPhase::Promoted,
        ready: true,
        flag: Flag::Quiet,
        reason: reasons::PROMOTED.to_owned(),
        message: format!("version {} holds {}{evidence}", desk.number, desk.alias()),
        event: Some(EventKind::Normal),
        requeue: retry::STEADY,
    }
}

/// Somebody moved the alias in MLflow: it is said, and not taken back silently.
fn drifted(desk: &Desk, holder: Option<&str>) -> Say {
    let now = holder.map_or_else(|| "no version".to_owned(), |version| format!("version {version}"));
    let message = format!(
        "{} was moved outside of Podium: {now} holds it, Podium gave it to version {}; move it back in MLflow, or approve another version",
        desk.alias(),
        desk.number
    );
    Say { requeue: retry::STEADY, ..Say::stalled(VersionPhase::Replaced, reasons::ALIAS_DRIFT, message) }
}

fn elsewhere(desk: &Desk, base: &ModelVersionStatus, holder: Option<&str>, standing: &Standing) -> Say {
    let say = past(desk, base, standing);
    if holder != Some(desk.number.as_str()) {
        return say;
    }
    let message =
        format!("version {} holds {}, moved outside of Podium; {}", desk.number, desk.alias(), say.message);
    Say { requeue: retry::STEADY, ..Say::stalled(say.phase, reasons::ALIAS_DRIFT, message) }
}

fn past(desk: &Desk, base: &ModelVersionStatus, standing: &Standing) -> Say {
    let (me, alias) = (&desk.number, desk.alias());
    let to = |other: &Option<String>| {
        other.as_ref().map_or_else(|| "another version".to_owned(), |v| format!("version {v}"))
    };
    match standing {
        Standing::Replaced(other) => Say {
            ready: true,
            flag: Flag::Quiet,
            event: Some(EventKind::Normal),
            ..Say::stalled(
                VersionPhase::Replaced,
                reasons::REPLACED,
                format!("{} took {alias} from version {me}", to(other)),
            )
        },
        Standing::RolledBack(other) => {
            let message = format!("version {me} was taken back: {alias} went to {}", to(other));
            Say::stalled(VersionPhase::RolledBack, reasons::ROLLED_BACK, message)
        }
        Standing::Refused(decision) => {
            let message = format!("version {me} was refused by {}", decision.by);
            Say::stalled(VersionPhase::Rejected, reasons::REJECTED, message)
        }
        Standing::Failed => {
            let verdict = aggregate(&base.gates);
            Say::stalled(VersionPhase::Rejected, &verdict.reason, verdict.message)
        }
        Standing::Held | Standing::Open | Standing::Holder => held(desk),
    }
}

fn held(desk: &Desk) -> Say {
    let message = desk.alias_record().hold.map_or_else(String::new, |hold| {
        format!(
            "{} is held at version {} ({}): versions up to {} are refused until a newer one passes or release-hold",
            desk.alias(), hold.at, hold.reason, hold.refused_up_to
        )
    });
    Say {
        flag: Flag::Quiet,
        requeue: retry::STEADY,
        ..Say::stalled(VersionPhase::Held, reasons::HELD, message)
    }
}
