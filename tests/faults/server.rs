//! Real MLflow servers for this test binary, for what only a real one can show.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A running server.
pub struct Server {
    pub url: String,
    folder: PathBuf,
}

/// The server, started when it is first asked for. It ends itself when this process is gone.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("shared", &[]))
}

/// Another one behind https, with a certificate of an authority that nobody knows.
pub fn encrypted() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("encrypted", &["--tls", "--workers", "1"]))
}

impl Server {
    /// Certificate of the authority, PEM.
    pub fn authority(&self) -> String {
        std::fs::read_to_string(self.folder.join("ca.pem")).unwrap()
    }
}

fn start(name: &str, options: &[&str]) -> Server {
    let folder = std::env::temp_dir().join(format!("podium-faults-{}-{name}", std::process::id()));
    let url = script(&[&["start", folder.to_str().unwrap(), "0"], options].concat());
    stop_after_this_process(&folder);
    Server { url, folder }
}

fn script(arguments: &[&str]) -> String {
    let output = Command::new(path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/mlflow")
}

/// A static's destructor never runs, and a test may end anyhow: so a shell waits for the end of this process.
#[expect(clippy::zombie_processes, reason = "it outlives this process")]
fn stop_after_this_process(folder: &Path) {
    let wait = "while kill -0 \"$1\" 2>/dev/null; do sleep 0.2; done; \"$2\" stop \"$3\"; rm -rf \"$3\"";
    Command::new("setsid")
        .args(["sh", "-c", wait, "sh", &std::process::id().to_string()])
        .args([path().as_os_str(), folder.as_os_str()])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
}
