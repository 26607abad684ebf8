//! The rules that always hold: rows, named columns, target, weights, finite values.

use super::{Rule, Violation};
use crate::schema::{DataSpec, TaskSpec, classes, shortened};
use crate::table::{Cell, Column, ColumnType, Table};

/// The row as users count: 1 is the first after the header.
pub(super) fn row_number(row: usize) -> Option<usize> {
    Some(row + 1)
}

/// At least one row, and `minRows`.
pub(super) fn rows(found: usize, min: Option<usize>) -> Vec<Violation> {
    let min = min.unwrap_or(1).max(1);
    if found >= min {
        return Vec::new();
    }
    let value = format!("{found} distinct rows");
    let allowed = format!("at least {min}");
    vec![Violation { rule: Rule::TooFewRows, column: None, row: None, value, allowed, count: 1 }]
}

/// Every column that the data spec names exists.
pub(super) fn named_columns(table: &Table, data: &DataSpec) -> Vec<Violation> {
    let roles = [
        Some(&data.target),
        data.weight_column.as_ref(),
        data.time_column.as_ref(),
        data.group_column.as_ref(),
    ];
    let names = roles.into_iter().flatten().chain(&data.exclude).chain(&data.categorical);
    names.filter(|name| table.column(name).is_none()).map(|name| unknown(table, name)).collect()
}

/// A column that is named but not there.
pub(super) fn unknown(table: &Table, name: &str) -> Violation {
    Violation {
        rule: Rule::UnknownColumn,
        column: Some(name.into()),
        row: None,
        value: "no such column".into(),
        allowed: shortened(table.names()),
        count: 1,
    }
}

/// No missing target, and two classes for a classifier.
pub(super) fn target(table: &Table, rows: &[usize], data: &DataSpec) -> Vec<Violation> {
    let Some(column) = table.column(&data.target) else { return Vec::new() };
    let missing: Vec<usize> = rows.iter().copied().filter(|&r| column.cell(r) == Cell::Missing).collect();
    let name = Some(data.target.clone());
    if missing.len() == rows.len() {
        return vec![all_missing(&data.target, rows.len())];
    }
    let mut found = Vec::new();
    if let Some(&first) = missing.first() {
        found.push(Violation {
            rule: Rule::MissingTarget,
            column: name.clone(),
            row: row_number(first),
            value: "missing".into(),
            allowed: "a target in every row".into(),
            count: missing.len(),
        });
    }
    found.extend(one_class(column, data, name));
    found
}

fn one_class(column: &Column, data: &DataSpec, name: Option<String>) -> Option<Violation> {
    let classes = classes(column);
    let regression = data.task == TaskSpec::Regression || column.kind() == ColumnType::Timestamp;
    (classes.len() == 1 && !regression).then(|| Violation {
        rule: Rule::OneClass,
        column: name,
        row: None,
        value: format!("only the class {:?}", classes[0]),
        allowed: "at least 2 classes".into(),
        count: 1,
    })
}

/// Sample weights are there, finite and above 0.
pub(super) fn weights(table: &Table, rows: &[usize], data: &DataSpec) -> Option<Violation> {
    let name = data.weight_column.as_ref()?;
    let column = table.column(name)?;
    let good = |cell: Cell<'_>| matches!(cell, Cell::Number(x) if x.is_finite() && x > 0.0);
    let bad: Vec<usize> = rows.iter().copied().filter(|&r| !good(column.cell(r))).collect();
    bad.first().map(|&first| Violation {
        rule: Rule::BadWeight,
        column: Some(name.clone()),
        row: row_number(first),
        value: column.cell(first).to_string(),
        allowed: "numbers greater than 0".into(),
        count: bad.len(),
    })
}

/// No column without values, no number that float32 can't hold.
pub(super) fn values(table: &Table, rows: &[usize], data: &DataSpec) -> Vec<Violation> {
    let excluded = |name: &str| name == data.target || data.exclude.iter().any(|e| e == name);
    let used = table.iter().filter(|(name, _)| !excluded(name));
    let features = used.flat_map(|(name, column)| {
        let empty = (column.missing() == column.len()).then(|| all_missing(name, rows.len()));
        empty.into_iter().chain(not_finite(name, column, rows))
    });
    let target = table.column(&data.target).and_then(|column| not_finite(&data.target, column, rows));
    features.chain(target).collect()
}

fn all_missing(name: &str, rows: usize) -> Violation {
    Violation {
        rule: Rule::AllMissing,
        column: Some(name.into()),
        row: None,
        value: format!("no value in {rows} rows"),
        allowed: "at least one value; otherwise exclude the column".into(),
        count: 1,
    }
}

fn not_finite(name: &str, column: &Column, rows: &[usize]) -> Option<Violation> {
    let Column::Number(values) = column else { return None };
    let bad: Vec<usize> = rows.iter().copied().filter(|&r| (values[r] as f32).is_infinite()).collect();
    bad.first().map(|&first| Violation {
        rule: Rule::NotFinite,
        column: Some(name.into()),
        row: row_number(first),
        value: column.cell(first).to_string(),
        allowed: "finite numbers from -3.4e38 to 3.4e38 (float32)".into(),
        count: bad.len(),
    })
}
