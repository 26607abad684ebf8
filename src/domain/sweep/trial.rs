//! What one trial runs: a learner of our trainer, or a container of any image.

use podium_search::Space;

use super::container::{ValidContainer, container};
use super::learner::{ValidLearner, learner};
use crate::api::sweep::HyperparameterSweepSpec;
use crate::api::sweep_trial::TrialTemplate;
use crate::domain::pipeline::ValidResources;
use crate::domain::violation::Violation;
use crate::settings::Grant;

/// What one trial runs.
#[derive(Debug, Clone, PartialEq)]
pub enum ValidTrial {
    /// A learner: few workers ask for many trials.
    Learner(Box<ValidLearner>),
    /// A container: a Job a trial.
    Container(Box<ValidContainer>),
}

impl ValidTrial {
    /// The objective as trials log it.
    pub fn metric(&self) -> &str {
        match self {
            Self::Learner(learner) => &learner.metric,
            Self::Container(container) => &container.metric,
        }
    }

    /// Whether each trial has a Job of its own.
    pub fn has_own_jobs(&self) -> bool {
        match self {
            Self::Learner(_) => false,
            Self::Container(_) => true,
        }
    }
}

/// What a trial's validity depends on beside its template.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub spec: &'a HyperparameterSweepSpec,
    pub resources: &'a ValidResources,
    pub grant: &'a Grant,
    /// The space; `None` when something is wrong with it, which is told elsewhere.
    pub space: Option<&'a Space>,
}

/// Validates what one trial runs. Fields are named below `spec.trial`.
pub(super) fn trial(
    around: Surroundings<'_>,
    template: &TrialTemplate,
    problems: &mut Vec<Violation>,
) -> Option<ValidTrial> {
    match (template.algorithm, &template.container) {
        (Some(algorithm), None) => {
            let Some(data) = &template.data else {
                problems.push(Violation::new("spec.trial.data", "is needed by algorithm"));
                return None;
            };
            if around.spec.limits.as_ref().is_some_and(|limits| limits.trial_deadline_seconds.is_some()) {
                let message =
                    "is for container: a worker's Job runs many trials; timeLimitSeconds ends the sweep";
                problems.push(Violation::new("spec.limits.trialDeadlineSeconds", message));
            }
            let valid = learner(around, template, algorithm, data, problems);
            Some(ValidTrial::Learner(Box::new(valid)))
        }
        (None, Some(stated)) => {
            // No rule of the schema can say it: to the API server a map of free values is no field.
            if template.parameters.is_some() {
                let message = "are for algorithm; a container takes its own as arguments or variables";
                problems.push(Violation::new("spec.trial.parameters", message));
            }
            Some(ValidTrial::Container(Box::new(container(around, stated, problems))))
        }
        _ => {
            problems.push(Violation::new("spec.trial", "needs exactly one of algorithm, container"));
            None
        }
    }
}
