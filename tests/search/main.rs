//! `podium search` with real processes: trials are shell scripts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod going_on;
mod stopping;
mod support;
mod trials;
