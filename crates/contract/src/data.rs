//! Data, checks, preparation and split with every default resolved: what a pod is told, not what a user writes.

use serde::{Deserialize, Serialize};

/// Where the rows are and what their columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Data {
    /// `s3://`, `http(s)://`, `pvc://claim/path`, `configmap://name/key`.
    pub uri: String,
    /// Format of the bytes at `uri`.
    pub format: Format,
    /// Column to predict.
    pub target: String,
    /// Class that precision, recall and f1 are about; two classes only.
    pub positive_label: Option<String>,
    /// What is learned.
    pub task: TaskChoice,
    /// Columns that are no features.
    pub exclude: Vec<String>,
    /// Columns that are categories even when all their cells are numbers.
    pub categorical: Vec<String>,
    /// Column with sample weights.
    pub weight_column: Option<String>,
    /// Column that orders rows in time.
    pub time_column: Option<String>,
    /// Column whose equal values stay on one side of every split.
    pub group_column: Option<String>,
}

/// File format of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Format {
    /// RFC 4180, UTF-8, with a header row.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What is learned, or that it is read from the target column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TaskChoice {
    /// Inferred by the validate stage.
    Auto,
    /// Two classes.
    BinaryClassification,
    /// More than two classes.
    MulticlassClassification,
    /// A number.
    Regression,
}

/// What is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Task {
    /// Two classes.
    BinaryClassification,
    /// More than two classes.
    MulticlassClassification,
    /// A number.
    Regression,
}

/// What the data must satisfy before anything is trained.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checks {
    /// Fewest rows, copies not counted.
    pub min_rows: u64,
    /// Largest share of rows that are copies of another row, 0 to 1.
    pub max_duplicates: Option<f64>,
    /// Rules for single columns.
    pub columns: Vec<ColumnCheck>,
}

/// Rules for one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnCheck {
    /// The column.
    pub name: String,
    /// Type that every cell must have.
    pub r#type: Option<ColumnType>,
    /// Whether the column must be there.
    pub required: bool,
    /// Smallest value, inclusive.
    pub min: Option<f64>,
    /// Largest value, inclusive.
    pub max: Option<f64>,
    /// Largest share of missing cells, 0 to 1.
    pub max_missing: Option<f64>,
}

/// Type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ColumnType {
    /// Numbers.
    Number,
    /// Text.
    Text,
    /// RFC 3339 timestamps.
    Timestamp,
}

/// How features are made ready; fitted inside each training fold and part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preparation {
    /// Replacement of missing numbers.
    pub missing: Missing,
    /// Scaling of numbers.
    pub scaling: Scaling,
    /// Encoding of categories.
    pub encoding: Encoding,
    /// What is done about unequal class frequencies.
    pub imbalance: Imbalance,
}

/// Replacement of missing numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Missing {
    /// Median of the training rows.
    Median,
    /// Mean of the training rows.
    Mean,
    /// Most frequent value of the training rows; of equals the smallest.
    MostFrequent,
}

/// Scaling of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Scaling {
    /// Mean 0, population standard deviation 1.
    Standard,
    /// Training minimum to 0, maximum to 1, not clipped.
    MinMax,
    /// Median 0, interquartile range 1.
    Robust,
    /// As they are.
    None,
}

/// Encoding of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Encoding {
    /// A column a level; an unknown level is all zeros.
    OneHot,
    /// The level's rank; an unknown level is -1.
    Ordinal,
}

/// What is done about unequal class frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Imbalance {
    /// Nothing.
    None,
    /// Weights inverse to the class frequency, `n / (classes * count)`.
    ClassWeight,
}

/// Which rows train, which are held out, and the folds of the training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Split {
    /// Share of rows held out, above 0 and below 1.
    pub holdout: f64,
    /// How rows are dealt.
    pub strategy: Strategy,
    /// Folds of the training part, at least 2.
    pub folds: u32,
    /// Rows left out between training and test rows; TimeOrdered only.
    pub gap: u64,
    /// Key of the row hash.
    pub seed: u64,
}

/// How rows are dealt to holdout and folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Strategy {
    /// Stratified for classes, Shuffled for regression.
    Auto,
    /// By row hash, within each class.
    Stratified,
    /// By row hash.
    Shuffled,
    /// The last rows by time are held out, folds go forward.
    TimeOrdered,
    /// By hash of the group column.
    Group,
}

/// How models are compared and what is tuned on out-of-fold predictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evaluation {
    /// Metric that ranks candidates; absent: roc_auc for two classes, log_loss for more, rmse for regression.
    pub metric: Option<String>,
    /// Average over classes; absent: of the positive label for two classes, macro for more.
    pub average: Option<Average>,
    /// Calibration of probabilities.
    pub calibration: Calibration,
    /// Decision threshold of two classes.
    pub threshold: Threshold,
}

/// Average over classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Average {
    /// Of the positive label.
    Binary,
    /// Plain mean over classes.
    Macro,
    /// Mean weighted by support.
    Weighted,
}

/// Calibration of probabilities on out-of-fold predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Calibration {
    /// Probabilities as the learner gives them.
    None,
    /// Platt's sigmoid.
    Platt,
    /// Isotonic regression; needs 1,000 training rows.
    Isotonic,
}

/// Decision threshold of two classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Threshold {
    /// 0.5.
    Half,
    /// The one that is best for the metric on out-of-fold predictions.
    Auto,
}
