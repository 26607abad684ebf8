//! Servers that do not start.

use crate::support::{folder, stop_at_the_end, try_script};

#[test]
fn a_server_over_files_is_refused_at_its_start_with_what_helps() {
    let folder = folder("file-store");
    stop_at_the_end("mlflow", &folder);
    let path = folder.display().to_string();
    let backend = format!("file://{path}/mlruns");
    let said = try_script("mlflow", &["start", &path, "0", "--backend", &backend]).unwrap_err();
    assert!(said.contains("Please migrate to a database backend"), "{said}");
    assert!(said.contains("set `MLFLOW_ALLOW_FILE_STORE=true`"), "{said}");
    assert!(
        said.ends_with(&format!("the server in {path} did not start; its log is {path}/server.log")),
        "{said}"
    );
    try_script("mlflow", &["url", &path]).unwrap_err();
}
