//! Who calls, and why a call may be refused.

/// A worker of a sweep, as its token proves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    /// Namespace of its pod.
    pub namespace: String,
    /// Uid of the sweep that controls its Job.
    pub sweep_uid: String,
    /// Name of its Job.
    pub job: String,
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
    /// No such sweep is open, or no such trial was given out.
    #[error("{0}")]
    Unknown(String),
    /// The worker has read other data than the sweep's other workers.
    #[error("{0}")]
    DataChanged(String),
    /// The trial is somebody else's by now, or of another run.
    #[error("{0}")]
    Conflict(String),
}
