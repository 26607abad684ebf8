//! From a candidate of the document to a learner's recipe, and from what a learner refuses to a failure. Pure.

use std::collections::BTreeMap;

use podium_contract::{CONTAINER_ALGORITHM, Candidate, Exit, JobDocument, Task};
use podium_learners::{Algorithm, FitError, Parameters};
use podium_tabular::schema::Schema;
use serde_json::Value;

use crate::failure::Failure;
use crate::fit::{FittingError, Recipe, Scoring};
use crate::specification;

/// The learner's parameters, checked against its own table.
///
/// # Errors
/// An unknown algorithm, one that can't do the task, a parameter that does not exist or is out of range.
pub(super) fn parameters(candidate: &Candidate, task: Task) -> Result<Parameters, Failure> {
    let algorithm = algorithm(candidate, task)?;
    Parameters::parse(algorithm, &candidate.parameters).map_err(|error| {
        Failure::specification("InvalidParameter", format!("candidate {:?}: {error}", candidate.name))
    })
}

/// The learner with all defaults: the baseline. `None`: a container trained the candidate.
///
/// # Errors
/// As [`parameters`].
pub(super) fn defaults(candidate: &Candidate, task: Task) -> Result<Option<Parameters>, Failure> {
    if candidate.algorithm == CONTAINER_ALGORITHM {
        return Ok(None);
    }
    Parameters::defaults(algorithm(candidate, task)?)
        .map(Some)
        .map_err(|error| Failure::specification("InvalidParameter", error))
}

/// The learner, if it can do the task.
///
/// # Errors
/// An unknown algorithm, one that can't do the task.
pub(super) fn algorithm(candidate: &Candidate, task: Task) -> Result<Algorithm, Failure> {
    let name = &candidate.name;
    let algorithm: Algorithm =
        candidate.algorithm.parse().map_err(|error: podium_learners::UnknownAlgorithm| {
            Failure::specification("UnknownAlgorithm", format!("candidate {name:?}: {error}"))
        })?;
    let wanted = learners_task(task);
    if algorithm.supports(wanted) {
        return Ok(algorithm);
    }
    let able: Vec<&str> = Algorithm::ALL
        .iter()
        .filter(|algorithm| algorithm.supports(wanted))
        .map(|known| known.name())
        .collect();
    let message =
        format!("candidate {name:?}: {algorithm} can't do {wanted}; use one of {}", able.join(", "));
    Err(Failure::specification("AlgorithmDoesNotFitTask", message))
}

/// The learners' word for a task.
pub(super) const fn learners_task(task: Task) -> podium_learners::Task {
    match task {
        Task::BinaryClassification | Task::MulticlassClassification => podium_learners::Task::Classification,
        Task::Regression => podium_learners::Task::Regression,
    }
}

/// What a document asks for, with these parameters.
pub(super) fn recipe<'a>(
    document: &JobDocument,
    schema: &'a Schema,
    parameters: &'a Parameters,
    scoring: Scoring,
) -> Recipe<'a> {
    Recipe {
        schema,
        preparation: specification::preparation(&document.preparation),
        parameters,
        scoring,
        calibration: document.evaluation.calibration,
        threshold: document.evaluation.threshold,
        seed: document.split.seed,
    }
}

/// Parameters with all defaults.
pub(super) fn effective(recipe: &Recipe<'_>) -> BTreeMap<String, Value> {
    recipe.parameters.effective(learners_task(specification::task(recipe.schema.task)))
}

/// Data that a learner refuses are refused for good; so is a parameter; a stop is a stop.
pub(super) fn failed_fit(error: FittingError) -> Failure {
    let fit = match &error {
        FittingError::Fit(fit) => fit,
        FittingError::Threads(_) => return Failure::Temporary(error.to_string()),
        _ => return Failure::data("FitFailed", error),
    };
    match fit {
        FitError::Interrupted => Failure::Stopped,
        FitError::DeviceMissing { .. } => Failure::Permanent {
            exit: Exit::DeviceMissing,
            reason: "DeviceMissing",
            message: error.to_string(),
        },
        // The device's fault, or the driver's: another node may do well, and so may the same fit.
        FitError::Torch(text) if text.contains("CUDA error") => Failure::Temporary(error.to_string()),
        FitError::TorchMissing { .. } => Failure::specification("TorchMissing", error),
        FitError::Parameter { .. } | FitError::Task { .. } => {
            Failure::specification("InvalidParameter", error)
        }
        FitError::Set(_)
        | FitError::OneClass { .. }
        | FitError::NotFinite { .. }
        | FitError::Decomposition(_)
        | FitError::Torch(_) => Failure::data("FitFailed", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_device_is_not_the_data_s_fault_and_too_large_a_network_is() {
        let failed = |text: &str| failed_fit(FittingError::Fit(FitError::Torch(text.into()))).code();
        assert_eq!(failed("CUDA error: an illegal memory access was encountered"), 1);
        assert_eq!(failed("CUDA out of memory. Tried to allocate 20.00 GiB"), 3);
    }
}
