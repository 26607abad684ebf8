//! A trial that is a container of any image.

use std::collections::BTreeSet;

use podium_contract as contract;
use podium_search::Space;

use super::Template;
use super::trial::Surroundings;
use crate::api::container::{Container, MountedVolume};
use crate::domain::violation::Violation;

/// What begins the names of variables that are the operator's.
const OWN_PREFIX: &str = "PODIUM_";
/// Folder of what the operator tells a pod.
const OWN_FOLDER: &str = "/etc/podium";

/// A container whose arguments can be filled at every point of the space.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidContainer {
    /// As stated; its command and arguments are those below.
    pub stated: Container,
    /// The program and what always follows it; empty where the image's counts.
    pub command: Template,
    /// Arguments of the program.
    pub args: Template,
    /// The objective as the container logs it.
    pub metric: String,
}

/// Validates a container. Fields are named below `spec.trial.container`.
pub(super) fn container(
    around: Surroundings<'_>,
    stated: &Container,
    problems: &mut Vec<Violation>,
) -> ValidContainer {
    variables(around, stated, problems);
    mounts(stated.volumes.as_deref().unwrap_or_default(), problems);
    only_for_learners(around, problems);
    let mut words = |field: &str, words: Option<&Vec<String>>| template(field, words, around.space, problems);
    ValidContainer {
        command: words("command", stated.command.as_ref()),
        args: words("args", stated.args.as_ref()),
        stated: stated.clone(),
        metric: around.spec.objective.metric.clone(),
    }
}

fn template(
    field: &str,
    words: Option<&Vec<String>>,
    space: Option<&Space>,
    problems: &mut Vec<Violation>,
) -> Template {
    let (Some(words), Some(space)) = (words, space) else { return Template::default() };
    Template::parse(words, space).unwrap_or_else(|error| {
        problems.push(Violation::new(format!("spec.trial.container.{field}"), error.to_string()));
        Template::default()
    })
}

/// A variable that is set twice would have one of its values, and nobody could see which.
fn variables(around: Surroundings<'_>, stated: &Container, problems: &mut Vec<Violation>) {
    let login = [
        contract::MLFLOW_TRACKING_TOKEN,
        contract::MLFLOW_TRACKING_USERNAME,
        contract::MLFLOW_TRACKING_PASSWORD,
    ];
    let tracking = [
        contract::MLFLOW_TRACKING_URI,
        contract::MLFLOW_EXPERIMENT_ID,
        contract::MLFLOW_RUN_ID,
        contract::MLFLOW_WORKSPACE,
    ];
    let has_login = around.grant.pod_login.is_some();
    for name in stated.env.iter().flatten().map(|variable| variable.name.as_str()) {
        let is_own =
            name.starts_with(OWN_PREFIX) || tracking.contains(&name) || (has_login && login.contains(&name));
        if is_own {
            let field = format!("spec.trial.container.env[{name}]");
            problems.push(Violation::new(field, "is set by the operator; use another name"));
        }
    }
}

fn mounts(volumes: &[MountedVolume], problems: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for volume in volumes {
        let field = format!("spec.trial.container.volumes[{}].mounts", volume.name);
        for mount in &volume.mounts {
            let folder = mount.mount_path.trim_end_matches('/');
            if folder == OWN_FOLDER || folder.starts_with(&format!("{OWN_FOLDER}/")) {
                let message = format!("{:?} is where the operator tells parameters", mount.mount_path);
                problems.push(Violation::new(field.as_str(), message));
            }
            if !seen.insert(folder) {
                let message = format!("{:?} is mounted twice", mount.mount_path);
                problems.push(Violation::new(field.as_str(), message));
            }
            if mount.sub_path.as_deref().is_some_and(leaves) {
                let message = format!("subPath {:?} must stay within the volume", mount.sub_path);
                problems.push(Violation::new(field.as_str(), message));
            }
        }
    }
}

/// As the API server judges the path of a Job, which would be too late.
fn leaves(path: &str) -> bool {
    path.starts_with('/') || path.split('/').any(|part| part == "..")
}

/// What a container knows nothing of must not be asked for.
fn only_for_learners(around: Surroundings<'_>, problems: &mut Vec<Violation>) {
    let mut refuse = |field: &str, message: &str| problems.push(Violation::new(field, message));
    if around.spec.early_stopping.as_ref().is_some_and(|stopping| stopping.algorithm.is_some()) {
        let message = "trials of a container can't be judged on the way, since what they log is read at their end; \
                       earlyStopping.patience ends the sweep";
        refuse("spec.earlyStopping.algorithm", message);
    }
    if around.resources.gpu.as_ref().is_some_and(|gpu| gpu.fallback_cpu) {
        refuse("spec.resources.gpu.fallback", "is for algorithm; a container finds out by itself");
    }
    if around.spec.limits.as_ref().is_some_and(|limits| limits.operator_timeout_seconds.is_some()) {
        refuse(
            "spec.limits.operatorTimeoutSeconds",
            "is for algorithm; a container asks the operator nothing",
        );
    }
}
