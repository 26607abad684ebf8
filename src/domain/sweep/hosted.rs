//! A sweep whose trials run in a cluster.

use std::time::Duration;

use super::steps::judged_too_late;
use super::trial::{Surroundings, ValidTrial, trial};
use super::{ValidSweep, earlier, identity, validate};
use crate::api::sweep::SweepLimits;
use crate::api::{HyperparameterSweep, HyperparameterSweepSpec, Scheduling, labels};
use crate::domain::pipeline::candidate::resources;
use crate::domain::pipeline::{Owner, ValidResources, experiment, owner};
use crate::domain::violation::Violation;
use crate::settings::{Grant, Settings};

/// Longest JSON of a trial's parameters: with its number and worker they must fit a tag of MLflow, which cuts in silence.
const LONGEST_POINT: usize = 7_000;

/// A sweep whose trials run in a cluster, every default resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct HostedSweep {
    /// Who it is.
    pub owner: Owner,
    /// What its namespace may use.
    pub grant: Grant,
    /// Installation of the operator.
    pub installation: String,
    /// Image of the pods.
    pub image: String,
    /// Full name of the experiment.
    pub experiment: String,
    /// Hash of the fields that make a run.
    pub identity: String,
    /// Nonce of `podium.dev/action: run:<nonce>`.
    pub action: Option<String>,
    /// Whether workers are stopped.
    pub suspend: bool,
    /// The search.
    pub sweep: ValidSweep,
    /// Sweeps of this namespace that teach the search.
    pub earlier: Vec<String>,
    /// GPU seconds that all pods of a run may hold together.
    pub gpu_time_limit: Option<i64>,
    /// What one trial runs.
    pub trial: ValidTrial,
    /// Resources of a worker.
    pub resources: ValidResources,
    /// Where workers run.
    pub scheduling: Scheduling,
    /// Retries and what is kept.
    pub limits: HostedLimits,
}

/// Retries and what is kept, defaults resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostedLimits {
    /// Times that a trial may lose its worker; workers that may fail in a row.
    pub backoff_limit: u32,
    /// Seconds that the Job of a finished worker stays.
    pub ttl_seconds: i32,
    /// How long a worker goes on without an answer.
    pub operator_timeout: Duration,
    /// Seconds that a trial with a Job of its own may take.
    pub trial_deadline: Option<i64>,
}

/// Validates a sweep that is to run in a cluster.
///
/// # Errors
/// All that is wrong, each with its field, the value and what is allowed.
pub fn validate_hosted(
    object: &HyperparameterSweep,
    settings: &Settings,
) -> Result<HostedSweep, Vec<Violation>> {
    let owner = owner(&object.metadata);
    let grant = settings
        .grant(&owner.namespace)
        .map_err(|error| vec![Violation::new("metadata.namespace", error.to_string())])?;
    let spec = &object.spec;
    let mut problems = Vec::new();
    let resources = resources(spec.resources.as_ref(), "spec.resources", &mut problems);
    let Some(template) = &spec.trial else {
        let message = "is needed: it says what a trial runs (podium search has a command instead)";
        return Err(vec![Violation::new("spec.trial", message)]);
    };
    let searched = validate(spec, None);
    let space = searched.as_ref().ok().map(|sweep| &sweep.plan.space);
    let around = Surroundings { spec, resources: &resources, grant, space };
    let trial = trial(around, template, &mut problems);
    let identity = identity::of(spec);
    if !made_a_run(object, &identity) {
        problems.extend(judged_too_late(spec));
    }
    let sweep = match searched {
        Ok(sweep) => sweep,
        Err(found) => return Err(found.into_iter().chain(problems).collect()),
    };
    check_length(spec, &mut problems);
    let Some(trial) = trial.filter(|_| problems.is_empty()) else { return Err(problems) };
    Ok(HostedSweep {
        image: image(&trial, settings).to_owned(),
        experiment: experiment(grant, spec.experiment.as_deref().unwrap_or(&owner.name)),
        identity,
        action: action(object),
        suspend: spec.suspend.unwrap_or(false),
        sweep: named(sweep, trial.metric()),
        earlier: earlier::named(spec.warm_start.as_ref()).to_vec(),
        gpu_time_limit: spec.gpu_time_limit_seconds,
        trial,
        resources,
        scheduling: spec.scheduling.clone().unwrap_or_default(),
        limits: limits(spec.limits.as_ref()),
        installation: settings.installation.clone(),
        grant: grant.clone(),
        owner,
    })
}

/// Whether the sweep's run was made of this spec. What an earlier operator took and can be carried out is not refused
/// afterwards: a run that is open goes on, and one that has ended stays as it ended.
fn made_a_run(object: &HyperparameterSweep, identity: &str) -> bool {
    let run = object.status.as_ref().and_then(|status| status.run.as_ref());
    run.is_some_and(|run| run.identity == identity)
}

fn image<'a>(trial: &'a ValidTrial, settings: &'a Settings) -> &'a str {
    match trial {
        ValidTrial::Learner(learner) if learner.torch => &settings.torch_trainer_image,
        ValidTrial::Learner(_) => &settings.trainer_image,
        ValidTrial::Container(container) => &container.stated.image,
    }
}

/// The objective under the name by which trials log it: a learner's plain one is the holdout's, which no trial looks at.
fn named(mut sweep: ValidSweep, metric: &str) -> ValidSweep {
    metric.clone_into(&mut sweep.plan.metric);
    sweep
}

fn limits(stated: Option<&SweepLimits>) -> HostedLimits {
    let stated = stated.cloned().unwrap_or_default();
    HostedLimits {
        backoff_limit: stated.backoff_limit.unwrap_or(2).unsigned_abs(),
        ttl_seconds: stated.ttl_seconds_after_finished.unwrap_or(300),
        operator_timeout: Duration::from_secs(stated.operator_timeout_seconds.unwrap_or(600).unsigned_abs()),
        trial_deadline: stated.trial_deadline_seconds,
    }
}

fn action(object: &HyperparameterSweep) -> Option<String> {
    let action = object.metadata.annotations.as_ref()?.get(labels::ACTION)?;
    action.strip_prefix("run:").filter(|nonce| !nonce.is_empty()).map(str::to_owned)
}

/// The longest that the parameters of a trial can be.
fn check_length(spec: &HyperparameterSweepSpec, problems: &mut Vec<Violation>) {
    /// Characters of the longest number.
    const NUMBER: usize = 24;
    let longest = |parameter: &crate::api::sweep::Parameter| {
        let values = parameter.categorical.iter().flat_map(|list| &list.values);
        let value = values.map(|value| value.to_string().len()).max().unwrap_or(NUMBER);
        parameter.name.len() + value + 4
    };
    let length: usize = spec.parameters.iter().map(longest).sum();
    if length > LONGEST_POINT {
        let message = format!(
            "the parameters of a trial can be {length} characters long as JSON, and MLflow keeps {LONGEST_POINT}: use shorter \
             names and values"
        );
        problems.push(Violation::new("spec.parameters", message));
    }
}
