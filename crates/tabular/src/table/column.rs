//! A column: one type, one value per row.

use serde::{Deserialize, Serialize};

use super::cell::{number_text, timestamp_text};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// Numbers (f64).
    Number,
    /// Text; booleans and identifiers are text too.
    Text,
    /// Instants of RFC 3339.
    Timestamp,
}

/// The values of one column, one per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// NaN is missing; everything else is finite when it was read from CSV, and may be infinite from Parquet.
    Number(Vec<f64>),
    /// `None` is missing; an empty text is missing and never stored.
    Text(Vec<Option<Box<str>>>),
    /// Nanoseconds since 1970-01-01T00:00:00Z; `None` is missing.
    Timestamp(Vec<Option<i64>>),
}

/// One value, borrowed from its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// A number, never NaN.
    Number(f64),
    /// A text, never empty.
    Text(&'a str),
    /// Nanoseconds since the epoch.
    Timestamp(i64),
}

impl Column {
    /// Number of values, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Timestamp(v) => v.len(),
        }
    }

    /// True without any row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column's type.
    #[must_use]
    pub fn kind(&self) -> ColumnType {
        match self {
            Self::Number(_) => ColumnType::Number,
            Self::Text(_) => ColumnType::Text,
            Self::Timestamp(_) => ColumnType::Timestamp,
        }
    }

    /// The value of a row; missing beyond the end.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Number(v) => v.get(row).filter(|x| !x.is_nan()).map_or(Cell::Missing, |&x| Cell::Number(x)),
            Self::Text(v) => v.get(row).and_then(Option::as_deref).map_or(Cell::Missing, Cell::Text),
            Self::Timestamp(v) => v.get(row).copied().flatten().map_or(Cell::Missing, Cell::Timestamp),
        }
    }

    /// Number of missing values.
    #[must_use]
    pub fn missing(&self) -> usize {
        match self {
            Self::Number(v) => v.iter().filter(|x| x.is_nan()).count(),
            Self::Text(v) => v.iter().filter(|x| x.is_none()).count(),
            Self::Timestamp(v) => v.iter().filter(|x| x.is_none()).count(),
        }
    }

    /// The values at these positions, in this order.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(v) => Self::Number(rows.iter().map(|&r| v[r]).collect()),
            Self::Text(v) => Self::Text(rows.iter().map(|&r| v[r].clone()).collect()),
            Self::Timestamp(v) => Self::Timestamp(rows.iter().map(|&r| v[r]).collect()),
        }
    }
}

impl std::fmt::Display for ColumnType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Number => "Number",
            Self::Text => "Text",
            Self::Timestamp => "Timestamp",
        })
    }
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Number(x) => f.write_str(&number_text(*x)),
            Self::Text(s) => f.write_str(s),
            Self::Timestamp(ns) => f.write_str(&timestamp_text(*ns)),
        }
    }
}
