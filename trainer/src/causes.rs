//! What went wrong on the network, in one line.

use std::error::Error;

/// The whole chain of causes: reqwest's own text hides whether a name was unknown or a connection refused.
/// The URL is left out, since it may carry a login.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    if text.is_empty() { "the request failed".to_owned() } else { text }
}
