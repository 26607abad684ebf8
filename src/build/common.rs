//! What all pods share: restricted, without rights on the API server, told where MLflow is.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, DownwardAPIVolumeFile, DownwardAPIVolumeSource, EmptyDirVolumeSource, EnvVar, EnvVarSource,
    ObjectFieldSelector, PodSecurityContext, PodSpec, ResourceRequirements, SeccompProfile,
    SecretKeySelector, SecurityContext, Toleration, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use podium_contract as contract;

use crate::api::Scheduling;
use crate::domain::pipeline::ValidResources;
use crate::settings::PodLogin;

/// User of our images, and group of what pods mount.
pub(super) const USER: i64 = 65532;
/// Seconds until the pod of a lost node is given up.
const NODE_LOST: i64 = 30;

/// A pod without containers; `own` is what its security states beside what all pods have.
pub(super) fn restricted(
    resources: &ValidResources,
    scheduling: &Scheduling,
    own: PodSecurityContext,
) -> PodSpec {
    let gpu = resources.gpu.as_ref();
    PodSpec {
        restart_policy: Some("Never".to_owned()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        termination_grace_period_seconds: Some(30),
        node_selector: scheduling.node_selector.clone(),
        priority_class_name: scheduling.priority_class_name.clone(),
        runtime_class_name: gpu.and_then(|gpu| gpu.runtime_class_name.clone()),
        tolerations: Some(tolerations(resources, scheduling)),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            fs_group: Some(USER),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                localhost_profile: None,
            }),
            ..own
        }),
        ..PodSpec::default()
    }
}

/// A container that can't become more than it is.
pub(super) fn unprivileged() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        ..SecurityContext::default()
    }
}

/// Where a pod's run in MLflow is.
pub(super) struct Tracking<'a> {
    pub uri: &'a str,
    pub workspace: Option<&'a str>,
    pub experiment_id: &'a str,
    pub run_id: &'a str,
    pub login: Option<&'a PodLogin>,
}

/// The variables that MLflow's own client reads.
pub(super) fn tracking(tracking: &Tracking<'_>) -> Vec<EnvVar> {
    let mut env = vec![
        plain(contract::MLFLOW_TRACKING_URI, tracking.uri),
        plain(contract::MLFLOW_EXPERIMENT_ID, tracking.experiment_id),
        plain(contract::MLFLOW_RUN_ID, tracking.run_id),
    ];
    env.extend(tracking.workspace.map(|workspace| plain(contract::MLFLOW_WORKSPACE, workspace)));
    match tracking.login {
        None => {}
        Some(PodLogin::Token(secret)) => {
            env.push(secret_key(contract::MLFLOW_TRACKING_TOKEN, secret, "token"));
        }
        Some(PodLogin::Basic(secret)) => {
            env.push(secret_key(contract::MLFLOW_TRACKING_USERNAME, secret, "username"));
            env.push(secret_key(contract::MLFLOW_TRACKING_PASSWORD, secret, "password"));
        }
    }
    env
}

pub(super) fn plain(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None }
}

fn secret_key(name: &str, secret: &str, key: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: None, value_from: Some(of_secret(secret, key)) }
}

/// A key of a Secret, where it has it.
pub(super) fn maybe_secret_key(name: &str, secret: &str, key: &str) -> EnvVar {
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), optional: Some(true) };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

/// A key of a Secret, which must be there.
pub(super) fn of_secret(secret: &str, key: &str) -> EnvVarSource {
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), optional: Some(false) };
    EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() }
}

/// Requests equal limits, so that one pod can't starve another.
pub(super) fn resources(valid: &ValidResources) -> ResourceRequirements {
    let mut amounts = BTreeMap::from([
        ("cpu".to_owned(), Quantity(valid.cpu.clone())),
        ("memory".to_owned(), Quantity(valid.memory.clone())),
    ]);
    if let Some(gpu) = &valid.gpu {
        amounts.insert(gpu.resource_name.clone(), Quantity(gpu.count.to_string()));
    }
    ResourceRequirements { limits: Some(amounts.clone()), requests: Some(amounts), claims: None }
}

fn tolerations(resources: &ValidResources, scheduling: &Scheduling) -> Vec<Toleration> {
    let lost = |key: &str| Toleration {
        key: Some(key.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(NODE_LOST),
        value: None,
    };
    let gpu = resources.gpu.as_ref().map(|gpu| Toleration {
        key: Some(gpu.resource_name.clone()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoSchedule".to_owned()),
        ..Toleration::default()
    });
    let stated = scheduling.tolerations.iter().flatten().cloned();
    let nodes = [lost("node.kubernetes.io/not-ready"), lost("node.kubernetes.io/unreachable")];
    nodes.into_iter().chain(gpu).chain(stated).collect()
}

/// A volume with one file, an annotation of the pod.
pub(super) fn annotation_volume(name: &str, file: &str, annotation: &str) -> Volume {
    let selector = ObjectFieldSelector {
        field_path: format!("metadata.annotations['{annotation}']"),
        api_version: None,
    };
    let item = DownwardAPIVolumeFile {
        path: file.to_owned(),
        field_ref: Some(selector),
        ..DownwardAPIVolumeFile::default()
    };
    Volume {
        name: name.to_owned(),
        downward_api: Some(DownwardAPIVolumeSource { items: Some(vec![item]), default_mode: None }),
        ..Volume::default()
    }
}

/// An empty folder.
pub(super) fn empty_volume(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}

pub(super) fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(read_only),
        ..VolumeMount::default()
    }
}
