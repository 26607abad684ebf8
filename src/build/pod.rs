//! The pod of a Job: restricted, without rights on the API server, told everything by one document.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMapVolumeSource, Container, DownwardAPIVolumeFile, DownwardAPIVolumeSource,
    EmptyDirVolumeSource, EnvFromSource, EnvVar, EnvVarSource, KeyToPath, ObjectFieldSelector,
    PersistentVolumeClaimVolumeSource, PodSecurityContext, PodSpec, ProjectedVolumeSource,
    ResourceRequirements, SeccompProfile, SecretEnvSource, SecretKeySelector, SecurityContext,
    ServiceAccountTokenProjection, Toleration, Volume, VolumeMount, VolumeProjection,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use podium_contract as contract;

use crate::plan::pipeline::{JobPlan, JobStage};
use crate::settings::PodLogin;

/// User of our images.
const USER: i64 = 65532;
/// Seconds until the pod of a lost node is given up.
const NODE_LOST: i64 = 30;
/// Seconds that a worker's token is good for.
const TOKEN_SECONDS: i64 = 3600;
/// Folder of [`contract::TRIAL_TOKEN_PATH`].
const TOKEN_FOLDER: &str = "/var/run/secrets/podium.dev/trials";
/// Name of the container.
const CONTAINER: &str = "trainer";

pub(super) fn spec(plan: &JobPlan) -> PodSpec {
    let (volumes, mounts) = volumes(plan);
    let gpu = plan.resources.gpu.as_ref();
    PodSpec {
        restart_policy: Some("Never".to_owned()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        termination_grace_period_seconds: Some(30),
        node_selector: plan.scheduling.node_selector.clone(),
        priority_class_name: plan.scheduling.priority_class_name.clone(),
        runtime_class_name: gpu.and_then(|gpu| gpu.runtime_class_name.clone()),
        tolerations: Some(tolerations(plan)),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(USER),
            run_as_group: Some(USER),
            fs_group: Some(USER),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                localhost_profile: None,
            }),
            ..PodSecurityContext::default()
        }),
        containers: vec![container(plan, mounts)],
        volumes: Some(volumes),
        ..PodSpec::default()
    }
}

fn container(plan: &JobPlan, mounts: Vec<VolumeMount>) -> Container {
    Container {
        name: CONTAINER.to_owned(),
        image: Some(plan.image.clone()),
        args: Some(vec!["run".to_owned()]),
        env: Some(env(plan)),
        env_from: plan.credentials_secret.as_ref().map(|secret| vec![all_keys_of(secret)]),
        resources: Some(resources(plan)),
        volume_mounts: Some(mounts),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
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
    let mut env = vec![
        plain(contract::MLFLOW_TRACKING_URI, &tracking.uri),
        plain(contract::MLFLOW_EXPERIMENT_ID, &tracking.experiment_id),
        plain(contract::MLFLOW_RUN_ID, &tracking.run_id),
        // OpenMP would count the node's cores, and its threads would spin beside other pods.
        plain("OMP_NUM_THREADS", &plan.document.threads.to_string()),
        plain("OMP_WAIT_POLICY", "PASSIVE"),
    ];
    env.extend(tracking.workspace.as_ref().map(|workspace| plain(contract::MLFLOW_WORKSPACE, workspace)));
    match &plan.login {
        None => {}
        Some(PodLogin::Token(secret)) => {
            env.push(secret_key(contract::MLFLOW_TRACKING_TOKEN, secret, "token"))
        }
        Some(PodLogin::Basic(secret)) => {
            env.push(secret_key(contract::MLFLOW_TRACKING_USERNAME, secret, "username"));
            env.push(secret_key(contract::MLFLOW_TRACKING_PASSWORD, secret, "password"));
        }
    }
    env
}

fn plain(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None }
}

fn secret_key(name: &str, secret: &str, key: &str) -> EnvVar {
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), optional: Some(false) };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

/// Requests equal limits, so that one candidate can't starve another.
fn resources(plan: &JobPlan) -> ResourceRequirements {
    let mut amounts = BTreeMap::from([
        ("cpu".to_owned(), Quantity(plan.resources.cpu.clone())),
        ("memory".to_owned(), Quantity(plan.resources.memory.clone())),
    ]);
    if let Some(gpu) = &plan.resources.gpu {
        amounts.insert(gpu.resource_name.clone(), Quantity(gpu.count.to_string()));
    }
    ResourceRequirements { limits: Some(amounts.clone()), requests: Some(amounts), claims: None }
}

fn tolerations(plan: &JobPlan) -> Vec<Toleration> {
    let lost = |key: &str| Toleration {
        key: Some(key.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(NODE_LOST),
        value: None,
    };
    let gpu = plan.resources.gpu.as_ref().map(|gpu| Toleration {
        key: Some(gpu.resource_name.clone()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoSchedule".to_owned()),
        ..Toleration::default()
    });
    let stated = plan.scheduling.tolerations.iter().flatten().cloned();
    let nodes = [lost("node.kubernetes.io/not-ready"), lost("node.kubernetes.io/unreachable")];
    nodes.into_iter().chain(gpu).chain(stated).collect()
}

/// The document, a place for temporary files, and the data where the kubelet can mount them.
fn volumes(plan: &JobPlan) -> (Vec<Volume>, Vec<VolumeMount>) {
    let document = Volume {
        name: "job".to_owned(),
        downward_api: Some(DownwardAPIVolumeSource {
            items: Some(vec![DownwardAPIVolumeFile {
                path: "job.json".to_owned(),
                field_ref: Some(ObjectFieldSelector {
                    field_path: format!("metadata.annotations['{}']", contract::DOCUMENT_ANNOTATION),
                    api_version: None,
                }),
                ..DownwardAPIVolumeFile::default()
            }]),
            default_mode: None,
        }),
        ..Volume::default()
    };
    let temporary = Volume {
        name: "tmp".to_owned(),
        empty_dir: Some(EmptyDirVolumeSource::default()),
        ..Volume::default()
    };
    let mut volumes = vec![document, temporary];
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

fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(read_only),
        ..VolumeMount::default()
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
