//! Retrying what may pass by itself, with a bound in time. What is final is returned at once.

use std::time::{Duration, Instant};

use tracing::warn;

use super::SourceError;

/// How long to try, and the first pause; each pause is twice the last one, at most 20 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From the first attempt to the start of the last one.
    pub total: Duration,
    /// First pause.
    pub first: Duration,
}

const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Calls until it succeeds, fails for good, or time is over.
pub(super) async fn until<T, F>(patience: Patience, mut call: impl FnMut() -> F) -> Result<T, SourceError>
where
    F: Future<Output = Result<T, SourceError>>,
{
    let start = Instant::now();
    let mut pause = patience.first;
    loop {
        match call().await {
            Err(error @ SourceError::Unreachable { .. }) if start.elapsed() + pause <= patience.total => {
                warn!(%error, pause_ms = pause.as_millis() as u64, "reading the data failed, trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            other => return other,
        }
    }
}
