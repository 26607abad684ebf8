//! What has become of the entries of a logger.

use std::fmt;

use crate::Error;

/// Numbers of entries (metric points, parameters, tags) since the start of a logger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given to the logger.
    pub offered: u64,
    /// Stored by the server.
    pub delivered: u64,
    /// Refused, by this client's checks or by the server, each for a reason of its own.
    pub rejected: u64,
    /// Given up: the logger was full, or it was closed before they could be delivered.
    pub dropped: u64,
}

impl Counts {
    /// Waiting or on their way.
    pub fn pending(&self) -> u64 {
        self.offered - self.delivered - self.rejected - self.dropped
    }
}

/// One entry that was refused.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Which one, for example `metric "loss" at step 3`.
    pub entry: String,
    /// Why.
    pub reason: Error,
}

/// Entries that are not in MLflow.
#[derive(Clone, Debug, thiserror::Error)]
pub struct FlushError {
    /// All numbers.
    pub counts: Counts,
    /// The first refused entries.
    pub rejected: Vec<Rejected>,
    /// The last error of sending since something was last delivered.
    pub last_error: Option<Box<Error>>,
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { offered, rejected, dropped, .. } = self.counts;
        write!(f, "of {offered} entries logged to MLflow")?;
        let pending = self.counts.pending();
        if pending > 0 {
            write!(f, ", {pending} are not delivered yet")?;
        }
        if dropped > 0 {
            write!(f, ", {dropped} were dropped (the logger was full, or closed before MLflow answered)")?;
        }
        if rejected > 0 {
            write!(f, ", {rejected} were rejected")?;
        }
        if let Some(first) = self.rejected.first() {
            write!(f, " (first: {}: {})", first.entry, first.reason)?;
        }
        match &self.last_error {
            Some(error) => write!(f, "; last error: {error}"),
            None => Ok(()),
        }
    }
}
