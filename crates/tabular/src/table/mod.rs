//! The table: named, typed columns in file order, and the two readers that make one from bytes.
//! Bytes in, values out: where the bytes come from is not this room's business.

mod cell;
mod csv;
mod parquet;
#[cfg(test)]
mod tests;

pub use self::csv::{CsvError, read_csv};
pub use self::parquet::{ParquetError, read_parquet};
pub(crate) use cell::{number_text, parse_number, parse_timestamp};

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

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

/// Named columns of equal length, in the order of the file. Names are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
    index: HashMap<String, usize>,
}

/// Why columns do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Two columns share a name.
    #[error("duplicate header: column {name:?} stands at positions {first} and {second}; rename one of them")]
    DuplicateHeader {
        /// The name.
        name: String,
        /// Position of the first, from 1.
        first: usize,
        /// Position of the second, from 1.
        second: usize,
    },
    /// A column is longer or shorter than the first one.
    #[error("column {name:?} has {found} values where the table has {expected} rows")]
    Length {
        /// The column.
        name: String,
        /// Its values.
        found: usize,
        /// The rows of the table.
        expected: usize,
    },
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// Two columns of one name, or of different length.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self, TableError> {
        let rows = columns.first().map_or(0, |(_, c)| c.len());
        let mut index = HashMap::with_capacity(columns.len());
        for (at, (name, column)) in columns.iter().enumerate() {
            if let Some(first) = index.insert(name.clone(), at) {
                let name = name.clone();
                return Err(TableError::DuplicateHeader { name, first: first + 1, second: at + 1 });
            }
            if column.len() != rows {
                return Err(TableError::Length { name: name.clone(), found: column.len(), expected: rows });
            }
        }
        let (names, columns) = columns.into_iter().unzip();
        Ok(Self { names, columns, rows, index })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Column names in file order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.index.get(name).map(|&at| &self.columns[at])
    }

    /// Names and columns in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.names.iter().map(String::as_str).zip(&self.columns)
    }

    /// The rows at these positions, in this order, as a table of their own.
    #[must_use]
    pub fn gather(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|c| c.gather(rows)).collect();
        Self { names: self.names.clone(), columns, rows: rows.len(), index: self.index.clone() }
    }

    /// Replaces a column and gives back what was there; `None`, and nothing replaced, when the column is unknown or of another length.
    pub fn replace(&mut self, name: &str, column: Column) -> Option<Column> {
        let at = *self.index.get(name)?;
        (column.len() == self.rows).then(|| std::mem::replace(&mut self.columns[at], column))
    }
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
            Self::Timestamp(ns) => f.write_str(&cell::timestamp_text(*ns)),
        }
    }
}
