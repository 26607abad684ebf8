//! Podium's learners: fit and predict on numbers.
//!
//! A pure library: no files, no network, no clock, no randomness but the seed, no threads but the pool it is given.
//! The one exception stands behind the feature `plugin`: the loader of libtorch.
//! It knows neither columns by name nor missing values: preparation comes before, metrics come after.

mod algorithm;
mod context;
mod fit;
mod forest;
mod lanes;
mod linear;
mod logistic;
mod matrix;
mod mlp;
mod model;
mod parameters;
#[cfg(feature = "plugin")]
mod plugin;
mod prediction;
mod prior;
mod training;
mod weights;

pub use algorithm::{Algorithm, ROUNDS, Stride, Task, UnknownAlgorithm};
pub use context::{Context, Device, FitError, FitReport, FitWarning, Fitted, Step, Validation};
pub use fit::fit;
pub use forest::{ForestModel, Node, Tree};
pub use linear::LinearModel;
pub use logistic::LogisticModel;
pub use matrix::{Matrix, MatrixError};
pub use mlp::{Layer, MlpModel, MlpOutput, MlpRequest, TorchBackend};
pub use model::Model;
pub use parameters::{
    Activation, ClassWeight, ForestParameters, Kind, LinearParameters, Literal, LogisticParameters,
    MaxFeatures, MlpParameters, Named, ParameterError, ParameterSpec, Parameters, Range, Searched,
};
#[cfg(feature = "plugin")]
pub use plugin::{PLUGIN_FILE, PluginError, TorchPlugin};
pub use prediction::{PredictError, Prediction};
pub use prior::{PriorAnswer, PriorModel, fit_prior};
pub use training::{SetError, Target, TrainingSet};
