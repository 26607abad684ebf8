//! Images of a user's own.

use std::process::Command;
use std::sync::OnceLock;

use super::machine::root;

/// The image of `tests/cluster/trial`, in the cluster's store; made once a process.
pub fn trial() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = root().join("tests/cluster/trial/main.go");
        let mut build = Command::new("go");
        build.args(["build", "-trimpath", "-o"]).arg(folder.path().join("trial")).arg(source);
        run(build.env("CGO_ENABLED", "0").current_dir(folder.path()));
        let tag = "localhost/podium-test-trial:1".to_owned();
        run(Command::new(root().join("cluster/cluster"))
            .args(["image", "-user", "65532"])
            .arg(folder.path())
            .args([tag.as_str(), "/trial"]));
        tag
    })
}

/// The image of `tests/cluster/own`, in the cluster's store; made once a process.
pub fn own() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        run(Command::new(root().join("tests/cluster/own/fill")).arg(folder.path()));
        let tag = "localhost/podium-test-own:1".to_owned();
        run(Command::new(root().join("cluster/cluster"))
            .args(["image", "-user", "65532", "-env", "PYTHONHOME=/opt/python"])
            .args(["-env", "PYTHONPATH=/opt/python/site"])
            .arg(folder.path())
            .args([tag.as_str(), "/opt/python/bin/python3"]));
        tag
    })
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
