//! A plan in the making.

use std::time::Duration;

use super::{SweepAction, SweepPlan};
use crate::api::HyperparameterSweepStatus;
use crate::api::sweep_status::{SweepRun, Workers};
use crate::plan::{Effect, Event, Plan};

/// Collects what is to be done; every step of the decision adds to it.
pub(super) struct Draft {
    pub status: HyperparameterSweepStatus,
    pub effects: Vec<Effect>,
    pub actions: Vec<SweepAction>,
    pub events: Vec<Event>,
    pub requeue: Option<Duration>,
    /// What hinders the run at present, for the condition: reason and message.
    pub hindrance: Option<(String, String)>,
    /// Whether something has to be looked at first: the status says what it said until that is known.
    pub is_undecided: bool,
    /// What the next run waits for before it begins.
    pub wait: Option<Wait>,
}

/// Why a run that is wanted does not begin.
pub(super) struct Wait {
    pub reason: &'static str,
    pub message: String,
    /// Whether somebody has to mend something; else it begins by itself.
    pub is_stalled: bool,
}

impl Draft {
    pub fn new(status: HyperparameterSweepStatus) -> Self {
        Self {
            status,
            effects: vec![],
            actions: vec![],
            events: vec![],
            requeue: None,
            hindrance: None,
            is_undecided: false,
            wait: None,
        }
    }

    /// Looks again after `delay` at the latest.
    pub fn again(&mut self, delay: Duration) {
        self.requeue = Some(self.requeue.map_or(delay, |known| known.min(delay)));
    }

    /// Says what hinders the run; the first one is told.
    pub fn hinder(&mut self, reason: &str, message: &str) {
        self.hindrance.get_or_insert_with(|| (reason.to_owned(), message.to_owned()));
    }

    /// The run, when there is one.
    pub fn run(&mut self) -> Option<&mut SweepRun> {
        self.status.run.as_mut()
    }

    /// The workers.
    pub fn workers(&mut self) -> &mut Workers {
        self.status.workers.get_or_insert_default()
    }

    /// The plan.
    pub fn into_plan(self) -> SweepPlan {
        Plan {
            effects: self.effects,
            actions: self.actions,
            status: self.status,
            events: self.events,
            requeue: self.requeue,
        }
    }
}
