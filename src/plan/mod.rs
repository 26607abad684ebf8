//! Room `plan`: PURE decisions, from what was observed to what is to be done. No client, no clock (`now` is an
//! argument), no random source. Names objects, builds none.
//!
//! A planner returns [`Step::Need`] when it must know more, which the reconciler answers before it plans again, or
//! [`Step::Done`] with a [`Plan`]: data that tests compare.

pub mod conditions;
pub mod gate;
pub mod lease;
pub mod pipeline;
pub mod version;

mod answer;
mod effect;
mod event;
mod known;

pub use answer::Answer;
pub use effect::{CloseAs, Effect, Pin, Slot, Tags};
pub use event::{Event, EventKind};
pub use known::{
    AliasFacts, EvidenceFacts, FileDigest, Known, MetricFact, ModelFacts, Need, Query, Reading, RunFacts,
    RunState, Trouble, VersionFacts,
};

use std::time::Duration;

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
/// 1. `effects`, whose ids are pinned into `status`;
/// 2. when one was newly pinned, `status` is written and everything else waits for the next reconcile, so that nobody
///    acts on an id that a crash could lose;
/// 3. `actions` on Kubernetes objects, each safe to repeat;
/// 4. `status`, when it differs;
/// 5. `events`, whose failure is only logged.
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
    /// When to look again without being woken.
    pub requeue: Option<Duration>,
}

impl<A, S> Plan<A, S> {
    /// A plan that does nothing but set a status.
    pub fn idle(status: S) -> Self {
        Self { effects: Vec::new(), actions: Vec::new(), status, events: Vec::new(), requeue: None }
    }
}
