//! A plan in the making.

use std::time::Duration;

use super::{PipelineAction, PipelinePlan};
use crate::api::TrainingPipelineStatus;
use crate::api::pipeline_status::{Run, StageName, StageStatus};
use crate::plan::{Effect, Event, Plan};

/// Collects what is to be done; every step of the decision adds to it.
pub(super) struct Draft {
    pub status: TrainingPipelineStatus,
    pub effects: Vec<Effect>,
    pub actions: Vec<PipelineAction>,
    pub events: Vec<Event>,
    pub requeue: Option<Duration>,
    /// What hinders the run at present, for the condition.
    pub hindrance: Option<Hindrance>,
}

/// Why a run does not go on at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hindrance {
    /// Reason of the condition.
    pub reason: String,
    /// One sentence.
    pub message: String,
}

impl Draft {
    pub fn new(status: TrainingPipelineStatus) -> Self {
        Self { status, effects: vec![], actions: vec![], events: vec![], requeue: None, hindrance: None }
    }

    /// Looks again after `delay` at the latest.
    pub fn again(&mut self, delay: Duration) {
        self.requeue = Some(self.requeue.map_or(delay, |known| known.min(delay)));
    }

    /// Says what hinders the run; the first one is told.
    pub fn hinder(&mut self, reason: &str, message: &str) {
        self.hindrance
            .get_or_insert_with(|| Hindrance { reason: reason.to_owned(), message: message.to_owned() });
    }

    /// The run, when there is one.
    pub fn run(&mut self) -> Option<&mut Run> {
        self.status.run.as_mut()
    }

    /// A stage of the run.
    pub fn stage(&mut self, name: StageName) -> Option<&mut StageStatus> {
        self.status.stages.iter_mut().find(|stage| stage.name == name)
    }

    /// The plan.
    pub fn into_plan(self) -> PipelinePlan {
        Plan {
            effects: self.effects,
            actions: self.actions,
            status: self.status,
            events: self.events,
            requeue: self.requeue,
        }
    }
}
