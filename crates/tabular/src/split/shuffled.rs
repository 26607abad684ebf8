//! Shuffled and stratified splits: by the row's own hash.

use super::hash::{Purpose, below, keyed, occurrences, part};
use super::{Fold, Source, Split, SplitError, SplitSpec, Strategy};
use crate::digest::RowDigest;
use crate::metric::Truth;
use crate::schema::Schema;
use crate::table::Table;

/// A row with its three draws.
pub(super) struct Placed {
    pub row: usize,
    pub held_out: bool,
    pub fold: usize,
    pub order: u64,
}

/// Any rows, by hash.
pub(super) fn split(spec: &SplitSpec, digests: &[RowDigest], rows: &[usize]) -> Result<Split, SplitError> {
    let contents: Vec<_> = rows.iter().map(|&r| digests[r]).collect();
    let placed =
        rows.iter().zip(&contents).zip(occurrences(&contents)).map(|((&row, &content), occurrence)| {
            let draw = |purpose| keyed(purpose, spec.seed, content, occurrence);
            Placed {
                row,
                held_out: below(draw(Purpose::Holdout), spec.holdout),
                fold: part(draw(Purpose::Fold), spec.folds),
                order: draw(Purpose::Order),
            }
        });
    assemble(Strategy::Shuffled, spec.folds, placed.collect())
}

/// By hash, with a look at each class. The sides are those of `Shuffled`: exact shares per class would move rows when data grow.
pub(super) fn stratified(spec: &SplitSpec, source: &Source<'_>) -> Result<Split, SplitError> {
    let Source { table, schema, .. } = *source;
    let mut split = Split { strategy: Strategy::Stratified, ..split(spec, source.digests, source.rows)? };
    let training = class_counts(schema, table, &split.training);
    let holdout = class_counts(schema, table, &split.holdout);
    for (at, class) in schema.classes.iter().enumerate() {
        let absent =
            |side| SplitError::ClassAbsent { class: class.clone(), side, rows: training[at] + holdout[at] };
        if training[at] == 0 {
            return Err(absent("training part"));
        }
        if holdout[at] == 0 {
            return Err(absent("holdout"));
        }
        if training[at] < spec.folds {
            split.warnings.push(format!(
                "class {class:?} has {} rows in the training part, fewer than folds {}: some folds lack it",
                training[at], spec.folds
            ));
        }
    }
    match training.iter().max() {
        Some(&largest) if largest < spec.folds => {
            Err(SplitError::ClassesTooSmall { largest, folds: spec.folds })
        }
        _ => Ok(split),
    }
}

fn class_counts(schema: &Schema, table: &Table, rows: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; schema.classes.len()];
    if let Some(Truth::Classes { labels, .. }) = schema.truth(table, rows) {
        labels.iter().for_each(|&label| counts[label as usize] += 1);
    }
    counts
}

/// Sides and folds from placed rows, each in hash order; no part may be empty.
pub(super) fn assemble(
    strategy: Strategy,
    folds: usize,
    mut placed: Vec<Placed>,
) -> Result<Split, SplitError> {
    placed.sort_unstable_by_key(|p| (p.order, p.row));
    let rows =
        |keep: &dyn Fn(&Placed) -> bool| placed.iter().filter(|p| keep(p)).map(|p| p.row).collect::<Vec<_>>();
    let empty = |part: String| SplitError::EmptyPart { part, rows: placed.len() };
    let training = rows(&|p| !p.held_out);
    let holdout = rows(&|p| p.held_out);
    if holdout.is_empty() {
        return Err(empty("holdout".into()));
    }
    let mut rounds = Vec::with_capacity(folds);
    for k in 0..folds {
        let train = rows(&|p| !p.held_out && p.fold != k);
        let validation = rows(&|p| !p.held_out && p.fold == k);
        if train.is_empty() || validation.is_empty() {
            return Err(empty(format!("fold {} of {folds}", k + 1)));
        }
        rounds.push(Fold { train, validation });
    }
    Ok(Split { strategy, training, holdout, folds: rounds, warnings: Vec::new() })
}
