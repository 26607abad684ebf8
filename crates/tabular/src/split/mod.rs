//! Splits: which rows are held out and in which fold a training row is checked.
//! A row's side and fold are a function of its keyed hash alone, so they stay when data grow, rows move or candidates change.

mod groups;
mod hash;
mod shuffled;
#[cfg(test)]
mod tests;
mod time;
mod trained_rows;

pub use trained_rows::{TrainedRows, TrainedRowsError};

use serde::{Deserialize, Serialize};

use crate::digest::RowDigest;
use crate::schema::{Schema, Task};
use crate::table::Table;

/// How rows are split, as stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Strategy {
    /// `Stratified` for classes, `Shuffled` for regression.
    #[default]
    Auto,
    /// By the row's hash; every class must stand on both sides.
    Stratified,
    /// By the row's hash.
    Shuffled,
    /// The last rows by time are held out, forward folds before them; equal timestamps stay together.
    TimeOrdered {
        /// Rows left out between training and what comes after.
        gap: usize,
    },
    /// By the hash of the group: no group on both sides.
    Group,
}

/// Split, as stated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitSpec {
    /// Share of rows (or groups) to hold out, > 0 and < 1.
    pub holdout: f64,
    /// Strategy.
    pub strategy: Strategy,
    /// Folds of cross-validation, 2..=50.
    pub folds: usize,
    /// Seed: another one is another split.
    pub seed: u64,
}

/// One round of cross-validation: positions in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to fit on.
    pub train: Vec<usize>,
    /// Rows to predict.
    pub validation: Vec<usize>,
}

/// The split of one table: positions in the table, ordered by keyed hash (by time for `TimeOrdered`), never by file order,
/// so that a fit does not depend on the order of rows in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Strategy used, never `Auto`.
    pub strategy: Strategy,
    /// Rows to train on.
    pub training: Vec<usize>,
    /// Rows held out.
    pub holdout: Vec<usize>,
    /// Folds over `training`.
    pub folds: Vec<Fold>,
    /// Sentences for the user, such as a class with fewer rows than folds.
    pub warnings: Vec<String>,
}

/// Why a table can't be split as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// The holdout's share is out of range.
    #[error("holdout {value} is out of range: must be greater than 0 and less than 1")]
    Holdout {
        /// The value.
        value: f64,
    },
    /// The number of folds is out of range.
    #[error("folds {value} is out of range: must be from 2 to 50")]
    Folds {
        /// The value.
        value: usize,
    },
    /// Stratified needs classes.
    #[error("strategy Stratified needs classes, the task is Regression; use Shuffled")]
    StratifiedRegression,
    /// The strategy needs a column that was not named.
    #[error("strategy {strategy} needs {field} to be set")]
    ColumnNotNamed {
        /// The strategy.
        strategy: &'static str,
        /// The field to set.
        field: &'static str,
    },
    /// A row has no time or no group.
    #[error("column {column:?} is missing in row {row}; every row needs a value to be split by")]
    MissingKey {
        /// The column.
        column: String,
        /// The row, 1 is the first after the header.
        row: usize,
    },
    /// No class has enough rows for the folds.
    #[error(
        "every class has fewer rows than folds: the largest has {largest}, folds is {folds}; lower folds or add data"
    )]
    ClassesTooSmall {
        /// Rows of the largest class in the training part.
        largest: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// A class is absent from one side.
    #[error(
        "class {class:?} has no row in the {side}: it has {rows} rows in all; add rows of it or use another seed or share"
    )]
    ClassAbsent {
        /// The class.
        class: String,
        /// `holdout` or `training part`.
        side: &'static str,
        /// Its rows in the table.
        rows: usize,
    },
    /// Fewer groups than folds.
    #[error("column {column:?} has {groups} groups in the training part, fewer than folds {folds}")]
    TooFewGroups {
        /// The column.
        column: String,
        /// Groups in the training part.
        groups: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// A part has no rows.
    #[error(
        "the {part} has no rows: {rows} rows are too few for this split; add data, lower folds or gap, or change the holdout's share"
    )]
    EmptyPart {
        /// Which part.
        part: String,
        /// Rows in the table.
        rows: usize,
    },
}

/// What is split.
struct Source<'a> {
    table: &'a Table,
    digests: &'a [RowDigest],
    rows: &'a [usize],
    schema: &'a Schema,
}

impl SplitSpec {
    /// Splits these rows of a table (after copies were dropped). `digests` are those of all its rows, in table order.
    ///
    /// # Errors
    /// See [`SplitError`]; nothing is split in part.
    pub fn split(
        &self,
        table: &Table,
        digests: &[RowDigest],
        rows: &[usize],
        schema: &Schema,
    ) -> Result<Split, SplitError> {
        if !(self.holdout > 0.0 && self.holdout < 1.0) {
            return Err(SplitError::Holdout { value: self.holdout });
        }
        if !(2..=50).contains(&self.folds) {
            return Err(SplitError::Folds { value: self.folds });
        }
        match self.strategy {
            Strategy::Auto if schema.task == Task::Regression => shuffled::split(self, digests, rows),
            Strategy::Shuffled => shuffled::split(self, digests, rows),
            Strategy::Stratified if schema.task == Task::Regression => Err(SplitError::StratifiedRegression),
            Strategy::Auto | Strategy::Stratified => {
                shuffled::stratified(self, &Source { table, digests, rows, schema })
            }
            Strategy::TimeOrdered { gap } => time::split(self, gap, &Source { table, digests, rows, schema }),
            Strategy::Group => groups::split(self, &Source { table, digests, rows, schema }),
        }
    }
}

impl Split {
    /// For each of a table's rows the fold whose validation part holds it; `None` for rows held out or never checked.
    #[must_use]
    pub fn fold_of_rows(&self, rows: usize) -> Vec<Option<usize>> {
        let mut folds = vec![None; rows];
        for (number, fold) in self.folds.iter().enumerate() {
            fold.validation.iter().filter(|r| **r < rows).for_each(|&row| folds[row] = Some(number));
        }
        folds
    }
}
