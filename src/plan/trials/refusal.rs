//! Who calls, and why a call may be refused.

use crate::plan::Subject;

/// A worker of a sweep, as its token proves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// Namespace of its pod.
    pub namespace: String,
    /// Name of the sweep that controls its Job.
    pub sweep: String,
    /// Uid of that sweep.
    pub sweep_uid: String,
    /// Name of its Job.
    pub job: String,
}

/// A call of somebody who is known, and has no business with what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// CamelCase.
    pub reason: &'static str,
    /// One sentence that names the object.
    pub message: String,
    /// Whom it is told on: the sweep, where the call leads to one; else the last object on the way there, if there is any.
    pub about: Option<Subject>,
}

/// Why a call of a worker is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another replica leads.
    #[error("this replica does not lead; try another address of the service")]
    NotLeader,
    /// The sweep's trials are not read yet.
    #[error("the trials of the sweep are not read yet; try again")]
    NotReady,
    /// MLflow did not take what must stand there before an answer.
    #[error("{0}")]
    Tracking(String),
    /// The worker is none of the sweep's.
    #[error("{}", .0.message)]
    Forbidden(Box<Forbidden>),
    /// There is no such sweep, or no such trial was given out.
    #[error("{0}")]
    Unknown(String),
    /// The worker has read other data than the sweep's other workers.
    #[error("{0}")]
    DataChanged(String),
    /// The trial is somebody else's by now, or of another run, or of one that is over.
    #[error("{0}")]
    Conflict(String),
}
