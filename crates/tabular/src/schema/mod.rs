//! The schema: what each column is for. Inferred once from the whole table, then part of the model.
//! Looks at values, never at how the target relates to a feature.

mod infer;
mod roles;
mod spec;
mod target;
#[cfg(test)]
mod tests;
mod truth;

pub(crate) use roles::shortened;
pub use spec::{DataSpec, TaskSpec};
pub use target::TargetError;
pub(crate) use target::classes;

use serde::{Deserialize, Serialize};

use crate::table::ColumnType;

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// One of two classes.
    BinaryClassification,
    /// One of three classes or more.
    MulticlassClassification,
    /// A number.
    Regression,
}

impl Task {
    /// True for both kinds of classification.
    #[must_use]
    pub fn is_classification(self) -> bool {
        !matches!(self, Self::Regression)
    }
}

/// How a feature is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeatureKind {
    /// A number.
    Number,
    /// A category written as text.
    Category,
    /// A category written as a number: its levels are the shortest decimal texts of the values as f32.
    NumericCategory,
    /// An instant: year, month, weekday and hour (UTC) become features.
    Timestamp,
}

/// One input column of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// Column name.
    pub name: String,
    /// How it is read.
    pub kind: FeatureKind,
}

/// A column that is neither a feature nor asked for in another role, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Column name.
    pub name: String,
    /// A sentence for the user.
    pub reason: String,
}

/// Roles of all columns, the task and its classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Task, never `Auto`.
    pub task: Task,
    /// Column to predict.
    pub target: String,
    /// Type of the target column.
    pub target_type: ColumnType,
    /// Class labels in sorted order (numeric labels numerically); empty for regression. Class `i` everywhere means `classes[i]`.
    pub classes: Vec<String>,
    /// Index of the positive class; `None` unless there are two classes.
    pub positive: Option<usize>,
    /// Input columns in file order; at least one.
    pub features: Vec<Feature>,
    /// Column of sample weights.
    pub weight: Option<String>,
    /// Column that orders rows in time.
    pub time: Option<String>,
    /// Column of groups.
    pub group: Option<String>,
    /// Columns left out, with the reason.
    pub dropped: Vec<Dropped>,
}

/// Why a table and a data spec give no schema.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SchemaError {
    /// A named column does not exist.
    #[error("{role} column {name:?} is not in the data; columns are: {known}")]
    UnknownColumn {
        /// The role it was named for.
        role: &'static str,
        /// The name.
        name: String,
        /// The names that exist, shortened.
        known: String,
    },
    /// One column in two roles.
    #[error("column {name:?} is named both as {first} and as {second}; give it one role")]
    TwoRoles {
        /// The name.
        name: String,
        /// One role.
        first: &'static str,
        /// The other role.
        second: &'static str,
    },
    /// A role needs a type that the column does not have.
    #[error("{role} column {name:?} is {found}, must be {allowed}")]
    WrongType {
        /// The role.
        role: &'static str,
        /// The column.
        name: String,
        /// Its type.
        found: ColumnType,
        /// The types allowed.
        allowed: &'static str,
    },
    /// The target does not fit the task.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No column is left to learn from.
    #[error("no feature column is left: {dropped}")]
    NoFeatures {
        /// Why each column is not a feature.
        dropped: String,
    },
}
