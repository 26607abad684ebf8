//! An image of a user's own, made of one program.

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

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
