//! The client against real MLflow servers: every trap that a client can see, and faults in between.
//! Over sqlite, or over PostgreSQL with `PODIUM_TEST_BACKEND=postgres`.

// The helpers of these tests are tests as well, which clippy can't know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod artifacts;
mod damage;
mod damaged_bodies;
mod dropped;
mod experiments;
mod faults;
mod logger;
mod logins;
mod metrics;
mod models;
mod outages;
mod proxy;
mod raw;
mod registry;
mod runs;
mod speed;
mod starting;
mod support;
mod tls;
