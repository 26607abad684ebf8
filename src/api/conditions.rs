//! Condition types and reasons, in one place: a new type is a breaking change for health scripts.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;

/// Always present: whether the object has reached what its spec asks for.
pub const READY: &str = "Ready";
/// Present only while true: the controller is at work.
pub const RECONCILING: &str = "Reconciling";
/// Present only while true: nothing will go on without a change by somebody.
pub const STALLED: &str = "Stalled";

/// Reasons of conditions and Events.
pub mod reasons {
    /// The run ended and a model was registered, or nothing was asked beyond training.
    pub const SUCCEEDED: &str = "Succeeded";
    /// The run ended without a model.
    pub const FAILED: &str = "Failed";
    /// Pods are at work.
    pub const RUNNING: &str = "Running";
    /// Stopped by `spec.suspend`.
    pub const SUSPENDED: &str = "Suspended";
    /// A field says something that can't be carried out.
    pub const INVALID_SPEC: &str = "InvalidSpec";
    /// A name lies outside what the operator's configuration gives this namespace.
    pub const NOT_ALLOWED: &str = "NotAllowed";
    /// A check on the data failed.
    pub const DATA_REJECTED: &str = "DataRejected";
    /// MLflow does not answer; nothing is lost, it goes on by itself.
    pub const TRACKING_UNREACHABLE: &str = "TrackingUnreachable";
    /// MLflow refuses the address by which it was called.
    pub const TRACKING_HOST_REJECTED: &str = "TrackingHostRejected";
    /// MLflow's certificate is not trusted, not for its name, or out of date.
    pub const TRACKING_CERTIFICATE_REFUSED: &str = "TrackingCertificateRefused";
    /// MLflow refuses the login.
    pub const TRACKING_UNAUTHORIZED: &str = "TrackingUnauthorized";
    /// MLflow answers that a request can't be carried out.
    pub const TRACKING_REFUSED: &str = "TrackingRefused";
    /// The artifact store does not answer; nothing is lost, it goes on by itself.
    pub const ARTIFACTS_UNREACHABLE: &str = "ArtifactsUnreachable";
    /// The artifact store refuses the operator's login.
    pub const ARTIFACTS_UNAUTHORIZED: &str = "ArtifactsUnauthorized";
    /// The artifact store can't be used as it is set up.
    pub const ARTIFACTS_REFUSED: &str = "ArtifactsRefused";
    /// This replica no longer leads.
    pub const NOT_LEADER: &str = "NotLeader";
    /// A Job has no running pod; the message says why.
    pub const POD_PENDING: &str = "PodPending";
    /// A Job waits until Kueue admits it.
    pub const QUEUED: &str = "Queued";
    /// An object of the name we need is somebody else's.
    pub const NAME_TAKEN: &str = "NameTaken";
    /// Every candidate failed.
    pub const NO_CANDIDATE: &str = "NoCandidateSucceeded";
    /// The deadline passed.
    pub const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";
    /// The data changed between stages too often.
    pub const DATA_CHANGED: &str = "DataChanged";
    /// A field can't change while a run is open.
    pub const CHANGE_REFUSED: &str = "ChangeRefused";
    /// The pods of a run have held as many GPU seconds as they may.
    pub const GPU_TIME_LIMIT: &str = "GpuTimeLimit";
    /// A sweep that is to teach this one has not ended yet.
    pub const WAITING_FOR_SWEEP: &str = "WaitingForSweep";
    /// What `spec.warmStart.sweeps` names can teach this sweep nothing.
    pub const WARM_START_REFUSED: &str = "WarmStartRefused";
    /// Another run took its place.
    pub const SUPERSEDED: &str = "Superseded";
}

/// A condition as it stands in status. `message` is always sent: server-side apply never clears an absent key.
pub fn condition(
    type_: &str,
    status: bool,
    reason: &str,
    message: &str,
    generation: i64,
    now: Timestamp,
) -> Condition {
    Condition {
        type_: type_.to_owned(),
        status: if status { "True" } else { "False" }.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: Some(generation),
        last_transition_time: Time(now),
    }
}
