//! How fast a worker calls, and how long it waits.

use std::time::Duration;

use podium_contract::HEARTBEAT_SECONDS;

/// Times of a worker; those of a pod by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Longest wait for a connection. Addresses of pods that are gone don't refuse, they are silent.
    pub connect: Duration,
    /// Longest wait for an answer: the operator writes to MLflow before it answers.
    pub answer: Duration,
    /// Pause after all addresses of the service were tried; each further one is twice as long.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// How long a refused token or an unknown sweep is asked for again: a token may just be renewed, a sweep just be opened.
    pub refusal: Duration,
    /// Time from one report to the next while there are steps to report. A trial that is shorter reports when it is told.
    pub report: Duration,
    /// The same while there are none.
    pub heartbeat: Duration,
    /// The next trial is asked for ahead where the last one took no longer: those who could run it meanwhile don't wait long for it.
    pub short: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(20),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(5),
            refusal: Duration::from_secs(60),
            report: Duration::from_millis(200),
            // Before it is due: the way takes time too.
            heartbeat: Duration::from_secs(HEARTBEAT_SECONDS) * 4 / 5,
            short: Duration::from_secs(5),
        }
    }
}
