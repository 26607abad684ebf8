//! Room `telemetry`: logs and metrics. Decides nothing.

mod logs;
mod metrics;
mod objects;
mod trials;

pub use logs::init;
pub use metrics::Metrics;
pub use objects::{MODEL_VERSION, ObjectKey, PIPELINE, SWEEP};
