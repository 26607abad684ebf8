//! The feature matrix: finite `f32`, column-major. Must not know about column names, targets or learners.

use thiserror::Error;

/// Features of a set of rows: finite `f32` values, column-major.
///
/// Every learner fits and predicts on `f32`: then a threshold or a coefficient means the same here and in an
/// exported ONNX file, whose inputs are `f32` too.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

/// Why values are no feature matrix.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MatrixError {
    /// The number of values is not rows x columns.
    #[error("a matrix of {rows} rows and {columns} columns needs {expected} values, got {got}")]
    Shape {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
        /// rows x columns.
        expected: usize,
        /// Values given.
        got: usize,
    },
    /// One column is longer or shorter than the others.
    #[error("feature column {column} has {got} rows, the matrix has {expected}")]
    ColumnLength {
        /// Index of the column.
        column: usize,
        /// Rows of the matrix.
        expected: usize,
        /// Rows of this column.
        got: usize,
    },
    /// NaN, infinite, or beyond the range of `f32` (about ±3.4e38).
    #[error(
        "feature column {column}, row {row}: {value} is not a finite 32-bit number; impute missing values and rescale values beyond 3.4e38"
    )]
    NotFinite {
        /// Index of the column.
        column: usize,
        /// Index of the row.
        row: usize,
        /// The value as `f32`.
        value: f32,
    },
}

impl Matrix {
    /// Takes column-major values; `values.len()` must be `rows * columns`.
    ///
    /// # Errors
    /// [`MatrixError::Shape`] and [`MatrixError::NotFinite`].
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Result<Self, MatrixError> {
        let expected = rows.saturating_mul(columns);
        if values.len() != expected {
            return Err(MatrixError::Shape { rows, columns, expected, got: values.len() });
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(MatrixError::NotFinite { column: at / rows, row: at % rows, value: values[at] });
        }
        Ok(Self { rows, columns, values })
    }

    /// Takes columns of `rows` values each.
    ///
    /// # Errors
    /// [`MatrixError::ColumnLength`] and [`MatrixError::NotFinite`].
    pub fn from_columns<C: AsRef<[f32]>>(rows: usize, columns: &[C]) -> Result<Self, MatrixError> {
        let mut values = Vec::with_capacity(rows.saturating_mul(columns.len()));
        for (index, column) in columns.iter().enumerate() {
            let column = column.as_ref();
            if column.len() != rows {
                return Err(MatrixError::ColumnLength { column: index, expected: rows, got: column.len() });
            }
            values.extend_from_slice(column);
        }
        Self::new(rows, columns.len(), values)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Column `index` as a slice of [`Matrix::rows`] values. Panics when there is no such column, as slices do.
    #[must_use]
    pub fn column(&self, index: usize) -> &[f32] {
        &self.values[index * self.rows..(index + 1) * self.rows]
    }

    /// Value at a row and a column. Panics outside the matrix, as slices do.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.column(column)[row]
    }

    /// All values, column-major.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The named rows in the given order; a row may be taken more than once. Panics for a row outside the matrix.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.columns);
        for index in 0..self.columns {
            let column = self.column(index);
            values.extend(rows.iter().map(|&row| column[row]));
        }
        Self { rows: rows.len(), columns: self.columns, values }
    }

    /// Copies rows `from..to` into `block`, row-major: learners that walk rows work on such blocks.
    pub(crate) fn copy_rows(&self, from: usize, to: usize, block: &mut Vec<f32>) {
        block.clear();
        block.resize((to - from) * self.columns, 0.0);
        for index in 0..self.columns {
            let column = &self.column(index)[from..to];
            for (row, &value) in column.iter().enumerate() {
                block[row * self.columns + index] = value;
            }
        }
    }
}
