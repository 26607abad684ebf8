//! Text among numbers: a column that is text because of a few cells. Taken as text it would be dropped for its many levels,
//! and a feature would be lost to one typing error, so it is refused until the user says what it is.

use super::always::row_number;
use super::{ChecksSpec, Rule, Violation};
use crate::schema::DataSpec;
use crate::table::{Column, Table, parse_number};

/// From this share of numbers on, the other values are taken for errors.
const NUMBER_SHARE: f64 = 0.9;

/// Columns that are nearly all numbers, unless their type is declared, or they are excluded, categorical or the group.
pub(super) fn check(table: &Table, rows: &[usize], data: &DataSpec, checks: &ChecksSpec) -> Vec<Violation> {
    let settled = |name: &str| {
        let named = data.exclude.iter().chain(&data.categorical).chain(&data.group_column).any(|n| n == name);
        named || checks.columns.iter().any(|c| c.name == name && c.kind.is_some())
    };
    table
        .iter()
        .filter(|(name, _)| !settled(name))
        .filter_map(|(name, column)| mixed(name, column, rows))
        .collect()
}

fn mixed(name: &str, column: &Column, rows: &[usize]) -> Option<Violation> {
    let Column::Text(values) = column else { return None };
    let present = || rows.iter().filter_map(|&r| Some((r, values[r].as_deref()?)));
    let total = present().count();
    let bad: Vec<(usize, &str)> = present().filter(|(_, text)| parse_number(text).is_none()).collect();
    let numbers = total - bad.len();
    let &(row, value) = bad.first()?;
    ((numbers as f64) >= NUMBER_SHARE * total as f64).then(|| Violation {
        rule: Rule::WrongType,
        column: Some(name.into()),
        row: row_number(row),
        value: format!("{value:?}"),
        allowed: format!(
            "numbers, as {numbers} of its {total} values are; or declare type Text in checks.columns, or exclude the column"
        ),
        count: bad.len(),
    })
}
