//! The profile of a table: what is in each column. Serialised as it is into an artifact.

use serde::Serialize;

use crate::stats::{mean, quantile, sorted};
use crate::table::{Cell, Column, ColumnType, Table};

/// Levels listed per column, the most frequent first.
const MAX_LEVELS: usize = 20;

/// What is in a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Distinct rows.
    pub rows: usize,
    /// Copies dropped.
    pub duplicates: usize,
    /// Columns in file order.
    pub columns: Vec<ColumnProfile>,
}

/// What is in a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnProfile {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Missing values.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// Of a Number column with at least one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberProfile>,
    /// Earliest and latest instant of a Timestamp column, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[String; 2]>,
    /// The 20 most frequent values of a Text column, or of a Number column with at most 20 different ones: the class counts of a target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
}

/// Figures of numbers; quantiles are linear.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NumberProfile {
    /// Smallest.
    pub min: f64,
    /// First quartile.
    pub q25: f64,
    /// Middle.
    pub median: f64,
    /// Third quartile.
    pub q75: f64,
    /// Largest.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Population standard deviation.
    pub sd: f64,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Level {
    /// The value as text.
    pub value: String,
    /// Its rows.
    pub count: usize,
}

impl Profile {
    /// Profiles the distinct rows of a table.
    #[must_use]
    pub fn of(table: &Table, rows: &[usize]) -> Self {
        let columns = table.iter().map(|(name, column)| column_profile(name, column, rows)).collect();
        Self { rows: rows.len(), duplicates: table.rows() - rows.len(), columns }
    }
}

fn column_profile(name: &str, column: &Column, rows: &[usize]) -> ColumnProfile {
    let counted = counted(column, rows);
    let distinct = counted.len();
    let listed = match column.kind() {
        ColumnType::Text => true,
        ColumnType::Number => distinct <= MAX_LEVELS,
        ColumnType::Timestamp => false,
    };
    ColumnProfile {
        name: name.to_owned(),
        kind: column.kind(),
        missing: rows.len() - counted.iter().map(|(_, count)| count).sum::<usize>(),
        distinct,
        number: number_profile(column, rows),
        range: range(column, &counted),
        levels: if listed { levels(counted) } else { Vec::new() },
    }
}

/// Each value and how often it occurs, in ascending order.
fn counted<'a>(column: &'a Column, rows: &[usize]) -> Vec<(Cell<'a>, usize)> {
    match column {
        Column::Number(values) => {
            let present = sorted(rows.iter().map(|&r| values[r] + 0.0).filter(|x| !x.is_nan()).collect());
            present.chunk_by(|a, b| a == b).map(|run| (Cell::Number(run[0]), run.len())).collect()
        }
        Column::Text(values) => runs(rows.iter().filter_map(|&r| values[r].as_deref()).collect(), Cell::Text),
        Column::Timestamp(values) => runs(rows.iter().filter_map(|&r| values[r]).collect(), Cell::Timestamp),
    }
}

fn runs<'a, T: Ord + Copy>(mut values: Vec<T>, cell: fn(T) -> Cell<'a>) -> Vec<(Cell<'a>, usize)> {
    values.sort_unstable();
    values.chunk_by(|a, b| a == b).map(|run| (cell(run[0]), run.len())).collect()
}

fn number_profile(column: &Column, rows: &[usize]) -> Option<NumberProfile> {
    let Column::Number(values) = column else { return None };
    let values = sorted(rows.iter().map(|&r| values[r]).filter(|x| x.is_finite()).collect());
    let (&min, &max) = (values.first()?, values.last()?);
    let mean = mean(&values);
    let sd = crate::stats::population_sd(&values, mean);
    let q = |p| quantile(&values, p);
    Some(NumberProfile { min, q25: q(0.25), median: q(0.5), q75: q(0.75), max, mean, sd })
}

fn range(column: &Column, counted: &[(Cell<'_>, usize)]) -> Option<[String; 2]> {
    let (first, last) = (counted.first()?.0, counted.last()?.0);
    (column.kind() == ColumnType::Timestamp).then(|| [first.to_string(), last.to_string()])
}

/// The most frequent first, equal counts by value.
fn levels(mut counted: Vec<(Cell<'_>, usize)>) -> Vec<Level> {
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most = counted.into_iter().take(MAX_LEVELS);
    most.map(|(value, count)| Level { value: value.to_string(), count }).collect()
}
