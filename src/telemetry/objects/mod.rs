//! Metrics of objects: what their statuses say, for Prometheus. PURE but for the board, which holds what is shown.
//!
//! An object's gauges are derived from its whole status after each reconcile, so a restarted operator shows them again and
//! nothing stays of a condition that went. Counters are derived from the step from the old status to the one that was
//! written, so what was written by an operator before is not counted twice.

mod board;
mod catalogue;
mod pipeline;
mod resource;
mod series;
mod sweep;
#[cfg(test)]
mod tests;
mod version;

pub use board::Board;
pub use pipeline::of_pipeline;
pub use series::ObjectKey;
pub use sweep::of_sweep;
pub use version::of_version;

/// Kind of a pipeline, in labels.
pub const PIPELINE: &str = "TrainingPipeline";
/// Kind of a sweep, in labels.
pub const SWEEP: &str = "HyperparameterSweep";
/// Kind of a model version, in labels.
pub const MODEL_VERSION: &str = "ModelVersion";
