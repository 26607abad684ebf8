//! The table: named, typed columns in file order, and the two readers that make one from bytes.
//! Bytes in, values out: where the bytes come from is not this room's business.

mod cell;
mod column;
mod csv;
mod parquet;
#[cfg(test)]
mod tests;

pub use self::column::{Cell, Column, ColumnType};
pub use self::csv::{CsvError, read_csv};
pub use self::parquet::{ParquetError, read_parquet};
pub(crate) use cell::{number_text, parse_number, parse_timestamp};

use std::collections::HashMap;

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
