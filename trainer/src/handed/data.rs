//! The training part as files. Rows of the holdout are in none of them, so that nobody can learn from them.

use std::collections::HashMap;

use bytes::Bytes;
use podium_contract::{HANDED_DATA, HANDED_FOLDS, HANDED_TASK, HandedFeature, HandedTask};
use podium_tabular::schema::{FeatureKind, Schema};
use podium_tabular::split::{Fold, Split};
use podium_tabular::table::{Cell, Column, Table};

use crate::fit::Scoring;
use crate::specification;
use crate::stage::Pin;

/// Nanoseconds of a second: instants are seconds since 1970, as models are fed.
const NANOSECONDS: f64 = 1e9;

/// A file that can't be written; memory alone can cause it.
#[derive(Debug, thiserror::Error)]
#[error("what the container is handed could not be written: {0}")]
pub struct HandedError(String);

impl From<csv::Error> for HandedError {
    fn from(error: csv::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for HandedError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// The files by name. Row `n` of them is `pin.split.training[n]`.
///
/// # Errors
/// See [`HandedError`].
pub fn files(pin: &Pin, scoring: Scoring, seed: u64) -> Result<[(&'static str, Bytes); 3], HandedError> {
    let task = serde_json::to_vec_pretty(&task(&pin.schema, &pin.split, scoring, seed))?;
    Ok([
        (HANDED_DATA, rows(&pin.loaded.table, &pin.schema, &pin.split.training)?),
        (HANDED_FOLDS, folds(&pin.split)?),
        (HANDED_TASK, task.into()),
    ])
}

fn task(schema: &Schema, split: &Split, scoring: Scoring, seed: u64) -> HandedTask {
    HandedTask {
        task: specification::task(schema.task),
        target: schema.target.clone(),
        features: schema
            .features
            .iter()
            .map(|feature| HandedFeature {
                name: feature.name.clone(),
                categorical: matches!(feature.kind, FeatureKind::Category | FeatureKind::NumericCategory),
            })
            .collect(),
        classes: schema.classes.clone(),
        positive_label: schema.positive.and_then(|index| schema.classes.get(index)).cloned(),
        weight_column: schema.weight.clone(),
        folds: split.folds.len(),
        metric: scoring.metric.to_string(),
        seed,
    }
}

/// The columns that have a role, in the order of the table.
fn rows(table: &Table, schema: &Schema, rows: &[usize]) -> Result<Bytes, HandedError> {
    let has_role = |name: &str| {
        let others = [&schema.weight, &schema.time, &schema.group];
        name == schema.target
            || others.into_iter().any(|role| role.as_deref() == Some(name))
            || schema.features.iter().any(|feature| feature.name == name)
    };
    let columns: Vec<(&str, &Column)> = table.iter().filter(|(name, _)| has_role(name)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| name))?;
    for &row in rows {
        writer.write_record(columns.iter().map(|(_, column)| text(column.cell(row))))?;
    }
    finished(writer)
}

/// Missing is an empty cell.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Timestamp(nanoseconds) => (nanoseconds as f64 / NANOSECONDS).to_string(),
        Cell::Number(_) | Cell::Text(_) => cell.to_string(),
    }
}

fn folds(split: &Split) -> Result<Bytes, HandedError> {
    let mut parts = vec![vec![""; split.folds.len()]; split.training.len()];
    let number: HashMap<usize, usize> = numbers(&split.training);
    for (index, Fold { train, validation }) in split.folds.iter().enumerate() {
        for (rows, word) in [(train, "train"), (validation, "validation")] {
            rows.iter().filter_map(|row| number.get(row)).for_each(|&line| parts[line][index] = word);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = (1..=split.folds.len()).map(|fold| format!("fold_{fold}"));
    writer.write_record(std::iter::once("row".to_owned()).chain(names))?;
    for (line, words) in parts.iter().enumerate() {
        let words = words.iter().map(|word| (*word).to_owned());
        writer.write_record(std::iter::once(line.to_string()).chain(words))?;
    }
    finished(writer)
}

/// The number of each row of the training part, by its place in the table.
pub(super) fn numbers(training: &[usize]) -> HashMap<usize, usize> {
    training.iter().enumerate().map(|(line, &row)| (row, line)).collect()
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Result<Bytes, HandedError> {
    writer.into_inner().map(Bytes::from).map_err(|error| HandedError(error.to_string()))
}
