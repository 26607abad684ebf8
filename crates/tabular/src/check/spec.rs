//! What must hold before anything is trained, as stated.

use crate::table::ColumnType;

/// Checks on the whole table and on columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChecksSpec {
    /// Fewest rows, copies not counted.
    pub min_rows: Option<usize>,
    /// Checks on columns.
    pub columns: Vec<ColumnCheck>,
}

/// What must hold for one column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnCheck {
    /// Column name.
    pub name: String,
    /// Its type.
    pub kind: Option<ColumnType>,
    /// True when the column must exist; otherwise its checks hold if it does.
    pub required: bool,
    /// Smallest number, inclusive.
    pub min: Option<f64>,
    /// Largest number, inclusive.
    pub max: Option<f64>,
    /// Largest share of missing values, 0 to 1, inclusive.
    pub max_missing: Option<f64>,
}
