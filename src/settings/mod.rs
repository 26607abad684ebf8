//! Room `settings`: the operator's configuration, read once at start and refused whole when one line of it is wrong.

mod config;
mod grant;
mod trials;

pub use config::{ConfigError, OperatorConfig, Settings};
pub use grant::{Grant, NotGranted, PodLogin};
pub use trials::TrialService;
