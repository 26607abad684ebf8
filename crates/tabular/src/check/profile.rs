//! The profile of a table: what is in each column. Serialised as it is into an artifact.

use std::collections::HashMap;

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
    let levels = levels(column, rows);
    let distinct = levels.len();
    let listed = match column.kind() {
        ColumnType::Text => true,
        ColumnType::Number => distinct <= MAX_LEVELS,
        ColumnType::Timestamp => false,
    };
    ColumnProfile {
        name: name.to_owned(),
        kind: column.kind(),
        missing: rows.iter().filter(|&&r| column.cell(r) == Cell::Missing).count(),
        distinct,
        number: number_profile(column, rows),
        range: range(column, rows),
        levels: if listed { levels.into_iter().take(MAX_LEVELS).collect() } else { Vec::new() },
    }
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

fn range(column: &Column, rows: &[usize]) -> Option<[String; 2]> {
    let Column::Timestamp(values) = column else { return None };
    let present = || rows.iter().filter_map(|&r| values[r]);
    let text = |ns| Cell::Timestamp(ns).to_string();
    Some([text(present().min()?), text(present().max()?)])
}

/// All values, the most frequent first, equal counts by value.
fn levels(column: &Column, rows: &[usize]) -> Vec<Level> {
    let mut counts: HashMap<Key<'_>, usize> = HashMap::new();
    for key in rows.iter().filter_map(|&row| Key::of(column.cell(row))) {
        *counts.entry(key).or_default() += 1;
    }
    let mut levels: Vec<(Key<'_>, usize)> = counts.into_iter().collect();
    levels.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    levels.into_iter().map(|(key, count)| Level { value: key.text(), count }).collect()
}

/// A value that can be counted.
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key<'a> {
    Text(&'a str),
    /// Bits of the f64, ordered as the numbers are.
    Number(i64),
    Timestamp(i64),
}

impl<'a> Key<'a> {
    fn of(cell: Cell<'a>) -> Option<Self> {
        match cell {
            Cell::Missing => None,
            Cell::Text(text) => Some(Self::Text(text)),
            Cell::Number(x) => Some(Self::Number(ordered_bits(x + 0.0))),
            Cell::Timestamp(ns) => Some(Self::Timestamp(ns)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Number(bits) => Cell::Number(f64::from_bits(ordered_bits_back(*bits))).to_string(),
            Self::Timestamp(ns) => Cell::Timestamp(*ns).to_string(),
        }
    }
}

/// Total order of IEEE 754 as integers.
fn ordered_bits(x: f64) -> i64 {
    let bits = x.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn ordered_bits_back(bits: i64) -> u64 {
    (bits ^ (((bits >> 63) as u64) >> 1) as i64) as u64
}
