//! What this machine offers to the tests: the cluster of the environment and the project's scripts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A variable that `scripts/test` sets; without it no test of this binary can run.
pub fn variable(name: &str) -> String {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value
        .unwrap_or_else(|| panic!("{name} is not set: run scripts/test cluster, which starts what is needed"))
}

/// Address of this host on the pods' network.
pub const HOST: &str = "10.88.0.1";

/// Runs one of the project's scripts and gives what it said.
pub fn script(arguments: &[&str]) -> String {
    let output = Command::new(root().join("scripts").join(arguments[0]))
        .args(&arguments[1..])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/{arguments:?} failed: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a Python program as a user of MLflow's own client would, and gives the last line of what it printed.
pub fn python(program: &str, arguments: &[&str]) -> String {
    let python = Path::new(&script(&["pyenv"])).join("bin/python");
    let output = Command::new(python)
        .args(["-c", program])
        .args(arguments)
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "Python failed: {said}");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.lines().last().unwrap_or_else(|| panic!("Python printed nothing: {said}")).to_owned()
}

/// Statics are not dropped, and a killed test drops nothing at all: a shell outlives this process and cleans up.
pub fn stop_at_the_end(what: &str, folder: &Path) {
    let clean_up = "(while kill -0 \"$1\"; do sleep 0.3; done; \"$2\" stop \"$3\"; rm -rf \"$3\") &";
    let status = Command::new("bash")
        .args(["-c", clean_up, "clean-up", &std::process::id().to_string()])
        .arg(root().join("scripts").join(what))
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

/// A name that no other test and no other process uses; legal for namespaces.
pub fn unique(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test-{stem}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A folder of this process.
pub fn folder(stem: &str) -> PathBuf {
    std::env::temp_dir().join(format!("podium-{}", unique(stem)))
}

/// A port of the address that nobody listens on now.
pub fn free_port(address: &str) -> u16 {
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}

/// A client of the cluster's administrator.
pub async fn client() -> kube::Client {
    // Two TLS providers in one process make the first client panic; this chooses one before any is made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    variable("KUBECONFIG");
    kube::Client::try_from(kube::Config::infer().await.unwrap()).unwrap()
}

/// Variables under which a process has its clock so many seconds ahead; the clock that only measures time goes right.
pub fn shifted_clock(seconds: i64) -> Vec<(&'static str, String)> {
    let libraries = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let mut libraries = libraries.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let library = libraries.find(|path| path.exists()).expect("libfaketime is missing: scripts/setup test");
    vec![
        ("LD_PRELOAD", library.to_str().unwrap().to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}
