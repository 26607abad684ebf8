//! Splits by group: all rows of a group go where the group's hash says.

use std::collections::HashSet;

use super::hash::{Purpose, below, keyed, occurrences, part};
use super::shuffled::{Placed, assemble};
use super::{Source, Split, SplitError, SplitSpec, Strategy};
use crate::digest::cell_digest;
use crate::table::Cell;

/// By the group's hash; the order inside a part is by the row's.
pub(super) fn split(spec: &SplitSpec, source: &Source<'_>) -> Result<Split, SplitError> {
    let Source { table, digests, rows, schema } = *source;
    let named = schema.group.as_ref().and_then(|name| table.column(name).map(|column| (name, column)));
    let (name, column) =
        named.ok_or(SplitError::ColumnNotNamed { strategy: "Group", field: "data.groupColumn" })?;
    if let Some(&row) = rows.iter().find(|&&r| column.cell(r) == Cell::Missing) {
        return Err(SplitError::MissingKey { column: name.clone(), row: row + 1 });
    }
    let contents: Vec<_> = rows.iter().map(|&r| digests[r]).collect();
    let mut groups = HashSet::new();
    let placed: Vec<Placed> = rows
        .iter()
        .zip(&contents)
        .zip(occurrences(&contents))
        .map(|((&row, &content), occurrence)| {
            let group = cell_digest(column.cell(row));
            let held_out = below(keyed(Purpose::Holdout, spec.seed, group, 0), spec.holdout);
            if !held_out {
                groups.insert(group);
            }
            Placed {
                row,
                held_out,
                fold: part(keyed(Purpose::Fold, spec.seed, group, 0), spec.folds),
                order: keyed(Purpose::Order, spec.seed, content, occurrence),
            }
        })
        .collect();
    if groups.len() < spec.folds {
        return Err(SplitError::TooFewGroups {
            column: name.clone(),
            groups: groups.len(),
            folds: spec.folds,
        });
    }
    assemble(Strategy::Group, spec.folds, placed)
}
