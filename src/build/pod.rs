//! The pod of a Job: restricted, without rights on the API server, told everything by one document.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, Container, EnvFromSource, EnvVar, KeyToPath, PersistentVolumeClaimVolumeSource,
    PodSecurityContext, PodSpec, ProjectedVolumeSource, SecretEnvSource, SecurityContext,
    ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use podium_contract as contract;

use super::common::{self, Tracking, mount, plain};
use super::{TRAINER, candidate};
use crate::domain::pipeline::ValidResources;
use crate::plan::pipeline::{JobPlan, JobStage};

/// Seconds that a worker's token is good for.
const TOKEN_SECONDS: i64 = 3600;
/// Folder of [`contract::TRIAL_TOKEN_PATH`].
const TOKEN_FOLDER: &str = "/var/run/secrets/podium.dev/trials";
/// Names of the volumes of a pod that is all ours.
const NAMES: Names = Names { job: "job", temporary: "tmp", data: "data" };

/// What the volumes of our trainer are called in a pod.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub job: &'static str,
    pub temporary: &'static str,
    pub data: &'static str,
}

pub(super) fn spec(plan: &JobPlan) -> PodSpec {
    match &plan.container {
        None => alone(plan),
        Some(stated) => candidate::spec(plan, stated),
    }
}

/// The pod of our trainer alone.
fn alone(plan: &JobPlan) -> PodSpec {
    let (volumes, mounts) = volumes(plan, NAMES);
    let own = PodSecurityContext {
        run_as_user: Some(common::USER),
        run_as_group: Some(common::USER),
        ..PodSecurityContext::default()
    };
    PodSpec {
        containers: vec![trainer(plan, TRAINER, "run", &plan.resources, mounts)],
        volumes: Some(volumes),
        ..common::restricted(&plan.resources, &plan.scheduling, own)
    }
}

/// A container with our trainer.
pub(super) fn trainer(
    plan: &JobPlan,
    name: &str,
    subcommand: &str,
    resources: &ValidResources,
    mounts: Vec<VolumeMount>,
) -> Container {
    Container {
        name: name.to_owned(),
        image: Some(plan.image.clone()),
        args: Some(vec![subcommand.to_owned()]),
        env: Some(env(plan)),
        env_from: plan.credentials_secret.as_ref().map(|secret| vec![all_keys_of(secret)]),
        resources: Some(common::resources(resources)),
        volume_mounts: Some(mounts),
        security_context: Some(unwritable()),
        ..Container::default()
    }
}

/// Our trainer writes to its volumes alone.
pub(super) fn unwritable() -> SecurityContext {
    SecurityContext { read_only_root_filesystem: Some(true), ..common::unprivileged() }
}

fn all_keys_of(secret: &str) -> EnvFromSource {
    let secret_ref = SecretEnvSource { name: secret.to_owned(), optional: Some(false) };
    EnvFromSource { secret_ref: Some(secret_ref), ..EnvFromSource::default() }
}

/// The variables by which programs find the run.
pub(super) fn tracking(plan: &JobPlan) -> Vec<EnvVar> {
    let tracking = &plan.document.tracking;
    common::tracking(&Tracking {
        uri: &tracking.uri,
        workspace: tracking.workspace.as_deref(),
        experiment_id: &tracking.experiment_id,
        run_id: &tracking.run_id,
        login: plan.login.as_ref(),
    })
}

fn env(plan: &JobPlan) -> Vec<EnvVar> {
    let mut env = tracking(plan);
    // OpenMP would count the node's cores, and its threads would spin beside other pods.
    env.push(plain("OMP_NUM_THREADS", &plan.document.threads.to_string()));
    env.push(plain("OMP_WAIT_POLICY", "PASSIVE"));
    env.extend(data_login(plan));
    env
}

/// The login for data over HTTP: the keys that the Secret has. What S3 needs comes with all its keys, under their own names.
fn data_login(plan: &JobPlan) -> Vec<EnvVar> {
    let uri = &plan.document.data.uri;
    let secret = plan.credentials_secret.as_deref();
    let Some(secret) = secret.filter(|_| uri.starts_with("http://") || uri.starts_with("https://")) else {
        return Vec::new();
    };
    let keys = [
        (contract::DATA_USERNAME, "username"),
        (contract::DATA_PASSWORD, "password"),
        (contract::DATA_TOKEN, "token"),
        (contract::DATA_ALLOW_HTTP, "allowHttp"),
    ];
    keys.map(|(name, key)| common::maybe_secret_key(name, secret, key)).into()
}

/// The document, a place for temporary files, and the data where the kubelet can mount them.
pub(super) fn volumes(plan: &JobPlan, names: Names) -> (Vec<Volume>, Vec<VolumeMount>) {
    let document = common::annotation_volume(names.job, "job.json", contract::DOCUMENT_ANNOTATION);
    let mut volumes = vec![document, common::empty_volume(names.temporary)];
    let mut mounts = vec![mount(names.job, "/etc/podium", true), mount(names.temporary, "/tmp", false)];
    if let JobStage::Worker(_) = plan.stage {
        volumes.push(token_volume());
        mounts.push(mount("token", TOKEN_FOLDER, true));
    }
    if let Some((volume, path)) = data_volume(&plan.document.data.uri, names.data) {
        volumes.push(volume);
        mounts.push(mount(names.data, &path, true));
    }
    (volumes, mounts)
}

/// A worker's token says which pod it is, and is of use to the trial service alone. The kubelet renews it.
fn token_volume() -> Volume {
    let token = ServiceAccountTokenProjection {
        audience: Some(contract::TRIAL_AUDIENCE.to_owned()),
        expiration_seconds: Some(TOKEN_SECONDS),
        path: "token".to_owned(),
    };
    let source = VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() };
    Volume {
        name: "token".to_owned(),
        projected: Some(ProjectedVolumeSource { sources: Some(vec![source]), default_mode: None }),
        ..Volume::default()
    }
}

/// The volume of `configmap://name/key` and `pvc://claim/path`, and where it is mounted.
fn data_volume(uri: &str, name: &str) -> Option<(Volume, String)> {
    let volume = Volume { name: name.to_owned(), ..Volume::default() };
    if let Some((name, key)) = uri.strip_prefix("configmap://").and_then(|rest| rest.split_once('/')) {
        let item = KeyToPath { key: key.to_owned(), path: key.to_owned(), mode: None };
        let source = ConfigMapVolumeSource {
            name: name.to_owned(),
            items: Some(vec![item]),
            ..ConfigMapVolumeSource::default()
        };
        let path = format!("{}/configmap/{name}", contract::DATA_MOUNT);
        return Some((Volume { config_map: Some(source), ..volume }, path));
    }
    let (claim, _) = uri.strip_prefix("pvc://")?.split_once('/')?;
    let source = PersistentVolumeClaimVolumeSource { claim_name: claim.to_owned(), read_only: Some(true) };
    let path = format!("{}/pvc/{claim}", contract::DATA_MOUNT);
    Some((Volume { persistent_volume_claim: Some(source), ..volume }, path))
}
