//! The HyperparameterSweeps that a pipeline made, as they were observed.

use serde_json::{Map, Value};

use super::SweepPlan;
use crate::api::Decimal;

/// A sweep that a pipeline made.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedSweep {
    /// Its name.
    pub name: String,
    /// Key of the run that made it.
    pub run: String,
    /// Whether its pods are stopped.
    pub suspend: bool,
    /// Trials at the same time.
    pub parallelism: i32,
    /// Where it is.
    pub state: SweepState,
    /// Ended trials of all.
    pub progress: Option<String>,
    /// What it says of itself.
    pub message: String,
}

/// Where a sweep is.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepState {
    /// It has not ended.
    Open,
    /// It ended by one of its limits, with its best trial, if one was complete.
    Succeeded(Option<FoundTrial>),
    /// It ended, and something has to be mended.
    Failed,
    /// It is being deleted.
    Deleting,
}

/// The best trial of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundTrial {
    /// Its objective.
    pub value: Decimal,
    /// Its parameters.
    pub parameters: Option<Map<String, Value>>,
    /// Digest of the rows that it was scored on.
    pub data_digest: Option<String>,
}

impl OwnedSweep {
    /// A sweep that was made just now.
    pub(super) fn made(plan: &SweepPlan) -> Self {
        Self {
            name: plan.name.clone(),
            run: plan.run.clone(),
            suspend: false,
            parallelism: plan.spec.parallelism.unwrap_or(1),
            state: SweepState::Open,
            progress: None,
            message: String::new(),
        }
    }
}
