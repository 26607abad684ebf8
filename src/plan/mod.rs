//! Room `plan`: PURE decisions, from what was observed to what is to be done. No client, no clock (`now` is an
//! argument), no random source. Names objects, builds none.
//!
//! A planner returns [`Step::Need`] when it must know more, which the reconciler answers before it plans again, or
//! [`Step::Done`] with a [`Plan`]: data that tests compare.

pub mod conditions;
pub mod definitions;
pub mod gate;
pub mod lease;
pub mod orphans;
pub mod pipeline;
pub mod sweep;
pub mod trials;
pub mod version;

mod answer;
mod deadline;
mod effect;
mod event;
mod known;
mod pulse;
mod subject;

pub use answer::Answer;
pub(crate) use deadline::job_deadline;
pub use effect::{CloseAs, Effect, MetricPoint, Pin, Slot, Tags};
pub use event::{Event, EventKind};
pub use known::{
    AliasFacts, EvidenceFacts, FileDigest, Known, MetricFact, ModelFacts, Need, Query, Reading, RunFacts,
    RunState, Trouble, VersionFacts,
};
pub use subject::{Subject, SubjectKind};

use std::time::Duration;

/// The requeue of a plan whose next small step follows at once: the same reconcile plans again, from what was observed
/// and what it has changed since.
pub const AT_ONCE: Duration = Duration::ZERO;

/// What a planner says: ask first, or do this.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<P> {
    /// These must be answered before a decision is possible.
    Need(Vec<Query>),
    /// The decision.
    Done(P),
}

/// What is to be done about one object. The order in which it is carried out:
///
/// 1. `actions` that free resources, which wait for nothing;
/// 2. `effects`, whose ids are pinned into `status`;
/// 3. when one was newly pinned, `status` is written and planning begins again, so that nobody acts on an id that a crash
///    could lose;
/// 4. the other `actions` on Kubernetes objects, each safe to repeat;
/// 5. `status`, when it differs from what is stored; with [`AT_ONCE`] after effects or actions it waits for the plan that
///    follows, whose status would replace it a moment later. Nothing may rest on it: after a crash it is planned again;
/// 6. actions that let go of what status must hold first;
/// 7. `events`, whose failure is only logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan<A, S> {
    /// Writes to MLflow.
    pub effects: Vec<Effect>,
    /// Writes to Kubernetes.
    pub actions: Vec<A>,
    /// The next status.
    pub status: S,
    /// What people are told.
    pub events: Vec<Event>,
    /// When to look again without being woken; [`AT_ONCE`] for the next small step.
    pub requeue: Option<Duration>,
}

impl<A, S> Plan<A, S> {
    /// A plan that does nothing but set a status.
    pub fn idle(status: S) -> Self {
        Self { effects: Vec::new(), actions: Vec::new(), status, events: Vec::new(), requeue: None }
    }
}
