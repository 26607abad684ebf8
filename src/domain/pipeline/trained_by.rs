//! What trains a candidate: a learner of our trainer, or a container of any image.

use std::collections::BTreeMap;

use podium_contract as contract;
use podium_learners::{Algorithm, Parameters};

use super::candidate::{ValidResources, learner};
use crate::api;
use crate::api::container::Container;
use crate::api::pipeline::Candidate;
use crate::domain::container::{self, Own};
use crate::domain::violation::Violation;
use crate::settings::Grant;

/// Folder of what is handed to a container and of what it leaves.
const HANDED: &str = "/podium";

/// What trains a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainedBy {
    /// A learner that takes these parameters.
    Learner(Learner),
    /// A container of any image, between two steps of our trainer in the same pod.
    Container(Box<Container>),
}

/// A learner with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Learner {
    /// Which one.
    pub algorithm: Algorithm,
    /// Whether it needs the image with libtorch.
    pub torch: bool,
    /// Parameters as written.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

impl TrainedBy {
    /// The name that stands for it in tables and in MLflow.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Learner(learner) => learner.algorithm.name(),
            Self::Container(_) => contract::CONTAINER_ALGORITHM,
        }
    }

    /// Whether its model and its baseline need our image with libtorch.
    pub fn needs_torch(&self) -> bool {
        match self {
            Self::Learner(learner) => learner.torch,
            Self::Container(_) => false,
        }
    }
}

/// Where a candidate stands.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub field: &'a str,
    pub resources: &'a ValidResources,
    pub grant: &'a Grant,
}

/// Validates what trains a candidate.
pub(super) fn trained_by(
    stated: &Candidate,
    around: Surroundings<'_>,
    problems: &mut Vec<Violation>,
) -> Option<TrainedBy> {
    match (stated.algorithm, &stated.container) {
        (Some(algorithm), None) => {
            Some(TrainedBy::Learner(valid_learner(stated, algorithm, around, problems)))
        }
        (None, Some(own)) => {
            valid_container(stated, own, around, problems);
            Some(TrainedBy::Container(Box::new(own.clone())))
        }
        (Some(_), Some(_)) | (None, None) => {
            problems.push(Violation::new(around.field, "needs exactly one of algorithm, container"));
            None
        }
    }
}

fn valid_learner(
    stated: &Candidate,
    algorithm: api::pipeline::Algorithm,
    around: Surroundings<'_>,
    problems: &mut Vec<Violation>,
) -> Learner {
    let (algorithm, torch) = learner(algorithm);
    let parameters = stated.parameters.clone().unwrap_or_default();
    if let Err(error) = Parameters::parse(algorithm, &parameters) {
        problems.push(Violation::new(format!("{}.parameters", around.field), error.to_string()));
    }
    if around.resources.gpu.is_some() && !torch {
        let message = format!("{} can't use a GPU; only TorchMLP and containers can", algorithm.name());
        problems.push(Violation::new(format!("{}.resources.gpu", around.field), message));
    }
    Learner { algorithm, torch, parameters }
}

fn valid_container(
    stated: &Candidate,
    own: &Container,
    around: Surroundings<'_>,
    problems: &mut Vec<Violation>,
) {
    // No rule of the schema can say it: to the API server a map of free values is no field.
    if stated.parameters.is_some() {
        let message = "are for algorithm; a container takes its own as arguments or variables";
        problems.push(Violation::new(format!("{}.parameters", around.field), message));
    }
    if around.resources.gpu.as_ref().is_some_and(|gpu| gpu.fallback_cpu) {
        let message = "is for algorithm; a container finds out by itself";
        problems.push(Violation::new(format!("{}.resources.gpu.fallback", around.field), message));
    }
    let field = format!("{}.container", around.field);
    container::check(
        own,
        Own { field: &field, grant: around.grant, folders: &[HANDED, container::TOLD] },
        problems,
    );
}

#[cfg(test)]
mod tests;
