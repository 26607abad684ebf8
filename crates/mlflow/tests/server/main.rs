//! The client against real MLflow servers: every trap that a client can see, and faults in between.
//! Over sqlite, or over PostgreSQL with `PODIUM_TEST_BACKEND=postgres`.

// The helpers of these tests are tests as well, which clippy can't know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod artifacts;
mod experiments;
mod faults;
mod logger;
mod metrics;
mod models;
mod outages;
mod proxy;
mod registry;
mod runs;
mod support;
mod tls;
