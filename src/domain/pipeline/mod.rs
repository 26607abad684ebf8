//! A TrainingPipeline that can't be wrong: names inside the grant, numbers in their ranges, every default resolved.

pub(in crate::domain) mod candidate;
pub(in crate::domain) mod data;
mod identity;
mod limits;
mod registration;
mod schedule;
mod trained_by;
mod tuning;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podium_contract as contract;

use crate::api::{Scheduling, TrainingPipeline};
use crate::settings::{Grant, Settings};

pub use candidate::{ValidCandidate, ValidGpu, ValidResources};
pub use identity::{RunIdentity, action_nonce};
pub use limits::ValidLimits;
pub use registration::ValidRegistration;
pub use schedule::ValidSchedule;
pub use trained_by::{Learner, TrainedBy};
pub use tuning::{Objective, ValidTuning};

use super::names::digest;
use super::violation::Violation;

/// A pipeline that passed validation.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidPipeline {
    /// Who it is.
    pub owner: Owner,
    /// What its namespace may use.
    pub grant: Grant,
    /// Installation of the operator.
    pub installation: String,
    /// Image of trainer pods.
    pub trainer_image: String,
    /// Image of trainer pods that run a torch learner.
    pub torch_trainer_image: String,
    /// Full name of the experiment.
    pub experiment: String,
    /// Hash of the fields that make a run.
    pub identity: RunIdentity,
    /// Nonce of `podium.dev/action: run:<nonce>`.
    pub action: Option<String>,
    /// Whether pods are stopped.
    pub suspend: bool,
    /// Times of further runs.
    pub schedule: Option<ValidSchedule>,
    /// Where the rows are.
    pub data: contract::Data,
    /// Secret for the data, as environment variables.
    pub credentials_secret: Option<String>,
    /// What the rows must satisfy.
    pub checks: contract::Checks,
    /// How features are made ready.
    pub preparation: contract::Preparation,
    /// Which rows train.
    pub split: contract::Split,
    /// How models are compared.
    pub evaluation: contract::Evaluation,
    /// What is trained.
    pub candidates: Vec<ValidCandidate>,
    /// Resources of validate and evaluate pods.
    pub resources: ValidResources,
    /// Where pods run.
    pub scheduling: Scheduling,
    /// Retries and deadlines.
    pub limits: ValidLimits,
    /// How the best are tuned.
    pub tuning: Option<ValidTuning>,
    /// The registered model.
    pub registration: Option<ValidRegistration>,
}

/// Who an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Generation of its spec.
    pub generation: i64,
}

/// Validates a pipeline.
///
/// # Errors
/// All that is wrong, each with its field, the value and what is allowed.
pub fn validate(pipeline: &TrainingPipeline, settings: &Settings) -> Result<ValidPipeline, Vec<Violation>> {
    let owner = owner(&pipeline.metadata);
    let grant = settings
        .grant(&owner.namespace)
        .map_err(|error| vec![Violation::new("metadata.namespace", error.to_string())])?;
    let spec = &pipeline.spec;
    let mut problems = Vec::new();
    let resources = candidate::resources(spec.resources.as_ref(), "spec.resources", &mut problems);
    let valid = ValidPipeline {
        experiment: experiment(grant, spec.experiment.as_deref().unwrap_or(&owner.name)),
        identity: RunIdentity::of(spec),
        action: action_nonce(pipeline),
        suspend: spec.suspend.unwrap_or(false),
        schedule: schedule::schedule(spec.schedule.as_ref(), &mut problems),
        data: data::data(&spec.data, &mut problems),
        credentials_secret: spec.data.credentials_secret.clone(),
        checks: data::checks(spec.checks.as_ref(), &mut problems),
        preparation: data::preparation(spec.preparation.as_ref()),
        split: data::split(spec.split.as_ref(), &spec.data, &mut problems),
        evaluation: data::evaluation(spec.evaluation.as_ref(), spec.data.task, &mut problems),
        candidates: candidate::candidates(spec, &resources, grant, &mut problems),
        scheduling: spec.scheduling.clone().unwrap_or_default(),
        limits: limits::limits(spec.limits.as_ref()),
        tuning: tuning::tuning(pipeline, &mut problems),
        registration: registration::registration(spec.registration.as_ref(), grant, &mut problems),
        installation: settings.installation.clone(),
        trainer_image: settings.trainer_image.clone(),
        torch_trainer_image: settings.torch_trainer_image.clone(),
        grant: grant.clone(),
        resources,
        owner,
    };
    if problems.is_empty() { Ok(valid) } else { Err(problems) }
}

/// Full name of an experiment. One that MLflow would find too long is cut behind the prefix, which the configuration
/// bounds, and made unique by a hash.
pub(in crate::domain) fn experiment(grant: &Grant, name: &str) -> String {
    /// Longest name that MLflow takes, in characters.
    const LONGEST: usize = 256;
    /// Characters of the hash.
    const HASH: usize = 10;
    let full = grant.experiment(name);
    if full.chars().count() <= LONGEST {
        return full;
    }
    let kept: String = full.chars().take(LONGEST - HASH - 1).collect();
    let hash: String = digest(&[name]).chars().take(HASH).collect();
    format!("{kept}-{hash}")
}

pub(in crate::domain) fn owner(meta: &ObjectMeta) -> Owner {
    Owner {
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        generation: meta.generation.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_of_a_very_long_name_keeps_its_prefix_fits_and_is_nobody_elses() {
        let grant = Grant {
            namespace: "ml".into(),
            tracking_uri: "http://m".into(),
            pod_tracking_uri: "http://m".into(),
            certificate_authorities: None,
            workspace: None,
            experiment_prefix: "ml/".into(),
            models: vec![],
            auto_promote: vec![],
            pod_login: None,
        };
        assert_eq!(experiment(&grant, &"a".repeat(253)), format!("ml/{}", "a".repeat(253)));
        let [one, two] = ["b", "c"].map(|end| experiment(&grant, &("ü".repeat(260) + end)));
        assert_eq!((one.chars().count(), two.chars().count()), (256, 256));
        assert!(one.starts_with("ml/üü") && one != two);
    }
}
