//! What a user says about the data: the target, the task, and the roles of columns.

use serde::{Deserialize, Serialize};

/// The task as stated; `Auto` lets the target column decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TaskSpec {
    /// Text or booleans: classes. Whole numbers of at most 20 values: classes. Other numbers: regression.
    #[default]
    Auto,
    /// Two classes.
    BinaryClassification,
    /// Three classes or more.
    MulticlassClassification,
    /// A number.
    Regression,
}

/// Target, task and column roles, as stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataSpec {
    /// Column to predict.
    pub target: String,
    /// With two classes the one that precision, recall and f1_score are about; default the larger in sorted order.
    pub positive_label: Option<String>,
    /// Task.
    pub task: TaskSpec,
    /// Columns that are never features.
    pub exclude: Vec<String>,
    /// Columns to take as categories: numbers listed here are not numeric, texts listed here are never dropped for having many levels.
    pub categorical: Vec<String>,
    /// Column of sample weights, each finite and > 0.
    pub weight_column: Option<String>,
    /// Column that orders the rows in time (Timestamp or Number); never a feature.
    pub time_column: Option<String>,
    /// Column whose equal values stay on one side of every split; never a feature.
    pub group_column: Option<String>,
}
