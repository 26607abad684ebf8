//! The rules that a user states for a column: type, range, missing share.

use super::always::{row_number, unknown};
use super::{ColumnCheck, Rule, Violation};
use crate::table::{Cell, Column, ColumnType, Table, parse_number, parse_timestamp};

/// Every rule of `check` that the column breaks.
pub(super) fn check(table: &Table, rows: &[usize], check: &ColumnCheck) -> Vec<Violation> {
    let Some(column) = table.column(&check.name) else {
        return if check.required { vec![unknown(table, &check.name)] } else { Vec::new() };
    };
    let wrong_type = check.kind.and_then(|kind| wrong_type(check, column, rows, kind));
    let range = if wrong_type.is_some() { None } else { out_of_range(check, column, rows) };
    wrong_type.into_iter().chain(range).chain(too_many_missing(check, column, rows)).collect()
}

/// Names the first cell that is not of the type: in a column that is text because of one bad cell, that one.
fn wrong_type(check: &ColumnCheck, column: &Column, rows: &[usize], kind: ColumnType) -> Option<Violation> {
    if column.kind() == kind {
        return None;
    }
    let fits = |cell: Cell<'_>| match (cell, kind) {
        (Cell::Missing, _) => true,
        (Cell::Text(text), ColumnType::Number) => parse_number(text).is_some(),
        (Cell::Text(text), ColumnType::Timestamp) => parse_timestamp(text).is_some(),
        (Cell::Number(_) | Cell::Timestamp(_) | Cell::Text(_), _) => false,
    };
    // A text column whose texts all are numbers was declared as text by the file: then every value is wrong.
    let present = || rows.iter().copied().filter(|&r| column.cell(r) != Cell::Missing);
    let bad: Vec<usize> = present().filter(|&r| !fits(column.cell(r))).collect();
    let bad = if bad.is_empty() { present().collect() } else { bad };
    bad.first().map(|&first| Violation {
        rule: Rule::WrongType,
        column: Some(check.name.clone()),
        row: row_number(first),
        value: format!("{:?}", column.cell(first).to_string()),
        allowed: kind.to_string(),
        count: bad.len(),
    })
}

fn out_of_range(check: &ColumnCheck, column: &Column, rows: &[usize]) -> Option<Violation> {
    if check.min.is_none() && check.max.is_none() {
        return None;
    }
    let (min, max) = (check.min.unwrap_or(f64::NEG_INFINITY), check.max.unwrap_or(f64::INFINITY));
    let inside = |cell: Cell<'_>| match cell {
        Cell::Missing => true,
        Cell::Number(x) => x >= min && x <= max,
        Cell::Text(_) | Cell::Timestamp(_) => false,
    };
    let bad: Vec<usize> = rows.iter().copied().filter(|&r| !inside(column.cell(r))).collect();
    bad.first().map(|&first| Violation {
        rule: Rule::OutOfRange,
        column: Some(check.name.clone()),
        row: row_number(first),
        value: column.cell(first).to_string(),
        allowed: match (check.min, check.max) {
            (Some(min), Some(max)) => format!("numbers from {min} to {max}"),
            (Some(min), None) => format!("numbers of at least {min}"),
            (None, Some(max)) => format!("numbers of at most {max}"),
            (None, None) => "any number".into(),
        },
        count: bad.len(),
    })
}

fn too_many_missing(check: &ColumnCheck, column: &Column, rows: &[usize]) -> Option<Violation> {
    let allowed = check.max_missing?;
    let missing = rows.iter().filter(|&&r| column.cell(r) == Cell::Missing).count();
    let share = missing as f64 / rows.len() as f64;
    (share > allowed).then(|| Violation {
        rule: Rule::TooManyMissing,
        column: Some(check.name.clone()),
        row: None,
        value: format!("{missing} of {} values missing ({share:.4})", rows.len()),
        allowed: format!("a share of at most {allowed}"),
        count: 1,
    })
}
