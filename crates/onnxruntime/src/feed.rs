//! Rows of a table as the tensors of an input.

use ort::session::SessionInputValue;
use ort::value::Tensor;
use podium_tabular::table::{Cell, Table};

use crate::ModelError;
use crate::inputs::{Element, Input};

/// Nanoseconds of a second: instants are fed as seconds since 1970, as our own models take them.
const NANOSECONDS: f64 = 1e9;

/// The tensor for these rows.
pub(crate) fn tensor(
    input: &Input,
    table: &Table,
    rows: &[usize],
) -> Result<SessionInputValue<'static>, ModelError> {
    let shape = if input.is_wide { vec![rows.len(), input.columns.len()] } else { vec![rows.len()] };
    Ok(match input.element {
        Element::F32 => {
            let values: Vec<f32> =
                numbers(input, table, rows)?.into_iter().map(|value| value as f32).collect();
            Tensor::from_array((shape, values))?.into_dyn().into()
        }
        Element::F64 => Tensor::from_array((shape, numbers(input, table, rows)?))?.into_dyn().into(),
        Element::I64 => Tensor::from_array((shape, whole(input, table, rows)?))?.into_dyn().into(),
        Element::Text => {
            let texts = texts(input, table, rows)?;
            Tensor::from_string_array((shape, texts.as_slice()))?.into_dyn().into()
        }
    })
}

/// Row by row, what `value` makes of each column's cell.
fn cells<T>(
    input: &Input,
    table: &Table,
    rows: &[usize],
    value: impl Fn(Cell<'_>, &str, usize) -> Result<T, ModelError>,
) -> Result<Vec<T>, ModelError> {
    let find = |name: &String| table.column(name).ok_or_else(|| ModelError::Column(name.clone()));
    let columns = input.columns.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let mut values = Vec::with_capacity(rows.len() * columns.len());
    for &row in rows {
        for (column, name) in columns.iter().zip(&input.columns) {
            values.push(value(column.cell(row), name, row)?);
        }
    }
    Ok(values)
}

fn kind(input: &Input, column: &str, wanted: &'static str, found: &'static str) -> ModelError {
    ModelError::Kind { input: input.name.clone(), wanted, column: column.to_owned(), found }
}

/// Missing is NaN.
fn numbers(input: &Input, table: &Table, rows: &[usize]) -> Result<Vec<f64>, ModelError> {
    cells(input, table, rows, |cell, column, _| match cell {
        Cell::Number(value) => Ok(value),
        Cell::Timestamp(nanoseconds) => Ok(nanoseconds as f64 / NANOSECONDS),
        Cell::Missing => Ok(f64::NAN),
        Cell::Text(_) => Err(kind(input, column, "numbers", "strings")),
    })
}

/// Whole numbers have no way to be missing.
fn whole(input: &Input, table: &Table, rows: &[usize]) -> Result<Vec<i64>, ModelError> {
    cells(input, table, rows, |cell, column, row| match cell {
        Cell::Number(value) if value.fract() == 0.0 && value.abs() < 2_f64.powi(63) => Ok(value as i64),
        Cell::Timestamp(nanoseconds) => Ok(nanoseconds.div_euclid(1_000_000_000)),
        Cell::Text(_) => Err(kind(input, column, "numbers", "strings")),
        Cell::Missing | Cell::Number(_) => {
            let (input, column) = (input.name.clone(), column.to_owned());
            Err(ModelError::Whole { input, column, value: cell.to_string(), row })
        }
    })
}

/// Missing is an empty text.
fn texts(input: &Input, table: &Table, rows: &[usize]) -> Result<Vec<String>, ModelError> {
    cells(input, table, rows, |cell, column, _| match cell {
        Cell::Text(text) => Ok(text.to_owned()),
        Cell::Missing => Ok(String::new()),
        Cell::Number(_) | Cell::Timestamp(_) => Err(kind(input, column, "strings", "numbers")),
    })
}
