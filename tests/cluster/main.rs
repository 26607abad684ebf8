//! The operator on a real Kubernetes and a real MLflow: real pods, real data. Each test has a namespace, a
//! configuration, a lease and an operator process of its own, so that one can be killed without the others noticing.
//! Tests marked `ignore` belong to the suite `cluster-long`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail anywhere")]
#![allow(clippy::print_stdout, reason = "seeds and measured times, to be found in the log")]

mod harness;

mod actions;
mod artifacts;
mod champions;
mod clocks;
mod container_ends;
mod containers;
mod curves;
mod deletion;
mod gpus;
mod kills;
mod logins;
mod nodes;
mod origins;
mod outages;
mod own;
mod promotion;
mod queue;
mod refusals;
mod replicas;
mod runs;
mod separation;
mod sources;
mod sweep_ends;
mod sweep_kills;
mod sweep_lessons;
mod sweeps;
mod tuning;
mod unchanged;
mod waiting;
mod works;
