//! Checks on the data before anything is trained, and its profile. All violations are listed, not the first.
//! Judges a table; never changes one.

mod always;
mod columns;
mod copies;
mod mixed;
mod profile;
mod spec;
#[cfg(test)]
mod tests;

pub use copies::distinct_rows;
pub use profile::{ColumnProfile, Level, NumberProfile, Profile};
pub use spec::{ChecksSpec, ColumnCheck};

use serde::Serialize;

use crate::schema::DataSpec;
use crate::table::Table;

/// Which rule is broken; the name is stable and fit for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Rule {
    /// Fewer rows than `minRows`, or none.
    TooFewRows,
    /// A column named in the spec does not exist.
    UnknownColumn,
    /// A value is not of the declared type, or is text among numbers.
    WrongType,
    /// A number below the minimum or above the maximum.
    OutOfRange,
    /// More missing values than allowed.
    TooManyMissing,
    /// A column without any value.
    AllMissing,
    /// A row without a target.
    MissingTarget,
    /// One class only.
    OneClass,
    /// An infinite number, or one too large for float32.
    NotFinite,
    /// A sample weight that is missing, not finite or not above 0.
    BadWeight,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The column, where the rule is about one.
    pub column: Option<String>,
    /// The first row that breaks it; row 1 is the first after the header.
    pub row: Option<usize>,
    /// The value found.
    pub value: String,
    /// What would be allowed.
    pub allowed: String,
    /// Rows that break it.
    pub count: usize,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "column {column:?}: ")?;
        }
        write!(f, "found {}", self.value)?;
        if let Some(row) = self.row {
            write!(f, " in row {row}")?;
        }
        if self.count > 1 {
            write!(f, " and {} more", self.count - 1)?;
        }
        write!(f, ", allowed: {}", self.allowed)
    }
}

/// All rules that a table breaks, the table's own first, then column by column; empty means the data may be used.
/// `rows` are the distinct rows (see [`distinct_rows`]).
#[must_use]
pub fn violations(table: &Table, rows: &[usize], data: &DataSpec, checks: &ChecksSpec) -> Vec<Violation> {
    let mut found = always::rows(rows.len(), checks.min_rows);
    found.extend(always::named_columns(table, data));
    if !rows.is_empty() {
        found.extend(always::target(table, rows, data));
        found.extend(always::weights(table, rows, data));
        found.extend(always::values(table, rows, data));
        found.extend(mixed::check(table, rows, data, checks));
        found.extend(checks.columns.iter().flat_map(|check| columns::check(table, rows, check)));
    }
    found.dedup();
    found
}
