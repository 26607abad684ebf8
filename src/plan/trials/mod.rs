//! The trials of an open sweep: who has which, what a worker is answered, and what must stand in MLflow before it is. PURE.

mod refusal;

pub use refusal::{Refusal, Worker};
