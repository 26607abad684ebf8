//! The hook for request metrics. It sees names and times only, never what was sent.

use std::time::Duration;

/// One request as it went over the wire; a repeated request is observed once for each attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// What was asked, from a fixed list such as `runs/create`: fit for a metric label.
    pub operation: &'static str,
    /// `OK`, the server's error code, or `CONNECT`, `TIMEOUT`, `INTERRUPTED` and their like: fit for a metric
    /// label.
    pub code: String,
    /// From sending until the answer was read, without the wait for a free place.
    pub duration: Duration,
}

/// Takes note of requests; it is called on the request's task and must return at once.
pub trait Observer: Send + Sync {
    /// Takes note of one request.
    fn observe(&self, observation: Observation);
}
