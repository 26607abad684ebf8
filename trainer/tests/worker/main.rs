//! The worker of a sweep against a trial service that runs in this process and has faults.

// The helpers of these tests are tests as well, which clippy can't know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ahead;
mod early_end;
mod outages;
mod refusals;
mod runner;
mod service;
mod stopped;
mod tls;
mod torch;
mod trials;
mod whole;
