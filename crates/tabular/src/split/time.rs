//! Splits by time: the last rows are held out, forward folds stand before them, equal timestamps stay together.

use super::hash::{Purpose, keyed};
use super::{Fold, Source, Split, SplitError, SplitSpec, Strategy};
use crate::table::Cell;

/// A row, and its time in an order-preserving form.
struct Timed {
    row: usize,
    time: f64,
    exact: i64,
    order: u64,
}

/// The holdout is the last `ceil(n * holdout)` rows, more when equal timestamps straddle the border; each of the folds checks
/// `n / (folds + 1)` training rows and trains on all before them, less the gap.
pub(super) fn split(spec: &SplitSpec, gap: usize, source: &Source<'_>) -> Result<Split, SplitError> {
    let rows = source.rows;
    let timed = in_time(spec, source)?;
    let empty = |part: String| SplitError::EmptyPart { part, rows: rows.len() };
    let held = (timed.len() as f64 * spec.holdout).ceil() as usize;
    let cut = back_to_first_equal(&timed, timed.len().saturating_sub(held));
    let training = &timed[..cut.saturating_sub(gap)];
    if training.is_empty() {
        return Err(empty("training part".into()));
    }
    let block = training.len() / (spec.folds + 1);
    let borders: Vec<usize> = (0..=spec.folds)
        .map(|k| if k == spec.folds { training.len() } else { training.len() - (spec.folds - k) * block })
        .map(|at| back_to_first_equal(training, at))
        .collect();
    let mut folds = Vec::with_capacity(spec.folds);
    for (k, pair) in borders.windows(2).enumerate() {
        let train = positions(&training[..pair[0].saturating_sub(gap)]);
        let validation = positions(&training[pair[0]..pair[1]]);
        if train.is_empty() || validation.is_empty() {
            return Err(empty(format!("fold {} of {}", k + 1, spec.folds)));
        }
        folds.push(Fold { train, validation });
    }
    Ok(Split {
        strategy: Strategy::TimeOrdered { gap },
        training: positions(training),
        holdout: positions(&timed[cut..]),
        folds,
        warnings: Vec::new(),
    })
}

/// Rows by time; equal times by hash, so that the order of rows in the file does not count.
fn in_time(spec: &SplitSpec, source: &Source<'_>) -> Result<Vec<Timed>, SplitError> {
    let Source { table, digests, rows, schema } = *source;
    let named = schema.time.as_ref().and_then(|name| table.column(name).map(|column| (name, column)));
    let (name, column) =
        named.ok_or(SplitError::ColumnNotNamed { strategy: "TimeOrdered", field: "data.timeColumn" })?;
    let mut timed = Vec::with_capacity(rows.len());
    for &row in rows {
        let (time, exact) = match column.cell(row) {
            Cell::Number(x) => (x, 0),
            Cell::Timestamp(ns) => (0.0, ns),
            Cell::Missing | Cell::Text(_) => {
                return Err(SplitError::MissingKey { column: name.clone(), row: row + 1 });
            }
        };
        timed.push(Timed { row, time, exact, order: keyed(Purpose::Order, spec.seed, digests[row], 0) });
    }
    timed.sort_unstable_by(|a, b| {
        let time = a.time.total_cmp(&b.time).then(a.exact.cmp(&b.exact));
        time.then(a.order.cmp(&b.order)).then(a.row.cmp(&b.row))
    });
    Ok(timed)
}

/// The first position with the time that stands at `at`.
fn back_to_first_equal(timed: &[Timed], at: usize) -> usize {
    let Some(here) = timed.get(at) else { return at };
    timed.partition_point(|t| t.time.total_cmp(&here.time).then(t.exact.cmp(&here.exact)).is_lt())
}

fn positions(timed: &[Timed]) -> Vec<usize> {
    timed.iter().map(|t| t.row).collect()
}
