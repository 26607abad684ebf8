//! The pod of a candidate that a container of the user's own trains: our trainer hands the data over, the container trains, our
//! trainer judges what it left. Each begins when the one before it has ended well, so the pod needs no more than the largest.
//!
//! The user's container gets neither the data source nor its login: rows of the holdout are none of its business.

use k8s_openapi::api::core::v1::{
    Container, EnvVar, PodSecurityContext, PodSpec, SecurityContext, Volume, VolumeMount,
};
use podium_contract as contract;

use super::common::{self, mount, plain};
use super::pod::{self, Names};
use super::{CANDIDATE, HAND_OVER, TRAINER, container};
use crate::api::container as stated;
use crate::domain::pipeline::ValidResources;
use crate::plan::pipeline::JobPlan;

/// Volume with what is handed over.
const INPUT: &str = "podium-input";
/// Volume with what is left.
const OUTPUT: &str = "podium-output";
/// Names of our trainer's volumes, none of which a user's can have.
const NAMES: Names =
    Names { job: "podium-trainer-job", temporary: "podium-trainer-tmp", data: "podium-trainer-data" };

pub(super) fn spec(plan: &JobPlan, stated: &stated::Container) -> PodSpec {
    let (mut volumes, mounts) = pod::volumes(plan, NAMES);
    let (own, own_mounts) = own_volumes(stated);
    volumes.extend(own);
    volumes.extend([common::empty_volume(INPUT), common::empty_volume(OUTPUT)]);
    let hand_over = [mounts.clone(), vec![mount(INPUT, contract::HANDED_INPUT, false)]].concat();
    let judge = [mounts, vec![mount(OUTPUT, contract::HANDED_OUTPUT, true)]].concat();
    PodSpec {
        init_containers: Some(vec![
            ours(plan, HAND_OVER, "hand-over", hand_over),
            candidate(plan, stated, own_mounts),
        ]),
        containers: vec![ours(plan, TRAINER, "run", judge)],
        volumes: Some(volumes),
        // The group of all volumes is ours, in which every container is: whoever writes there, the others read it.
        ..common::restricted(&plan.resources, &plan.scheduling, PodSecurityContext::default())
    }
}

/// Our trainer. The user is stated here: stated for the pod it would be forced upon the other image. A GPU is the candidate's.
fn ours(plan: &JobPlan, name: &str, subcommand: &str, mounts: Vec<VolumeMount>) -> Container {
    let resources = ValidResources { gpu: None, ..plan.resources.clone() };
    let security = SecurityContext {
        run_as_user: Some(common::USER),
        run_as_group: Some(common::USER),
        ..pod::unwritable()
    };
    Container { security_context: Some(security), ..pod::trainer(plan, name, subcommand, &resources, mounts) }
}

fn candidate(plan: &JobPlan, stated: &stated::Container, mounts: Vec<VolumeMount>) -> Container {
    let security = SecurityContext { run_as_user: stated.run_as_user, ..common::unprivileged() };
    Container {
        env: Some(env(plan, stated)),
        volume_mounts: Some(mounts),
        security_context: Some(security),
        ..container::foreign(CANDIDATE, stated, &plan.resources)
    }
}

fn env(plan: &JobPlan, stated: &stated::Container) -> Vec<EnvVar> {
    let input = |file: &str| format!("{}/{file}", contract::HANDED_INPUT);
    let mut env = pod::tracking(plan);
    env.extend([
        plain(contract::DATA_FILE, &input(contract::HANDED_DATA)),
        plain(contract::FOLDS_FILE, &input(contract::HANDED_FOLDS)),
        plain(contract::TASK_FILE, &input(contract::HANDED_TASK)),
        plain(contract::OUTPUT_FOLDER, contract::HANDED_OUTPUT),
    ]);
    // The container's own come last: they may refer to ours as $(NAME).
    env.extend(container::env(stated));
    env
}

/// The user's own volumes, and all mounts of the user's container.
fn own_volumes(stated: &stated::Container) -> (Vec<Volume>, Vec<VolumeMount>) {
    let (mut volumes, mut mounts) = container::volumes(stated);
    mounts.push(mount(INPUT, contract::HANDED_INPUT, true));
    mounts.push(mount(OUTPUT, contract::HANDED_OUTPUT, false));
    container::add_temporary(&mut volumes, &mut mounts);
    (volumes, mounts)
}
