//! The token that proves whose pod the worker is.

use std::io::ErrorKind;
use std::path::Path;

use tracing::warn;

/// The token as it is now: it lives for minutes, and the kubelet puts a new one there before it ends.
pub(super) fn read(path: &Path) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text.trim().to_owned()).filter(|token| !token.is_empty()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            warn!(path = %path.display(), %error, "the token can't be read");
            None
        }
    }
}
