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
/// Volume for temporary files.
const TEMPORARY: &str = "podium-tmp";
/// Folder where it is mounted.
const TEMPORARY_FOLDER: &str = "/tmp";

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
        pod: pod(plan),
    })
}

fn pod(plan: &TrialPlan) -> PodSpec {
    let stated = &plan.container;
    let (mut volumes, mut mounts) = container::volumes(stated);
    volumes.push(common::annotation_volume(TOLD, FILE, labels::PARAMETERS));
    mounts.push(mount(TOLD, FOLDER, true));
    if !mounts.iter().any(|mount| mount.mount_path.trim_end_matches('/') == TEMPORARY_FOLDER) {
        volumes.push(common::empty_volume(TEMPORARY));
        mounts.push(mount(TEMPORARY, TEMPORARY_FOLDER, false));
    }
    let security = PodSecurityContext { run_as_user: stated.run_as_user, ..PodSecurityContext::default() };
    PodSpec {
        containers: vec![Container {
            name: "trial".to_owned(),
            env: Some(env(plan)),
            resources: Some(common::resources(&plan.resources)),
            volume_mounts: Some(mounts),
            security_context: Some(common::unprivileged()),
            // Programs write no termination message; the end of their log says why they failed.
            termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
            ..container::program(stated)
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
