//! Room `cluster`: the only one that talks to the API server: observe, apply, watch wiring, lease. Decides nothing.

mod apply;
pub mod authority;
mod definitions;
mod deletions;
mod events;
pub mod follow;
mod gpus;
mod identity;
mod job_state;
pub mod lease;
mod living;
mod observe;
mod pace;
mod pending;
mod record;
mod sweep;
mod teachers;
mod tuning;
mod version;
pub mod watch;
pub mod workers;

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{Api, Client};

use crate::plan::{Subject, SubjectKind};
use crate::telemetry::Metrics;

pub use definitions::problem as definitions_problem;
pub use deletions::deletions;
pub use events::Events;
pub use identity::cluster_id;
pub use observe::PipelineObservation;

/// Access to the API server.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// Whether this process may still write: false once its lease is about to end.
    may_write: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Namespace of the operator, where the models' records are.
    home: String,
    /// Where sweeps are shown as they stand on the API server.
    metrics: Option<Metrics>,
}

impl Cluster {
    /// Access by a client; `home` is the operator's own namespace.
    pub fn new(
        client: Client,
        home: impl Into<String>,
        may_write: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Self {
        Self { client, may_write, home: home.into(), metrics: None }
    }

    /// Shows each sweep that is read or written from now on.
    #[must_use]
    pub fn showing_on(self, metrics: Metrics) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// The pod of a replica, for Events about what leads to no other object.
    pub fn own_pod(&self, identity: &str) -> ObjectReference {
        Subject::new(SubjectKind::Pod, &self.home, identity, "").reference()
    }

    /// The client, for the rest of this room.
    fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Refuses a write of a leader whose lease is about to end.
    fn fence(&self) -> Result<(), Error> {
        if (self.may_write)() { Ok(()) } else { Err(Error::NotLeader) }
    }
}

/// Why the API server could not be asked or told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request failed.
    #[error("failed to {verb} {what}: {source}")]
    Request {
        /// What was tried.
        verb: &'static str,
        /// On what.
        what: String,
        /// Why it failed.
        #[source]
        source: Box<kube::Error>,
    },
    /// Somebody else changed the object in between.
    #[error("{0} was changed in between")]
    Conflict(String),
    /// The name is taken by an object that is not ours.
    #[error("{0} exists and is not ours")]
    NameTaken(String),
    /// The record can't be written as JSON.
    #[error("{0} can't be written: a number in it is not finite")]
    Unwritable(String),
    /// Another replica leads, or is about to.
    #[error("this replica's lease is about to end")]
    NotLeader,
}

impl Error {
    fn request(verb: &'static str, what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |source| match &source {
            kube::Error::Api(status) if status.is_conflict() && verb == "replace" => Self::Conflict(what),
            _ => Self::Request { verb, what, source: Box::new(source) },
        }
    }

    /// Short text for metric labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Request { .. } => "Request",
            Self::Conflict(_) => "Conflict",
            Self::NameTaken(_) => "NameTaken",
            Self::Unwritable(_) => "Unwritable",
            Self::NotLeader => "NotLeader",
        }
    }
}
