//! From a table and a data spec to a schema: which columns are features, and why the others are not.

use std::collections::HashSet;

use super::{DataSpec, Dropped, Feature, FeatureKind, Schema, SchemaError, roles, target};
use crate::table::{Column, ColumnType, Table};

/// Texts with more levels than this are no feature, unless listed as categorical.
const MAX_LEVELS: usize = 50;
/// Texts with more levels than this share of the rows neither, from `FEW_LEVELS` levels on.
const MAX_LEVEL_SHARE: f64 = 0.05;
/// So few levels are always kept: in a small table 5 % of the rows is next to nothing.
const FEW_LEVELS: usize = 10;
/// Listed as categorical: up to this many levels.
const MAX_LISTED_LEVELS: usize = 1_000;
/// From so many rows on, whole numbers that are all different may be an identifier.
const MIN_IDENTIFIER_ROWS: usize = 20;

impl Schema {
    /// Infers roles, task and classes from the whole table.
    ///
    /// # Errors
    /// See [`SchemaError`].
    pub fn infer(table: &Table, spec: &DataSpec) -> Result<Self, SchemaError> {
        roles::check(table, spec)?;
        let column = table.column(&spec.target).ok_or_else(|| SchemaError::UnknownColumn {
            role: "target",
            name: spec.target.clone(),
            known: roles::shortened(table.names()),
        })?;
        let found = target::infer(&spec.target, column, spec.task, spec.positive_label.as_deref())?;
        let (features, dropped) = features(table, spec);
        if features.is_empty() {
            let reasons: Vec<String> = dropped.iter().map(|d| format!("{:?} {}", d.name, d.reason)).collect();
            return Err(SchemaError::NoFeatures { dropped: roles::shortened(&reasons) });
        }
        Ok(Self {
            task: found.task,
            target: spec.target.clone(),
            target_type: found.kind,
            classes: found.classes,
            positive: found.positive,
            features,
            weight: spec.weight_column.clone(),
            time: spec.time_column.clone(),
            group: spec.group_column.clone(),
            dropped,
        })
    }
}

fn features(table: &Table, spec: &DataSpec) -> (Vec<Feature>, Vec<Dropped>) {
    let roles = [
        Some(&spec.target),
        spec.weight_column.as_ref(),
        spec.time_column.as_ref(),
        spec.group_column.as_ref(),
    ];
    let mut kept = Vec::new();
    let mut dropped = Vec::new();
    for (name, column) in table.iter() {
        if roles.iter().flatten().any(|r| *r == name) || spec.exclude.iter().any(|e| e == name) {
            continue;
        }
        let listed = spec.categorical.iter().any(|c| c == name);
        match kind(name, column, listed) {
            Ok(kind) => kept.push(Feature { name: name.to_owned(), kind }),
            Err(reason) => dropped.push(Dropped { name: name.to_owned(), reason }),
        }
    }
    (kept, dropped)
}

fn kind(name: &str, column: &Column, listed: bool) -> Result<FeatureKind, String> {
    if column.missing() == column.len() {
        return Err("has no value in any row".into());
    }
    if is_constant(column) {
        return Err("is constant: the same value in every row".into());
    }
    match column {
        _ if listed => listed_kind(column),
        Column::Timestamp(_) => Ok(FeatureKind::Timestamp),
        Column::Text(values) => text_kind(values),
        Column::Number(values) if is_identifier(name, values) => {
            Err("is an identifier: whole numbers, all different, that count the rows or are named as one"
                .into())
        }
        Column::Number(_) => Ok(FeatureKind::Number),
    }
}

/// Missing beside one value is no constant: absence may be what tells.
fn is_constant(column: &Column) -> bool {
    let first = column.cell(0);
    (1..column.len()).all(|row| column.cell(row) == first)
}

fn listed_kind(column: &Column) -> Result<FeatureKind, String> {
    let levels = match column {
        Column::Number(values) => distinct_numbers(values),
        Column::Text(values) => values.iter().flatten().collect::<HashSet<_>>().len(),
        Column::Timestamp(_) => return Ok(FeatureKind::Timestamp),
    };
    if levels > MAX_LISTED_LEVELS {
        return Err(format!(
            "has {levels} levels; a categorical column may have at most {MAX_LISTED_LEVELS}"
        ));
    }
    Ok(if column.kind() == ColumnType::Number { FeatureKind::NumericCategory } else { FeatureKind::Category })
}

fn text_kind(values: &[Option<Box<str>>]) -> Result<FeatureKind, String> {
    let (rows, present) = (values.len(), values.iter().flatten().count());
    let levels = values.iter().flatten().collect::<HashSet<_>>().len();
    if levels == present && levels > FEW_LEVELS {
        return Err("is an identifier: text, all different".into());
    }
    let many = levels > MAX_LEVELS || (levels > FEW_LEVELS && levels as f64 > MAX_LEVEL_SHARE * rows as f64);
    if many {
        return Err(format!(
            "is text with {levels} levels in {rows} rows (more than {MAX_LEVELS}, or than 5 % of the rows); list it in features.categorical to use it"
        ));
    }
    Ok(FeatureKind::Category)
}

/// Whole numbers, all different, and either close together, as running numbers are, or named like an identifier.
/// An income or an area may well be all different in a small table, but is neither.
fn is_identifier(name: &str, values: &[f64]) -> bool {
    let present = values.iter().copied().filter(|x| !x.is_nan());
    let count = present.clone().count();
    if count < MIN_IDENTIFIER_ROWS
        || present.clone().any(|x| x.fract() != 0.0)
        || distinct_numbers(values) != count
    {
        return false;
    }
    let (min, max) = present.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)));
    let lower = name.to_lowercase();
    let named = lower == "id" || lower.ends_with("_id") || lower.ends_with("uuid") || name.ends_with("Id");
    named || max - min < 2.0 * count as f64
}

fn distinct_numbers(values: &[f64]) -> usize {
    values.iter().filter(|x| !x.is_nan()).map(|x| (x + 0.0).to_bits()).collect::<HashSet<_>>().len()
}
