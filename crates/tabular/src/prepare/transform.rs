//! Transforming: from table rows to a design matrix, with what was learned in training. The arithmetic is the one the room's page states.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DesignMatrix, Encoding, Fitted, FittedCategory, FittedFeature, FittedNumber, FittedPreparation};
use crate::table::{Cell, Column, Table};

/// Why rows can't be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// A feature's column is absent.
    #[error("feature column {name:?} is not in the data")]
    NoColumn {
        /// The column.
        name: String,
    },
    /// A cell of another type than in training.
    #[error("column {name:?} holds {value:?} in row {row}, must be {allowed}")]
    Cell {
        /// The column.
        name: String,
        /// The value.
        value: String,
        /// The row, 1 is the first after the header.
        row: usize,
        /// What the model needs.
        allowed: &'static str,
    },
}

impl FittedPreparation {
    /// Prepares these rows, in this order.
    ///
    /// # Errors
    /// See [`TransformError`].
    pub fn transform(&self, table: &Table, rows: &[usize]) -> Result<DesignMatrix, TransformError> {
        let names = self.output_names();
        let mut values = Vec::with_capacity(names.len() * rows.len());
        for feature in &self.features {
            let column = table
                .column(&feature.name)
                .ok_or_else(|| TransformError::NoColumn { name: feature.name.clone() })?;
            feature.push(column, rows, &mut values)?;
        }
        Ok(DesignMatrix { rows: rows.len(), columns: names.len(), names, values })
    }
}

impl FittedFeature {
    fn push(&self, column: &Column, rows: &[usize], out: &mut Vec<f32>) -> Result<(), TransformError> {
        match &self.fitted {
            Fitted::Number { number, indicator } => {
                let start = out.len();
                for &row in rows {
                    out.push(number_cell(&self.name, column.cell(row), row)?.unwrap_or(f32::NAN));
                }
                finish(out, start, std::slice::from_ref(number), *indicator);
            }
            Fitted::Timestamp { parts, indicator } => {
                let start = out.len();
                out.resize(start + parts.len() * rows.len(), f32::NAN);
                for (at, &row) in rows.iter().enumerate() {
                    if let Some(values) = timestamp_cell(&self.name, column.cell(row), row)? {
                        (0..parts.len()).for_each(|p| out[start + p * rows.len() + at] = values[p]);
                    }
                }
                finish(out, start, parts, *indicator);
            }
            Fitted::Category(category) => self.push_category(category, column, rows, out)?,
        }
        Ok(())
    }

    fn push_category(
        &self,
        category: &FittedCategory,
        column: &Column,
        rows: &[usize],
        out: &mut Vec<f32>,
    ) -> Result<(), TransformError> {
        let index = LevelIndex::of(category);
        let start = out.len();
        if category.encoding == Encoding::OneHot {
            out.resize(start + rows.len() * index.levels, 0.0);
        }
        for (at, &row) in rows.iter().enumerate() {
            let level = index.find(&self.name, column.cell(row), row)?;
            match (category.encoding, level) {
                (Encoding::OneHot, Some(level)) => out[start + level * rows.len() + at] = 1.0,
                (Encoding::OneHot, None) => {}
                (Encoding::Ordinal, level) => out.push(level.map_or(-1.0, |l| l as f32)),
            }
        }
        Ok(())
    }
}

/// Fills and scales the columns from `start` on, and appends the indicator.
fn finish(out: &mut Vec<f32>, start: usize, numbers: &[FittedNumber], indicator: bool) {
    let rows = (out.len() - start) / numbers.len();
    let missing: Vec<f32> = if indicator {
        out[start..start + rows].iter().map(|x| f32::from(u8::from(x.is_nan()))).collect()
    } else {
        Vec::new()
    };
    for (at, number) in numbers.iter().enumerate() {
        let column = &mut out[start + at * rows..start + (at + 1) * rows];
        column.iter_mut().for_each(|x| *x = number.apply(*x));
    }
    out.extend(missing);
}

