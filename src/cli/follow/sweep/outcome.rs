//! When a sweep has ended, and how.

use crate::api::conditions::{READY, reasons};
use crate::api::sweep_status::{SweepOutcome, SweepPhase};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus, labels};

use super::status;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli::follow) enum Outcome {
    /// By one of its limits, with a best trial.
    Found(String),
    /// Something has to be mended.
    Failed(String),
    /// The spec can't be carried out.
    Refused(String),
}

impl Outcome {
    /// `None` while it goes on. A run has ended once its report stands and its runs in MLflow are closed: whoever waits for
    /// it may read them at once.
    pub fn of(object: &HyperparameterSweep) -> Option<Self> {
        let status = status(object)?;
        if is_refused(status) {
            return Some(Self::Refused(status.message.clone()));
        }
        let run = status.run.as_ref().filter(|run| run.closed && !is_another_asked_for(object, status))?;
        match run.outcome? {
            SweepOutcome::Succeeded => Some(Self::Found(run.message.clone())),
            SweepOutcome::Failed => Some(Self::Failed(run.message.clone())),
            SweepOutcome::Superseded => None,
        }
    }

    /// Whether it found what was asked for.
    pub fn is_good(&self) -> bool {
        match self {
            Self::Found(_) => true,
            Self::Failed(_) | Self::Refused(_) => false,
        }
    }

    /// One sentence for the end.
    pub fn sentence(&self) -> String {
        match self {
            Self::Found(message) => format!("The sweep succeeded: {message}"),
            Self::Failed(message) => format!("The sweep failed: {message}"),
            Self::Refused(message) => format!("The sweep can't be carried out: {message}"),
        }
    }
}

fn is_refused(status: &HyperparameterSweepStatus) -> bool {
    let ready = status.conditions.iter().find(|condition| condition.type_ == READY);
    let is_about_the_spec = ready.is_some_and(|condition| {
        [reasons::INVALID_SPEC, reasons::NOT_ALLOWED].contains(&condition.reason.as_str())
    });
    status.phase == SweepPhase::Failed && is_about_the_spec
}

/// Whether the annotation asks for a run that has not begun: the one that ended is not what is waited for.
fn is_another_asked_for(object: &HyperparameterSweep, status: &HyperparameterSweepStatus) -> bool {
    let action = object.metadata.annotations.as_ref().and_then(|all| all.get(labels::ACTION));
    let nonce = action.and_then(|action| action.strip_prefix("run:")).filter(|nonce| !nonce.is_empty());
    nonce.is_some_and(|nonce| status.handled_action.as_deref() != Some(nonce))
}
