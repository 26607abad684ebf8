//! When it has ended, and whether as asked.

use super::view::View;
use crate::api::conditions::STALLED;
use crate::api::model_version_status::{DecisionAction, GateResult, VersionPhase};
use crate::api::pipeline_status::Phase;
use crate::cli::Until;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The run ended without a model.
    Failed(String),
    /// The run ended with a model, and no registration was asked for.
    Trained,
    /// The version was judged.
    Judged(VersionPhase, String),
}

impl Outcome {
    /// `None` while it goes on.
    pub fn of(view: &View) -> Option<Self> {
        if view.pipeline.is_some() {
            let status = view.pipeline_status()?;
            match status.phase {
                Phase::Failed => return Some(Self::Failed(status.message.clone())),
                Phase::Succeeded if status.model_version.is_none() => return Some(Self::Trained),
                Phase::Succeeded => {}
                _ if is_stalled(&status.conditions) => return Some(Self::Failed(status.message.clone())),
                _ => return None,
            }
        }
        let status = view.version_status()?;
        let is_open = status.transition.is_some()
            || matches!(status.phase, VersionPhase::Pending | VersionPhase::Evaluating);
        let is_ended = !is_open || is_stalled(&status.conditions);
        is_ended.then(|| Self::Judged(status.phase, status.message.clone()))
    }

    /// Whether this is what was waited for. `before` held the alias at the first look.
    pub fn reaches(&self, until: Until, before: Option<&str>, view: &View) -> bool {
        match (until, self) {
            (Until::Finished, outcome) => !matches!(outcome, Self::Failed(_)),
            (Until::Promoted, Self::Judged(phase, _)) => *phase == VersionPhase::Promoted,
            (Until::Refused, Self::Judged(phase, _)) => {
                *phase == VersionPhase::Rejected && a_gate_failed(view) && alias_stayed(before, view)
            }
            (Until::Promoted | Until::Refused, Self::Failed(_) | Self::Trained) => false,
        }
    }

    /// One sentence for the end.
    pub fn sentence(&self, until: Until, is_reached: bool) -> String {
        let happened = match self {
            Self::Failed(message) => format!("The run failed: {message}"),
            Self::Trained => "The run succeeded; no registration was asked for.".to_owned(),
            Self::Judged(VersionPhase::AwaitingApproval, message) => {
                format!("The version awaits an approval: {message}")
            }
            Self::Judged(phase, message) => format!("The version is {phase:?}: {message}"),
        };
        if is_reached { happened } else { format!("{happened}\nNot reached: {}.", until.name()) }
    }
}

fn is_stalled(conditions: &[k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition]) -> bool {
    conditions.iter().any(|condition| condition.type_ == STALLED && condition.status == "True")
}

fn a_gate_failed(view: &View) -> bool {
    let gates = view.version_status().map(|status| status.gates.as_slice()).unwrap_or_default();
    gates.iter().any(|gate| gate.result != GateResult::Pass && !gate.dry_run)
}

fn alias_stayed(before: Option<&str>, view: &View) -> bool {
    let history = view.version_status().map(|status| status.history.as_slice()).unwrap_or_default();
    let was_moved = history.iter().any(|decision| decision.action == DecisionAction::Promote);
    !was_moved && view.holder().as_deref() == before
}
