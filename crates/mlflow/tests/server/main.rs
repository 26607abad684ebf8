//! The client against real MLflow servers: every trap that a client can see, and faults in between.
//! Over sqlite, or over PostgreSQL with `PODIUM_TEST_BACKEND=postgres`.

mod access;
mod artifacts;
mod experiments;
mod faults;
mod logger;
mod metrics;
mod models;
mod proxy;
mod registry;
mod runs;
mod support;
