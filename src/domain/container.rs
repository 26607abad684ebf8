//! What holds of every container of a user's own: which variables and folders of it are the operator's.

use std::collections::BTreeSet;

use podium_contract as contract;

use super::violation::Violation;
use crate::api::container::{Container, MountedVolume};
use crate::settings::Grant;

/// What begins the names of variables that are the operator's.
const OWN_PREFIX: &str = "PODIUM_";
/// Folder of what the operator tells every pod.
pub(super) const TOLD: &str = "/etc/podium";

/// What of a pod is the operator's.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    /// Path of the container's field.
    pub field: &'a str,
    /// What the pod is told of MLflow follows from it.
    pub grant: &'a Grant,
    /// Folders.
    pub folders: &'a [&'a str],
}

/// Refuses what would stand in the way of what the operator tells the container.
pub(super) fn check(stated: &Container, own: Own<'_>, problems: &mut Vec<Violation>) {
    variables(stated, own, problems);
    mounts(stated.volumes.as_deref().unwrap_or_default(), own, problems);
}

/// A variable that is set twice would have one of its values, and nobody could see which.
fn variables(stated: &Container, own: Own<'_>, problems: &mut Vec<Violation>) {
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
    let has_login = own.grant.pod_login.is_some();
    for name in stated.env.iter().flatten().map(|variable| variable.name.as_str()) {
        let is_own =
            name.starts_with(OWN_PREFIX) || tracking.contains(&name) || (has_login && login.contains(&name));
        if is_own {
            let field = format!("{}.env[{name}]", own.field);
            problems.push(Violation::new(field, "is set by the operator; use another name"));
        }
    }
}

fn mounts(volumes: &[MountedVolume], own: Own<'_>, problems: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for volume in volumes {
        let field = format!("{}.volumes[{}].mounts", own.field, volume.name);
        for mount in &volume.mounts {
            let folder = folder(&mount.mount_path);
            if own.folders.iter().any(|own| is_below(&folder, own)) {
                let message = format!(
                    "{:?} is where the operator's own files are; use another folder",
                    mount.mount_path
                );
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

/// The folder that a path names, however it is written.
fn folder(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

fn is_below(folder: &str, own: &str) -> bool {
    folder.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// As the API server judges the path of a Job, which would be too late.
fn leaves(path: &str) -> bool {
    path.starts_with('/') || path.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::PodLogin;

    fn told(login: Option<PodLogin>, stated: serde_json::Value) -> Vec<String> {
        let grant = Grant {
            namespace: "ml".into(),
            tracking_uri: "http://m".into(),
            pod_tracking_uri: "http://m".into(),
            certificate_authorities: None,
            workspace: None,
            experiment_prefix: String::new(),
            models: vec![],
            auto_promote: vec![],
            pod_login: login,
        };
        let own = Own { field: "c", grant: &grant, folders: &["/podium", "/etc/podium"] };
        let mut problems = Vec::new();
        check(&serde_json::from_value(stated).unwrap(), own, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    fn mounted(path: &str) -> Vec<String> {
        told(
            None,
            json!({"image": "i", "volumes": [{"name": "v", "emptyDir": {}, "mounts": [{"mountPath": path}]}]}),
        )
    }

    #[test]
    fn a_folder_of_the_operator_s_is_refused_however_it_is_written() {
        for path in [
            "/podium",
            "/podium/",
            "/podium/output",
            "//podium/./x",
            "/data/../podium/input",
            "/etc/podium/a",
        ] {
            let message = format!(
                "c.volumes[v].mounts: {path:?} is where the operator's own files are; use another folder"
            );
            assert_eq!(mounted(path), [message]);
        }
        for path in ["/podium-data", "/data/podium", "/etc"] {
            assert_eq!(mounted(path), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn one_folder_is_mounted_once_however_it_is_written() {
        let volume =
            |name: &str, path: &str| json!({"name": name, "emptyDir": {}, "mounts": [{"mountPath": path}]});
        let found =
            told(None, json!({"image": "i", "volumes": [volume("a", "/data"), volume("b", "/x/../data/")]}));
        assert_eq!(found, ["c.volumes[b].mounts: \"/x/../data/\" is mounted twice"]);
    }

    #[test]
    fn variables_that_the_operator_sets_are_its_own_and_a_login_of_one_s_own_is_only_refused_beside_the_namespace_s()
     {
        let env = |name: &str| json!({"image": "i", "env": [{"name": name, "value": "x"}]});
        for name in ["PODIUM_DATA_FILE", "PODIUM_X", "MLFLOW_RUN_ID"] {
            let message = format!("c.env[{name}]: is set by the operator; use another name");
            assert_eq!(told(None, env(name)), [message]);
        }
        assert_eq!(told(None, env("MLFLOW_TRACKING_TOKEN")), Vec::<String>::new());
        assert_eq!(told(Some(PodLogin::Token("login".into())), env("MLFLOW_TRACKING_TOKEN")).len(), 1);
    }
}
