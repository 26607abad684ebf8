//! The termination message: what the pod came to, for people who describe it. The result in MLflow is what counts.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Where the kubelet reads it, and how much.
const PATH: &str = "/dev/termination-log";
const LIMIT: usize = 4096;

/// Writes the message when there is a kubelet to read it. A copy that can't be written costs nothing but speed.
pub fn write(message: &str) {
    write_to(Path::new(PATH), message);
}

fn write_to(path: &Path, message: &str) {
    // Not created: outside of a pod there is no such file.
    let Ok(mut file) = OpenOptions::new().write(true).truncate(true).open(path) else { return };
    let mut end = message.len().min(LIMIT);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    if let Err(error) = file.write_all(&message.as_bytes()[..end]) {
        tracing::debug!(%error, "the termination message could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_replaces_the_last_one_and_is_cut_between_characters() {
        let file = tempfile::NamedTempFile::new().unwrap();
        write_to(file.path(), "a longer message than the next one");
        write_to(file.path(), "short");
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "short");
        write_to(file.path(), &"ü".repeat(3000));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "ü".repeat(2048));
    }

    #[test]
    fn outside_of_a_pod_no_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        write_to(&folder.path().join("log"), "message");
        assert!(!folder.path().join("log").exists());
    }
}
