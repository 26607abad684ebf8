//! A HyperparameterSweep that can't be wrong: a space, a method that can search it, limits, every default resolved.

mod algorithm;
mod container;
mod earlier;
mod environment;
mod hosted;
mod identity;
mod learner;
mod number;
mod space;
mod steps;
mod stopping;
mod template;
#[cfg(test)]
mod tests;
mod trial;

use std::time::Duration;

use podium_search::{EnqueueError, Goal, Settings, Space};
use podium_tuning::sweep::{Limits, Plan, PlanError, Sweep};

pub use container::ValidContainer;
pub use environment::{ENVIRONMENT_PREFIX, PARAMETERS_FILE, TRIAL_NUMBER, environment, environment_name};
pub use hosted::{HostedLimits, HostedSweep, validate_hosted};
pub use learner::ValidLearner;
pub use steps::judged_too_late;
pub use template::{Template, TemplateError};
pub use trial::ValidTrial;

use super::violation::Violation;
use crate::api::sweep::{HyperparameterSweepSpec, Objective, WarmStart};

/// A sweep that can be run.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidSweep {
    /// All of it, for the sweep's course.
    pub plan: Plan,
}

impl ValidSweep {
    /// The sweep before its first trial.
    ///
    /// # Errors
    /// Never for a sweep that [`validate`] gave.
    pub fn start(&self) -> Result<Sweep, PlanError> {
        Sweep::new(self.plan.clone())
    }
}

/// Validates a sweep. `parallelism` stands in for the spec's own.
///
/// # Errors
/// All that is wrong, each with its field, the value and what is allowed.
pub fn validate(
    spec: &HyperparameterSweepSpec,
    parallelism: Option<u32>,
) -> Result<ValidSweep, Vec<Violation>> {
    let mut problems = Vec::new();
    let space = space::space(&spec.parameters, &mut problems);
    environment::check(&spec.parameters, &mut problems);
    let target = number::optional(spec.objective.target.as_ref(), "spec.objective.target", &mut problems);
    let stopping = stopping::stopping(spec.early_stopping.as_ref(), &mut problems);
    let limits = limits(spec, parallelism, target);
    let settings = settings(spec, &limits, &mut problems);
    earlier::check(spec.warm_start.as_ref(), space.as_ref(), &settings.algorithm, &mut problems);
    let Some(space) = space.filter(|_| problems.is_empty()) else { return Err(problems) };
    let plan = Plan {
        settings,
        metric: spec.objective.metric.clone(),
        first: first(spec.warm_start.as_ref()),
        space,
        limits,
        stopping,
    };
    match Sweep::new(plan.clone()) {
        Ok(_) => Ok(ValidSweep { plan }),
        Err(error) => Err(vec![refusal(&error)]),
    }
}

/// Which values are better.
pub fn goal(objective: &Objective) -> Goal {
    match objective.goal {
        crate::api::sweep::Goal::Minimize => Goal::Minimize,
        crate::api::sweep::Goal::Maximize => Goal::Maximize,
    }
}

fn settings(spec: &HyperparameterSweepSpec, limits: &Limits, problems: &mut Vec<Violation>) -> Settings {
    Settings {
        goal: goal(&spec.objective),
        algorithm: algorithm::algorithm(spec.algorithm.as_ref(), problems),
        seed: algorithm::seed(spec.algorithm.as_ref()),
        budget: Some(limits.max_trials),
        parallelism: limits.parallelism,
    }
}

fn limits(spec: &HyperparameterSweepSpec, parallelism: Option<u32>, target: Option<f64>) -> Limits {
    Limits {
        max_trials: u64::from(spec.max_trials.unsigned_abs()),
        parallelism: parallelism.unwrap_or_else(|| spec.parallelism.map_or(1, i32::unsigned_abs)),
        max_failed_trials: spec.max_failed_trials.map(|most| u64::from(most.unsigned_abs())),
        time_limit: spec.time_limit_seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs())),
        target,
    }
}

fn first(warm_start: Option<&WarmStart>) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let trials = warm_start.and_then(|warm_start| warm_start.trials.as_deref()).unwrap_or_default();
    trials.iter().map(|trial| trial.parameters.clone()).collect()
}

fn refusal(error: &PlanError) -> Violation {
    match error {
        PlanError::Algorithm(error) => Violation::new("spec.algorithm", error.to_string()),
        PlanError::First(EnqueueError { place, error }) => {
            Violation::new(format!("spec.warmStart.trials[{place}].parameters"), error.to_string())
        }
    }
}

/// The parameters as the spec names them, for messages about one.
fn path(name: &str) -> String {
    format!("spec.parameters[{name}]")
}

/// Whether a space has a parameter that is not always there.
pub fn conditional_names(space: &Space) -> Vec<&str> {
    let conditional = space.parameters().iter().filter(|parameter| parameter.when.is_some());
    conditional.map(|parameter| parameter.name.as_str()).collect()
}
