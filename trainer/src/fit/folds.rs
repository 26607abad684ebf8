//! The folds of a split, ready for any number of learners. They are kept where memory allows, so that the next learner finds them.

use std::borrow::Cow;
use std::time::Duration;

use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::Schema;
use podium_tabular::split::Fold;
use podium_tabular::table::Table;

use super::part::FittingError;
use super::prepared::PreparedFold;

/// What was made ready for all learners to come.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// All folds.
    All(Vec<PreparedFold>),
    /// None: together they would take more than they may.
    TooLarge {
        /// About what they would take.
        bytes: u64,
    },
}

/// Folds of a table.
#[derive(Debug, Clone, Copy)]
pub struct Folds<'a> {
    /// The rows of each.
    pub rows: &'a [Fold],
    table: &'a Table,
    schema: &'a Schema,
    preparation: PreparationSpec,
    kept: &'a [PreparedFold],
}

impl<'a> Folds<'a> {
    /// Folds of which each is made ready when it is its turn.
    pub const fn new(
        table: &'a Table,
        schema: &'a Schema,
        rows: &'a [Fold],
        preparation: PreparationSpec,
    ) -> Self {
        Self { rows, table, schema, preparation, kept: &[] }
    }

    /// The same folds, these of which are ready, from the first.
    pub const fn with_kept(self, kept: &'a [PreparedFold]) -> Self {
        Self { kept, ..self }
    }

    /// The table.
    pub const fn table(&self) -> &'a Table {
        self.table
    }

    /// All folds made ready, where they take no more than so many bytes.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn keep(&self, most: u64) -> Result<Kept, FittingError> {
        let mut kept = Vec::with_capacity(self.rows.len());
        let mut bytes = 0;
        for index in 0..self.rows.len() {
            let fold = self.get(index)?.into_owned();
            bytes += fold.bytes();
            // One is enough to know: a further one must not be what breaks the limit.
            let all = bytes / (index as u64 + 1) * self.rows.len() as u64;
            if all > most {
                return Ok(Kept::TooLarge { bytes: all });
            }
            kept.push(fold);
        }
        Ok(Kept::All(kept))
    }

    /// How long it took to make those ready that are kept.
    pub fn preparation_time(&self) -> Duration {
        self.kept.iter().map(PreparedFold::preparation_time).sum()
    }

    /// Whether all of them are ready.
    pub const fn are_kept(&self) -> bool {
        self.kept.len() == self.rows.len()
    }

    /// A fold, from 0.
    ///
    /// # Errors
    /// See [`FittingError`].
    pub fn get(&self, index: usize) -> Result<Cow<'a, PreparedFold>, FittingError> {
        match self.kept.get(index) {
            Some(fold) => Ok(Cow::Borrowed(fold)),
            None => PreparedFold::of(self.table, self.schema, &self.rows[index], &self.preparation)
                .map(Cow::Owned),
        }
    }
}
