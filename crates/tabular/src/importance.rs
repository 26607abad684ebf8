//! Permutation importance: how much a metric falls when one input column is shuffled among the held-out rows (Breiman 2001).
//! On input columns, before encoding, so that a category is one thing. Correlated columns share importance; negative means noise.

use rand::seq::SliceRandom;
use serde::Serialize;

use crate::metric::{MetricError, MetricName, Predictions, Rule, Truth, score};
use crate::random::generator;
use crate::table::Table;

/// Shuffles of each column.
pub const REPEATS: usize = 5;

/// Importance of one input column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Importance {
    /// The column.
    pub column: String,
    /// Mean loss of the metric, counted so that a useful column is positive.
    pub mean: f64,
    /// Standard deviation over the repeats (n).
    pub sd: f64,
}

/// Why there is no importance. `E` is the predictor's error.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ImportanceError<E> {
    /// The predictor fails.
    #[error("prediction failed: {0}")]
    Predict(E),
    /// Predictions that can't be scored.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The metric ranks nothing, or is undefined on these rows.
    #[error("metric {0} is undefined on these rows, or has no direction")]
    Undefined(MetricName),
    /// A column is not in the table.
    #[error("column {0:?} is not in the data")]
    NoColumn(String),
}

/// What importance is measured with.
#[derive(Debug, Clone, Copy)]
pub struct ImportancePlan<'a> {
    /// The metric that falls.
    pub metric: MetricName,
    /// Average and threshold.
    pub rule: Rule,
    /// Input columns to shuffle.
    pub columns: &'a [String],
    /// Shuffles of each.
    pub repeats: usize,
    /// Seed; each (column, repeat) has a generator of its own.
    pub seed: u64,
}

/// Importance of each column on these rows, in the order of the columns. `predict` is given a table of just these rows, in this order,
/// and all their positions.
///
/// # Errors
/// See [`ImportanceError`].
pub fn permutation_importance<E>(
    table: &Table,
    rows: &[usize],
    truth: &Truth,
    plan: &ImportancePlan<'_>,
    mut predict: impl FnMut(&Table, &[usize]) -> Result<Predictions, E>,
) -> Result<Vec<Importance>, ImportanceError<E>> {
    let mut part = table.gather(rows);
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut measure = |table: &Table| {
        let predictions = predict(table, &all).map_err(ImportanceError::Predict)?;
        score(plan.metric, truth, &predictions, &plan.rule)?.ok_or(ImportanceError::Undefined(plan.metric))
    };
    let goal = plan.metric.goal().ok_or(ImportanceError::Undefined(plan.metric))?;
    let whole = measure(&part)?;
    let mut out = Vec::with_capacity(plan.columns.len());
    for name in plan.columns {
        let original = part.column(name).ok_or_else(|| ImportanceError::NoColumn(name.clone()))?.clone();
        let mut losses = Vec::with_capacity(plan.repeats);
        for repeat in 0..plan.repeats as u64 {
            let mut order = all.clone();
            order.shuffle(&mut generator(plan.seed, name, repeat));
            part.replace(name, original.gather(&order));
            losses.push(goal.improvement(measure(&part)?, whole));
        }
        part.replace(name, original);
        let mean = crate::stats::mean(&losses);
        out.push(Importance { column: name.clone(), mean, sd: crate::stats::population_sd(&losses, mean) });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::table::{Cell, Column};

    fn table() -> Table {
        let column = |f: fn(f64) -> f64| Column::Number((0..400).map(|i| f(f64::from(i))).collect());
        Table::new(vec![
            ("signal".into(), column(|i| (i * 0.7).sin())),
            ("noise".into(), column(|i| (i * 1.3).cos())),
        ])
        .unwrap()
    }

    fn signal(table: &Table, rows: &[usize]) -> Vec<f64> {
        let column = table.column("signal").unwrap();
        rows.iter().map(|&r| if let Cell::Number(x) = column.cell(r) { x } else { f64::NAN }).collect()
    }

    fn measure(
        columns: &[String],
        metric: MetricName,
        seed: u64,
    ) -> Result<Vec<Importance>, ImportanceError<Infallible>> {
        let rows: Vec<usize> = (100..300).collect();
        let truth = Truth::Values(signal(&table(), &rows));
        let plan = ImportancePlan { metric, rule: Rule::standard(0), columns, repeats: REPEATS, seed };
        permutation_importance(&table(), &rows, &truth, &plan, |t, rows| {
            Ok(Predictions::Values(signal(t, rows)))
        })
    }

    #[test]
    fn a_column_that_is_used_matters_and_another_does_not() {
        let columns = ["noise".to_owned(), "signal".to_owned()];
        for metric in [MetricName::R2Score, MetricName::Rmse] {
            let found = measure(&columns, metric, 7).unwrap();
            assert_eq!(found[0], Importance { column: "noise".into(), mean: 0.0, sd: 0.0 });
            assert!(found[1].mean > 0.5 && found[1].sd > 0.0, "{metric}: {found:?}");
        }
    }

    #[test]
    fn the_importance_of_a_column_does_not_depend_on_the_others() {
        let both = measure(&["noise".to_owned(), "signal".to_owned()], MetricName::R2Score, 7).unwrap();
        let alone = measure(&["signal".to_owned()], MetricName::R2Score, 7).unwrap();
        assert_eq!(both[1], alone[0]);
        assert_ne!(measure(&["signal".to_owned()], MetricName::R2Score, 8).unwrap(), alone);
    }

    #[test]
    fn unknown_columns_and_metrics_of_another_task_are_refused() {
        let refused = measure(&["age".to_owned()], MetricName::R2Score, 7).unwrap_err();
        assert_eq!(refused, ImportanceError::NoColumn("age".into()));
        let refused = measure(&["signal".to_owned()], MetricName::Accuracy, 7).unwrap_err();
        assert!(matches!(refused, ImportanceError::Metric(MetricError::NotApplicable { .. })));
    }
}
