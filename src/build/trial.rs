//! The Job of a trial that is a container of any image.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Container, EnvVar, PodSecurityContext, PodSpec};

use super::common::{self, Tracking, mount, plain};
use super::container;
use super::job::{self, Shape};
use crate::api::{HyperparameterSweep, labels};
use crate::domain::sweep::PARAMETERS_FILE;
use crate::plan::sweep::TrialPlan;

/// Volume with what the operator tells.
const TOLD: &str = "podium-trial";
/// Folder where it is mounted.
const FOLDER: &str = "/etc/podium";
/// The file with the parameters in it.
const FILE: &str = "parameters.json";

/// The Job.
pub fn trial(plan: &TrialPlan) -> Job {
    let own = BTreeMap::from([(labels::TRIAL.to_owned(), plan.number.to_string())]);
    job::of(Shape {
        name: &plan.name,
        owner: &plan.owner,
        owner_reference: job::controlled_by::<HyperparameterSweep>(&plan.owner),
        run: &plan.run,
        stage: "Trial",
        attempt: plan.attempt,
        own_labels: own,
        told: (labels::PARAMETERS, plan.parameters.clone()),
        scheduling: &plan.scheduling,
        deadline: plan.deadline,
        pod: pod(plan),
    })
}

fn pod(plan: &TrialPlan) -> PodSpec {
    let stated = &plan.container;
    let (mut volumes, mut mounts) = container::volumes(stated);
    volumes.push(common::annotation_volume(TOLD, FILE, labels::PARAMETERS));
    mounts.push(mount(TOLD, FOLDER, true));
    container::add_temporary(&mut volumes, &mut mounts);
    let security = PodSecurityContext { run_as_user: stated.run_as_user, ..PodSecurityContext::default() };
    PodSpec {
        containers: vec![Container {
            env: Some(env(plan)),
            volume_mounts: Some(mounts),
            ..container::foreign("trial", stated, &plan.resources)
        }],
        volumes: Some(volumes),
        ..common::restricted(&plan.resources, &plan.scheduling, security)
    }
}

fn env(plan: &TrialPlan) -> Vec<EnvVar> {
    let mut env = common::tracking(&Tracking {
        uri: &plan.tracking_uri,
        workspace: plan.workspace.as_deref(),
        experiment_id: &plan.experiment_id,
        run_id: &plan.run_id,
        login: plan.login.as_ref(),
    });
    env.push(plain(PARAMETERS_FILE, &format!("{FOLDER}/{FILE}")));
    env.extend(plan.environment.iter().map(|(name, value)| plain(name, value)));
    // The container's own come last: they may refer to ours as $(NAME).
    env.extend(container::env(&plan.container));
    env
}
