//! How a run of the trainer can end without a result, and the exit code of each.

use podium_contract::{Exit, Failed};

/// Code of a process that SIGTERM ended, as shells and the kubelet state it.
pub const STOPPED: u8 = 143;
/// Code of a process that panicked.
pub const PANICKED: u8 = 101;
/// Code of a failure that may pass by itself.
pub const TEMPORARY: u8 = 1;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The same input fails again. It stands in MLflow as a result, so that no attempt follows.
    #[error("{reason}: {message}")]
    Permanent {
        /// Exit code.
        exit: Exit,
        /// CamelCase, for conditions.
        reason: &'static str,
        /// For the user.
        message: String,
    },
    /// MLflow could not be reached for as long as the document allows, or refused the login.
    #[error("tracking failed: {0}")]
    Tracking(String),
    /// The operator's trial service could not be reached for as long as the document allows, or refused the worker.
    #[error("no trials to be had: {0}")]
    Operator(String),
    /// SIGTERM; the run is left as it is, since the operator knows why.
    #[error("stopped before the end")]
    Stopped,
    /// A newer attempt writes to the run: this one must not.
    #[error("attempt {newer} has taken over the run, attempt {own} ends")]
    Superseded {
        /// This attempt.
        own: u32,
        /// The other.
        newer: u32,
    },
    /// The run holds a result or a model already: what follows in this pod must not begin.
    #[error("the run is finished already, the container is not run again")]
    Finished,
    /// A panic: our own bug.
    #[error("the trainer has a bug: {0}")]
    Bug(String),
    /// This machine failed, for example no memory for a thread.
    #[error("{0}")]
    Temporary(String),
}

impl Failure {
    /// The document makes no sense.
    pub fn specification(reason: &'static str, message: impl ToString) -> Self {
        Self::Permanent { exit: Exit::BadSpecification, reason, message: message.to_string() }
    }

    /// The data are refused.
    pub fn data(reason: &'static str, message: impl ToString) -> Self {
        Self::Permanent { exit: Exit::DataRejected, reason, message: message.to_string() }
    }

    /// The process exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Permanent { exit, .. } => exit.code(),
            Self::Tracking(_) | Self::Operator(_) => Exit::TrackingUnreachable.code(),
            Self::Stopped => STOPPED,
            Self::Superseded { .. } | Self::Finished | Self::Temporary(_) => TEMPORARY,
            Self::Bug(_) => PANICKED,
        }
    }

    /// What stands in MLflow about it; nothing for what another attempt may mend.
    pub fn outcome(&self) -> Option<Failed> {
        match self {
            Self::Permanent { reason, message, .. } => {
                Some(Failed { reason: (*reason).to_owned(), message: message.clone() })
            }
            Self::Bug(_) => Some(Failed { reason: "InternalError".to_owned(), message: self.to_string() }),
            Self::Tracking(_)
            | Self::Operator(_)
            | Self::Stopped
            | Self::Superseded { .. }
            | Self::Finished
            | Self::Temporary(_) => None,
        }
    }
}
