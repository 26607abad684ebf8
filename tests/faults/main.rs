//! The operator's loop against fakes: an API server, an MLflow and trainer pods in memory, with a fault before, in or
//! after each single write. The end must be the one without the fault. Nothing here needs a cluster, a network or time:
//! the clock is the world's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail anywhere")]

mod api_server;
mod clock;
mod ending;
mod injector;
mod line;
mod lives;
mod mlflow;
mod operator;
mod play;
mod sample;
mod scenarios;
mod server;
mod state;
mod trainer;
mod workers;
mod world;
