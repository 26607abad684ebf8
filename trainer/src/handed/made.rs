//! Out-of-fold predictions that a container made, read from its file.

use podium_contract::OUT_OF_FOLD;
use podium_tabular::metric::{Predictions, normalise};
use podium_tabular::schema::Schema;
use podium_tabular::split::Split;

use super::data::numbers;

/// Column with the number of a row.
const ROW: &str = "row";
/// Column with a number that was predicted.
const VALUE: &str = "prediction";
/// Most names in a message.
const SHOWN: usize = 20;

/// Why predictions can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MadeError {
    /// No CSV.
    #[error("{OUT_OF_FOLD} can't be read: {0}")]
    Unreadable(String),
    /// Other columns than asked for.
    #[error("{OUT_OF_FOLD} must have the columns {wanted}; it has {found}")]
    Columns {
        /// What is needed.
        wanted: String,
        /// What there is.
        found: String,
    },
    /// A cell that is no such number.
    #[error("{OUT_OF_FOLD}, line {line}, column {column:?}: {value:?} is {wrong}")]
    Cell {
        /// Line of the file, from 1.
        line: u64,
        /// Its column.
        column: String,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        wrong: String,
    },
    /// Probabilities that are none together.
    #[error("{OUT_OF_FOLD}, line {line}, row {row}: {wrong}")]
    Probabilities {
        /// Line of the file, from 1.
        line: u64,
        /// The row.
        row: usize,
        /// What is wrong with them.
        wrong: String,
    },
    /// A row twice.
    #[error("{OUT_OF_FOLD}, line {line}: row {row} stands there twice")]
    Twice {
        /// Line of the file, from 1.
        line: u64,
        /// The row.
        row: usize,
    },
    /// Rows without a prediction.
    #[error("{OUT_OF_FOLD}: {missing} of {all} validation rows have no prediction, the first is row {first}")]
    Missing {
        /// How many.
        missing: usize,
        /// How many there should be.
        all: usize,
        /// The first of them.
        first: usize,
    },
}

/// The predictions of each fold's validation rows, in their order.
///
/// # Errors
/// See [`MadeError`].
pub fn out_of_fold(text: &[u8], schema: &Schema, split: &Split) -> Result<Vec<Predictions>, MadeError> {
    let width = schema.classes.len().max(1);
    let found = lines(text, &wanted(schema), split.training.len())?;
    let number = numbers(&split.training);
    let places = || split.folds.iter().flat_map(|fold| &fold.validation).filter_map(|row| number.get(row));
    let without: Vec<usize> = places().filter(|&&line| found[line].is_none()).copied().collect();
    if let Some(&first) = without.iter().min() {
        return Err(MadeError::Missing { missing: without.len(), all: places().count(), first });
    }
    let part = |rows: &[usize]| {
        let lines = rows.iter().filter_map(|row| number.get(row)).filter_map(|&line| found[line].as_deref());
        let values: Vec<f64> = lines.flatten().copied().collect();
        if schema.task.is_classification() {
            Predictions::Probabilities { classes: width, values }
        } else {
            Predictions::Values(values)
        }
    };
    Ok(split.folds.iter().map(|fold| part(&fold.validation)).collect())
}

/// Columns beside the row's number.
fn wanted(schema: &Schema) -> Vec<String> {
    if schema.task.is_classification() { schema.classes.clone() } else { vec![VALUE.to_owned()] }
}

/// The predictions by the number of their row.
fn lines(text: &[u8], wanted: &[String], rows: usize) -> Result<Vec<Option<Vec<f64>>>, MadeError> {
    let unreadable = |error: csv::Error| MadeError::Unreadable(error.to_string());
    let mut reader = csv::Reader::from_reader(text);
    let header: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let places = places(&header, wanted)?;
    let mut found = vec![None; rows];
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = Line { number: record.position().map_or(0, csv::Position::line), record: &record };
        let row = line.row(places.row, rows)?;
        let values = places
            .values
            .iter()
            .zip(wanted)
            .map(|(&place, name)| line.number_at(place, name))
            .collect::<Result<Vec<f64>, _>>()?;
        let values = if wanted.len() > 1 { line.probabilities(values, row)? } else { values };
        if found[row].replace(values).is_some() {
            return Err(MadeError::Twice { line: line.number, row });
        }
    }
    Ok(found)
}

/// Where the columns stand.
struct Places {
    row: usize,
    values: Vec<usize>,
}

/// Each needed column once and no other: one that is not needed is a mistake that should be seen.
fn places(header: &[String], wanted: &[String]) -> Result<Places, MadeError> {
    let shown = |names: &mut dyn Iterator<Item = &str>| {
        let names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
        let more = if names.len() > SHOWN { ", ..." } else { "" };
        format!("{}{more}", names.get(..SHOWN).unwrap_or(&names).join(", "))
    };
    let all = || std::iter::once(ROW).chain(wanted.iter().map(String::as_str));
    let row = header.iter().position(|found| found == ROW);
    // A class may have that name too; its column is another one.
    let place = |name: &String| (0..header.len()).find(|&at| Some(at) != row && header[at] == *name);
    let values: Option<Vec<usize>> = wanted.iter().map(place).collect();
    match (row, values) {
        (Some(row), Some(values)) if header.len() == wanted.len() + 1 => Ok(Places { row, values }),
        _ => Err(MadeError::Columns {
            wanted: shown(&mut all()),
            found: shown(&mut header.iter().map(String::as_str)),
        }),
    }
}

/// A line of the file.
struct Line<'a> {
    number: u64,
    record: &'a csv::StringRecord,
}

impl Line<'_> {
    fn row(&self, place: usize, rows: usize) -> Result<usize, MadeError> {
        let text = self.record.get(place).unwrap_or_default().trim();
        let row = text.parse().ok().filter(|row: &usize| *row < rows);
        row.ok_or_else(|| self.cell(ROW, text, format!("no row: they are 0 to {}", rows.saturating_sub(1))))
    }

    fn number_at(&self, place: usize, name: &str) -> Result<f64, MadeError> {
        let text = self.record.get(place).unwrap_or_default().trim();
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        value.ok_or_else(|| self.cell(name, text, "no finite number".to_owned()))
    }

    fn probabilities(&self, mut values: Vec<f64>, row: usize) -> Result<Vec<f64>, MadeError> {
        let line = self.number;
        normalise(&mut values).map_err(|wrong| MadeError::Probabilities { line, row, wrong })?;
        Ok(values)
    }

    fn cell(&self, column: &str, value: &str, wrong: String) -> MadeError {
        let (column, value) = (column.to_owned(), value.chars().take(100).collect());
        MadeError::Cell { line: self.number, column, value, wrong }
    }
}
