//! A container of the user's own, as a part of a pod.

use k8s_openapi::api::core::v1::{
    ConfigMapEnvSource, ConfigMapKeySelector, ConfigMapVolumeSource, Container, EmptyDirVolumeSource,
    EnvFromSource, EnvVar, EnvVarSource, PersistentVolumeClaimVolumeSource, SecretEnvSource,
    SecretVolumeSource, Volume, VolumeMount,
};

use super::common::{self, mount};
use crate::api::container::{self as stated, KeyOf, MountedVolume, ValueSource, Variables};
use crate::domain::pipeline::ValidResources;

/// Volume for temporary files.
const TEMPORARY: &str = "podium-tmp";
/// Folder where it is mounted.
const TEMPORARY_FOLDER: &str = "/tmp";

/// Image, program and the objects whose keys become variables.
fn program(stated: &stated::Container) -> Container {
    Container {
        image: Some(stated.image.clone()),
        command: stated.command.clone(),
        args: stated.args.clone(),
        env_from: stated.env_from.as_ref().map(|all| all.iter().map(variables).collect()),
        ..Container::default()
    }
}

/// A container that runs it, but for its variables and mounts.
pub(super) fn foreign(name: &str, stated: &stated::Container, resources: &ValidResources) -> Container {
    Container {
        name: name.to_owned(),
        resources: Some(common::resources(resources)),
        security_context: Some(common::unprivileged()),
        // Programs write no termination message; the end of their log says why they failed.
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        ..program(stated)
    }
}

/// A folder for temporary files, unless it has one of its own.
pub(super) fn add_temporary(volumes: &mut Vec<Volume>, mounts: &mut Vec<VolumeMount>) {
    if !mounts.iter().any(|mount| mount.mount_path.trim_end_matches('/') == TEMPORARY_FOLDER) {
        volumes.push(common::empty_volume(TEMPORARY));
        mounts.push(mount(TEMPORARY, TEMPORARY_FOLDER, false));
    }
}

/// Its variables.
pub(super) fn env(stated: &stated::Container) -> Vec<EnvVar> {
    let variable = |variable: &stated::Variable| EnvVar {
        name: variable.name.clone(),
        value: variable.value.clone(),
        value_from: variable.value_from.as_ref().map(value),
    };
    stated.env.iter().flatten().map(variable).collect()
}

fn value(source: &ValueSource) -> EnvVarSource {
    let of_map = |key: &KeyOf| ConfigMapKeySelector {
        name: key.name.clone(),
        key: key.key.clone(),
        optional: Some(false),
    };
    match &source.secret_key_ref {
        Some(key) => common::of_secret(&key.name, &key.key),
        None => EnvVarSource {
            config_map_key_ref: source.config_map_key_ref.as_ref().map(of_map),
            ..EnvVarSource::default()
        },
    }
}

fn variables(stated: &Variables) -> EnvFromSource {
    let secret = stated.secret_ref.as_ref();
    let map = stated.config_map_ref.as_ref();
    EnvFromSource {
        secret_ref: secret.map(|secret| SecretEnvSource { name: secret.name.clone(), optional: Some(false) }),
        config_map_ref: map.map(|map| ConfigMapEnvSource { name: map.name.clone(), optional: Some(false) }),
        prefix: None,
    }
}

/// Its volumes, and where they are mounted.
pub(super) fn volumes(stated: &stated::Container) -> (Vec<Volume>, Vec<VolumeMount>) {
    let volumes = || stated.volumes.iter().flatten();
    let mounts = |volume: &MountedVolume| {
        let name = volume.name.clone();
        let mount = move |mount: &stated::Mount| VolumeMount {
            name: name.clone(),
            mount_path: mount.mount_path.clone(),
            sub_path: mount.sub_path.clone(),
            read_only: mount.read_only,
            ..VolumeMount::default()
        };
        volume.mounts.iter().map(mount).collect::<Vec<_>>()
    };
    (volumes().map(volume).collect(), volumes().flat_map(mounts).collect())
}

fn volume(stated: &MountedVolume) -> Volume {
    Volume {
        name: stated.name.clone(),
        persistent_volume_claim: stated.persistent_volume_claim.as_ref().map(|claim| {
            PersistentVolumeClaimVolumeSource {
                claim_name: claim.claim_name.clone(),
                read_only: claim.read_only,
            }
        }),
        config_map: stated
            .config_map
            .as_ref()
            .map(|map| ConfigMapVolumeSource { name: map.name.clone(), ..ConfigMapVolumeSource::default() }),
        secret: stated.secret.as_ref().map(|secret| SecretVolumeSource {
            secret_name: Some(secret.name.clone()),
            ..SecretVolumeSource::default()
        }),
        empty_dir: stated.empty_dir.as_ref().map(|_| EmptyDirVolumeSource::default()),
        ..Volume::default()
    }
}
