//! The operator with the rights that the chart gives it, on a real API server: it is refused nothing, for all namespaces
//! and for one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{ControlPlane, root};

struct Operator {
    process: Child,
    folder: tempfile::TempDir,
}

impl Operator {
    /// As the pod of a release would run it, with nothing behind the address of MLflow.
    fn start(plane: &ControlPlane, namespace: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let login = plane.login_of(namespace, "podium");
        std::fs::write(folder.path().join("kubeconfig"), serde_yaml_ng::to_string(&login).unwrap()).unwrap();
        let config = plane
            .kubectl(&[
                "get",
                "configmap",
                "-n",
                namespace,
                "podium-config",
                "-o",
                "jsonpath={.data.config\\.yaml}",
            ])
            .unwrap();
        std::fs::write(folder.path().join("config.yaml"), config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_podium"))
            .args(["run", "--listen", "127.0.0.1:0", "--trials-listen", "127.0.0.1:0"])
            .args(["--trials-uri", &format!("https://podium-trials.{namespace}.svc:8443")])
            .args(["--identity", "test", "--leader-election"])
            .arg(format!("{namespace}/podium-leader"))
            .arg("--config")
            .arg(folder.path().join("config.yaml"))
            .args(more)
            .env("KUBECONFIG", folder.path().join("kubeconfig"))
            .env("RUST_LOG", "info,kube=debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, folder }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn install(plane: &ControlPlane, namespace: &str, values: &str) {
    let chart = root().join("charts/podium");
    let common =
        "namespaces[0].name=ml,namespaces[0].models[0]=breast-cancer,tracking.uri=http://127.0.0.1:9,";
    let install =
        ["install", "podium", chart.to_str().unwrap(), "--namespace", namespace, "--create-namespace"];
    plane.helm(&[&install[..], &["--set", &format!("{common}{values}")]].concat()).unwrap();
}

/// Waits until the operator has told in the pipeline's status that MLflow does not answer.
fn until_told(plane: &ControlPlane, operator: &Operator) {
    let start = Instant::now();
    let path = "jsonpath={.status.message}";
    loop {
        let message = plane.kubectl(&["get", "-n", "ml", "tp", "breast-cancer", "-o", path]).unwrap();
        if message.contains("MLflow") {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{message:?}\n{}", operator.log());
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn is_refused_nothing(plane: &ControlPlane, operator: &Operator) {
    let file = root().join("examples/breast-cancer.yaml");
    plane.kubectl(&["apply", "-f", file.to_str().unwrap()]).unwrap();
    until_told(plane, operator);
    let log = operator.log();
    let answered = |code: &str| format!(r#""http.status_code":{code}"#);
    assert!(log.contains(&answered("200")), "the log must tell each answer, or nothing is tested here");
    let is_refusal = |line: &&str| line.contains("forbidden") || line.contains(&answered("403"));
    let refused: Vec<_> = log.lines().filter(is_refusal).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    plane.kubectl(&["delete", "-f", file.to_str().unwrap()]).unwrap();
}

#[test]
fn the_operator_is_refused_nothing_for_all_namespaces_and_for_one() {
    let plane = ControlPlane::start();
    install(&plane, "podium-system", "replicas=0");
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
    plane.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]).unwrap();
    let operator = Operator::start(&plane, "podium-system", &[]);
    is_refused_nothing(&plane, &operator);
    let lease = plane.kubectl(&[
        "get",
        "lease",
        "-n",
        "podium-system",
        "podium-leader",
        "-o",
        "jsonpath={.spec.holderIdentity}",
    ]);
    assert_eq!(lease.as_deref(), Ok("test"));
    drop(operator);

    plane.helm(&["uninstall", "podium", "--namespace", "podium-system"]).unwrap();
    // Definitions are kept, so the second release brings none.
    plane.kubectl(&["get", "crd", "trainingpipelines.podium.dev"]).unwrap();
    install(
        &plane,
        "podium-one",
        "replicas=0,crds.enabled=false,watchNamespace=ml,installation=one,rbac.aggregate=false",
    );
    let operator = Operator::start(&plane, "podium-one", &["--namespace", "ml"]);
    is_refused_nothing(&plane, &operator);
}
