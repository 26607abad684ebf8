//! A real API server for tests: a control plane of its own, started by `cluster/cluster` and stopped when dropped.
#![allow(dead_code, reason = "no test binary needs all of it")]

pub mod chart;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A running control plane without nodes.
pub struct ControlPlane {
    folder: TempDir,
}

impl ControlPlane {
    /// Starts one; builds it when this machine has none.
    pub fn start() -> Self {
        // Not the folder for temporary files of the environment: sockets below a long path can't be opened.
        let folder = tempfile::Builder::new().prefix("podium-").tempdir_in("/tmp").unwrap();
        let plane = Self { folder };
        let output = plane.script(&["up", "--control-plane-only"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        plane
    }

    fn script(&self, args: &[&str]) -> Output {
        Command::new(root().join("cluster/cluster"))
            .args(args)
            .env("CLUSTER_DIR", self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs kubectl as administrator.
    pub fn kubectl(&self, args: &[&str]) -> Result<String, String> {
        self.run("kubectl", args)
    }

    /// Runs helm as administrator.
    pub fn helm(&self, args: &[&str]) -> Result<String, String> {
        self.run("helm", args)
    }

    fn run(&self, tool: &str, args: &[&str]) -> Result<String, String> {
        let output = self.script(&[&[tool], args].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Installs our definitions and waits until they are served.
    pub fn install_definitions(&self) {
        let folder = root().join("crds");
        self.kubectl(&["apply", "--server-side", "-f", folder.to_str().unwrap()]).unwrap();
        self.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]).unwrap();
    }

    /// Login of the administrator.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("pki/admin.kubeconfig")
    }

    /// The administrator's login with a ServiceAccount's token in its place.
    pub fn login_of(&self, namespace: &str, account: &str) -> kube::config::Kubeconfig {
        let token = self.kubectl(&["create", "token", "-n", namespace, account]).unwrap();
        let mut file = kube::config::Kubeconfig::read_from(self.kubeconfig()).unwrap();
        for login in &mut file.auth_infos {
            login.auth_info = Some(serde_json::from_value(serde_json::json!({"token": token})).unwrap());
        }
        file
    }

    /// A client of the administrator.
    pub async fn client(&self) -> kube::Client {
        let file = kube::config::Kubeconfig::read_from(self.kubeconfig()).unwrap();
        let config = kube::Config::from_custom_kubeconfig(file, &Default::default()).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.script(&["down"]);
    }
}