impl FittedNumber {
    /// `(x - offset) * factor`, with `fill` for NaN, in f32. Beyond float32 the largest finite value stands, so that the matrix stays finite.
    #[must_use]
    pub fn apply(&self, x: f32) -> f32 {
        let x = if x.is_nan() { self.fill } else { x };
        ((x - self.offset) * self.factor).clamp(f32::MIN, f32::MAX)
    }
}

/// Looks a cell up among the levels.
struct LevelIndex<'a> {
    texts: HashMap<&'a str, usize>,
    numbers: HashMap<u32, usize>,
    missing: Option<usize>,
    /// Levels, the missing one included.
    levels: usize,
    numeric: bool,
}

impl<'a> LevelIndex<'a> {
    fn of(category: &'a FittedCategory) -> Self {
        let indexed = || category.levels.iter().enumerate();
        let number = |(at, level): (usize, &String)| Some((level.parse::<f32>().ok()?.to_bits(), at));
        Self {
            texts: indexed().map(|(at, level)| (level.as_str(), at)).collect(),
            numbers: if category.numeric { indexed().filter_map(number).collect() } else { HashMap::new() },
            missing: category.missing_level.then_some(category.levels.len()),
            levels: category.levels.len() + usize::from(category.missing_level),
            numeric: category.numeric,
        }
    }

    /// `None` for an unknown level, and for missing where training had none.
    fn find(&self, name: &str, cell: Cell<'_>, row: usize) -> Result<Option<usize>, TransformError> {
        Ok(match cell {
            Cell::Missing => self.missing,
            _ if self.numeric => {
                number_cell(name, cell, row)?.and_then(|x| self.numbers.get(&(x + 0.0).to_bits()).copied())
            }
            Cell::Text(text) => self.texts.get(text).copied(),
            Cell::Number(_) | Cell::Timestamp(_) => self.texts.get(cell.to_string().as_str()).copied(),
        })
    }
}

/// A number rounded to f32; `None` when missing.
pub(super) fn number_cell(name: &str, cell: Cell<'_>, row: usize) -> Result<Option<f32>, TransformError> {
    match cell {
        Cell::Missing => Ok(None),
        Cell::Number(x) if (x as f32).is_finite() => Ok(Some(x as f32)),
        Cell::Number(_) => Err(bad_cell(name, cell, row, "a finite number within float32")),
        Cell::Text(_) | Cell::Timestamp(_) => Err(bad_cell(name, cell, row, "a number")),
    }
}

/// The parts of an instant; `None` when missing.
pub(super) fn timestamp_cell(
    name: &str,
    cell: Cell<'_>,
    row: usize,
) -> Result<Option<[f32; 4]>, TransformError> {
    match cell {
        Cell::Missing => Ok(None),
        Cell::Timestamp(ns) => {
            timestamp_parts(ns).map(Some).ok_or_else(|| bad_cell(name, cell, row, "an instant of RFC 3339"))
        }
        Cell::Number(_) | Cell::Text(_) => Err(bad_cell(name, cell, row, "an instant of RFC 3339")),
    }
}

fn bad_cell(name: &str, cell: Cell<'_>, row: usize, allowed: &'static str) -> TransformError {
    TransformError::Cell { name: name.into(), value: cell.to_string(), row: row + 1, allowed }
}

/// Year, month (1..12), weekday (Monday 1 .. Sunday 7) and hour (0..23) in UTC of nanoseconds since the epoch;
/// in the order of [`TIMESTAMP_PARTS`](super::TIMESTAMP_PARTS).
#[must_use]
pub fn timestamp_parts(ns: i64) -> Option<[f32; 4]> {
    let at = Timestamp::from_nanosecond(i128::from(ns)).ok()?.to_zoned(TimeZone::UTC);
    let weekday = at.weekday().to_monday_one_offset();
    Some([f32::from(at.year()), f32::from(at.month()), f32::from(weekday), f32::from(at.hour())])
}
