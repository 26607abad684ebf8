//! The bootstrap of each metric's difference, cut down to the quantiles that evidence keeps.

use std::collections::{BTreeMap, HashMap};

use podium_contract::{ComparisonOutcome, Difference};
use podium_tabular::compare::{NotComparable, RESAMPLES, Resampling, Side, paired_bootstrap};
use podium_tabular::metric::{Basis, MetricName, Predictions, Rule, Truth};
use podium_tabular::schema::Schema;
use podium_tabular::table::Table;

use super::{NOT_COMPARABLE, refused};

/// One model's answers on the compared rows.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// Calibrated predictions.
    pub predictions: &'a Predictions,
    /// Average, and the model's own threshold.
    pub rule: Rule,
}

impl<'a> Scored<'a> {
    const fn side(self) -> Side<'a> {
        Side { predictions: self.predictions, rule: self.rule }
    }
}

/// The rows that are compared on.
#[derive(Debug)]
pub struct Contest {
    truth: Truth,
    groups: Option<Vec<u32>>,
    seed: u64,
}

impl Contest {
    /// These rows; `None` when one of them has no known target. With a group column whole groups are drawn, since
    /// rows of a group are alike.
    pub fn on(table: &Table, schema: &Schema, rows: &[usize], seed: u64) -> Option<Self> {
        let groups = schema.group.as_deref().and_then(|name| table.column(name)).map(|column| {
            let mut known = HashMap::new();
            rows.iter()
                .map(|&row| {
                    let next = known.len() as u32;
                    *known.entry(column.cell(row).to_string()).or_insert(next)
                })
                .collect()
        });
        Some(Self { truth: schema.truth(table, rows)?, groups, seed })
    }

    fn resampling(&self) -> Resampling<'_> {
        self.groups.as_deref().map_or(Resampling::Rows, Resampling::Groups)
    }
}

/// Every metric of the task that is defined on the rows, winner against reference.
pub fn compare(contest: &Contest, winner: Scored<'_>, reference: Scored<'_>) -> ComparisonOutcome {
    let mut metrics = BTreeMap::new();
    let mut last = None;
    for &metric in MetricName::ALL.iter().filter(|metric| fits(**metric, &contest.truth)) {
        match difference(contest, metric, winner, reference) {
            Ok(found) => {
                metrics.insert(metric.as_str().to_owned(), found);
            }
            // Undefined for this metric alone: the others may still be compared.
            Err(error @ NotComparable::Undefined { .. }) => last = Some(error),
            Err(error) => return refused(NOT_COMPARABLE, error),
        }
    }
    match last {
        Some(error) if metrics.is_empty() => refused(NOT_COMPARABLE, error),
        _ => ComparisonOutcome::Compared { rows: contest.truth.rows() as u64, metrics },
    }
}

fn fits(metric: MetricName, truth: &Truth) -> bool {
    match (metric.basis(), truth) {
        (Basis::Labels | Basis::Probabilities, Truth::Classes { .. }) | (Basis::Values, Truth::Values(_)) => {
            true
        }
        (Basis::Labels | Basis::Probabilities | Basis::Values | Basis::Measurement, _) => false,
    }
}

fn difference(
    contest: &Contest,
    metric: MetricName,
    winner: Scored<'_>,
    reference: Scored<'_>,
) -> Result<Difference, NotComparable> {
    let draws = (RESAMPLES, contest.seed);
    let found = paired_bootstrap(
        metric,
        &contest.truth,
        winner.side(),
        reference.side(),
        contest.resampling(),
        draws,
    )?;
    Ok(Difference {
        winner: found.challenger,
        reference: found.champion,
        improvement: found.improvement,
        quantiles: quantiles(&found.differences),
    })
}

/// Quantiles of sorted values at 0.001, 0.002, ... 0.999, linear between them.
fn quantiles(sorted: &[f64]) -> Vec<f64> {
    let last = sorted.len().saturating_sub(1);
    let at = |level: u32| {
        let position = f64::from(level) / 1000.0 * last as f64;
        let below = position.floor() as usize;
        let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
        low + (high - low) * (position - below as f64)
    };
    if sorted.is_empty() { Vec::new() } else { (1..=999).map(at).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_are_999_levels_linear_between_the_values() {
        let sorted: Vec<f64> = (0..=2000).map(f64::from).collect();
        let found = quantiles(&sorted);
        assert_eq!((found.len(), found[0], found[499], found[998]), (999, 2.0, 1000.0, 1998.0));
        assert_eq!(quantiles(&[3.0])[500], 3.0);
        assert!(quantiles(&[]).is_empty());
    }
}
