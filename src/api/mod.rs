//! Room `api`: the custom resources as users write them, conditions and reasons, labels and annotations.
//! Types only, no logic but constructors; may use `contract` and nothing else of ours.

pub mod common;
pub mod conditions;
pub mod container;
pub mod decimal;
pub mod gate;
pub mod labels;
pub mod model_version;
pub mod model_version_status;
pub mod pipeline;
pub mod pipeline_data;
pub mod pipeline_status;
pub mod sweep;
pub mod sweep_parameters;
pub mod sweep_status;
pub mod sweep_trial;
pub mod tuning;

pub use common::{Gpu, Limits, Resources, Scheduling};
pub use decimal::Decimal;
pub use gate::{Gate, OnMissing};
pub use model_version::{ModelVersion, ModelVersionSpec};
pub use model_version_status::ModelVersionStatus;
pub use pipeline::{TrainingPipeline, TrainingPipelineSpec};
pub use pipeline_status::TrainingPipelineStatus;
pub use sweep::{HyperparameterSweep, HyperparameterSweepSpec};
pub use sweep_status::HyperparameterSweepStatus;

/// API group of all kinds.
pub const GROUP: &str = "podium.dev";
