//! Metric names, their direction, and which predictions they are computed from.

use serde::{Deserialize, Serialize};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Goal {
    /// Higher is better.
    Maximize,
    /// Lower is better.
    Minimize,
}

/// How per-class values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Average {
    /// Of the positive class; two classes only.
    Binary,
    /// Plain mean over the classes.
    Macro,
    /// Mean by the classes' rows in the truth.
    Weighted,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident $text:literal $goal:expr),* $(,)?) => {
        /// A metric by its standard name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum MetricName { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl MetricName {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as logged.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Which way is better; `None` for what ranks nothing.
            #[must_use]
            pub fn goal(self) -> Option<Goal> {
                match self { $(Self::$variant => $goal,)* }
            }
        }
    };
}

const UP: Option<Goal> = Some(Goal::Maximize);
const DOWN: Option<Goal> = Some(Goal::Minimize);

metrics! {
    /// Share of right labels.
    Accuracy "accuracy" UP,
    /// Mean recall over the classes in the truth.
    BalancedAccuracy "balanced_accuracy" UP,
    /// True positives over predicted positives.
    Precision "precision" UP,
    /// True positives over positives.
    Recall "recall" UP,
    /// Harmonic mean of precision and recall.
    F1Score "f1_score" UP,
    /// Area under the ROC curve; more than two classes one-vs-rest.
    RocAuc "roc_auc" UP,
    /// Area under the precision-recall curve as a step function.
    AveragePrecision "average_precision" UP,
    /// Matthews correlation coefficient (its generalisation R_K for more classes; Gorodkin 2004).
    Mcc "mcc" UP,
    /// Negative mean log-likelihood, natural logarithm.
    LogLoss "log_loss" DOWN,
    /// Mean squared difference of probability and outcome; summed over the classes when there are more than two.
    Brier "brier" DOWN,
    /// Mean squared error.
    Mse "mse" DOWN,
    /// Root of the mean squared error.
    Rmse "rmse" DOWN,
    /// Mean absolute error.
    Mae "mae" DOWN,
    /// Median absolute error.
    Medae "medae" DOWN,
    /// Mean absolute error relative to the target, a fraction.
    Mape "mape" DOWN,
    /// Coefficient of determination.
    R2Score "r2_score" UP,
    /// Seconds of fit, preparation included.
    TrainingTime "training_time" DOWN,
    /// Milliseconds of a single-row prediction, median.
    InferenceTimeMs "inference_time_ms" DOWN,
    /// Megabytes (1e6) of the model files.
    ModelSizeMb "model_size_mb" DOWN,
    /// 1 when a GPU was used.
    GpuUsed "gpu_used" None,
}

/// What a metric is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Class labels after the threshold.
    Labels,
    /// Class probabilities.
    Probabilities,
    /// Predicted numbers.
    Values,
    /// A measurement, not predictions.
    Measurement,
}

impl MetricName {
    /// The metric of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|m| m.as_str() == name)
    }

    /// What it is computed from.
    #[must_use]
    pub fn basis(self) -> Basis {
        match self {
            Self::Accuracy
            | Self::BalancedAccuracy
            | Self::Precision
            | Self::Recall
            | Self::F1Score
            | Self::Mcc => Basis::Labels,
            Self::RocAuc | Self::AveragePrecision | Self::LogLoss | Self::Brier => Basis::Probabilities,
            Self::Mse | Self::Rmse | Self::Mae | Self::Medae | Self::Mape | Self::R2Score => Basis::Values,
            Self::TrainingTime | Self::InferenceTimeMs | Self::ModelSizeMb | Self::GpuUsed => {
                Basis::Measurement
            }
        }
    }
}

impl std::fmt::Display for MetricName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Goal {
    /// `to - from` counted so that an improvement is positive.
    #[must_use]
    pub fn improvement(self, from: f64, to: f64) -> f64 {
        match self {
            Self::Maximize => to - from,
            Self::Minimize => from - to,
        }
    }
}
