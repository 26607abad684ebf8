//! What the tests stand on: the machine's cluster, an MLflow server, a world for each test, manifests and data.
#![allow(dead_code, reason = "suites grow one by one")]

pub mod data;
pub mod hand;
pub mod image;
pub mod machine;
pub mod manifests;
pub mod node;
pub mod objects;
pub mod once;
pub mod operator;
pub mod tracker;
pub mod world;

pub use manifests::{changed, pipeline, sweep};
pub use world::World;
