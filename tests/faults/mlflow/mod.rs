//! An MLflow in memory with the rules of a real one: creation is not idempotent, ids of runs have no order, versions are
//! counted, an alias moves without a question, a deleted version takes its aliases along.

mod effects;
mod files;
mod op;
mod port;
mod read;
mod store;

pub use op::Op;
pub use port::FakeTracking;
pub use store::{Mlflow, Run};
