//! The pod of a Job: restricted, without rights on the API server, told everything by one document.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, Container, EnvFromSource, EnvVar, KeyToPath, PersistentVolumeClaimVolumeSource,
    PodSecurityContext, PodSpec, ProjectedVolumeSource, SecretEnvSource, SecurityContext,
    ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use podium_contract as contract;

use super::common::{self, Tracking, mount, plain};
use crate::plan::pipeline::{JobPlan, JobStage};

/// Seconds that a worker's token is good for.
const TOKEN_SECONDS: i64 = 3600;
/// Folder of [`contract::TRIAL_TOKEN_PATH`].
const TOKEN_FOLDER: &str = "/var/run/secrets/podium.dev/trials";
/// Name of the container.
const CONTAINER: &str = "trainer";

pub(super) fn spec(plan: &JobPlan) -> PodSpec {
    let (volumes, mounts) = volumes(plan);
    let own = PodSecurityContext {
        run_as_user: Some(common::USER),
        run_as_group: Some(common::USER),
        ..PodSecurityContext::default()
    };
    PodSpec {
        containers: vec![container(plan, mounts)],
        volumes: Some(volumes),
        ..common::restricted(&plan.resources, &plan.scheduling, own)
    }
}

fn container(plan: &JobPlan, mounts: Vec<VolumeMount>) -> Container {
    Container {
        name: CONTAINER.to_owned(),
        image: Some(plan.image.clone()),
        args: Some(vec!["run".to_owned()]),
        env: Some(env(plan)),
        env_from: plan.credentials_secret.as_ref().map(|secret| vec![all_keys_of(secret)]),
        resources: Some(common::resources(&plan.resources)),
        volume_mounts: Some(mounts),
        security_context: Some(SecurityContext {
            read_only_root_filesystem: Some(true),
            ..common::unprivileged()
        }),
        ..Container::default()
    }
}

fn all_keys_of(secret: &str) -> EnvFromSource {
    let secret_ref = SecretEnvSource { name: secret.to_owned(), optional: Some(false) };
    EnvFromSource { secret_ref: Some(secret_ref), ..EnvFromSource::default() }
}

fn env(plan: &JobPlan) -> Vec<EnvVar> {
    let tracking = &plan.document.tracking;
    let mut env = common::tracking(&Tracking {
        uri: &tracking.uri,
        workspace: tracking.workspace.as_deref(),
        experiment_id: &tracking.experiment_id,
        run_id: &tracking.run_id,
        login: plan.login.as_ref(),
    });
    // OpenMP would count the node's cores, and its threads would spin beside other pods.
    env.push(plain("OMP_NUM_THREADS", &plan.document.threads.to_string()));
    env.push(plain("OMP_WAIT_POLICY", "PASSIVE"));
    env
}

/// The document, a place for temporary files, and the data where the kubelet can mount them.
fn volumes(plan: &JobPlan) -> (Vec<Volume>, Vec<VolumeMount>) {
    let document = common::annotation_volume("job", "job.json", contract::DOCUMENT_ANNOTATION);
    let mut volumes = vec![document, common::empty_volume("tmp")];
    let mut mounts = vec![mount("job", "/etc/podium", true), mount("tmp", "/tmp", false)];
    if let JobStage::Worker(_) = plan.stage {
        volumes.push(token_volume());
        mounts.push(mount("token", TOKEN_FOLDER, true));
    }
    if let Some((volume, path)) = data_volume(&plan.document.data.uri) {
        volumes.push(volume);
        mounts.push(mount("data", &path, true));
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
fn data_volume(uri: &str) -> Option<(Volume, String)> {
    let volume = Volume { name: "data".to_owned(), ..Volume::default() };
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
