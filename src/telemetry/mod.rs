//! Room `telemetry`: logs and metrics. Decides nothing.

mod logs;
mod metrics;

pub use logs::init;
pub use metrics::Metrics;
