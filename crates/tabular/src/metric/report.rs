//! All metrics of a task at once, with what is undefined and what to be careful about.

use std::collections::BTreeMap;

use super::{Basis, MetricError, MetricName, Predictions, Rule, Scorer, Truth};

/// Metrics of one set of predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Defined metrics, all finite.
    pub values: BTreeMap<MetricName, f64>,
    /// Metrics that are undefined on these rows, such as roc_auc with one class: nothing is to be logged for them.
    pub undefined: Vec<MetricName>,
    /// Sentences for the user.
    pub warnings: Vec<String>,
}

/// Every metric of the task.
///
/// # Errors
/// Predictions that are not finite, no probabilities, or of another length.
pub fn report(truth: &Truth, predictions: &Predictions, rule: &Rule) -> Result<Report, MetricError> {
    let mut report = Report {
        values: BTreeMap::new(),
        undefined: Vec::new(),
        warnings: warnings(truth, predictions, rule),
    };
    let fits = |metric: &MetricName| match truth {
        Truth::Classes { .. } => matches!(metric.basis(), Basis::Labels | Basis::Probabilities),
        Truth::Values(_) => metric.basis() == Basis::Values,
    };
    for &metric in MetricName::ALL.iter().filter(|m| fits(m)) {
        match Scorer::new(metric, truth, predictions, rule)?.score() {
            Some(value) => {
                report.values.insert(metric, value);
            }
            None => report.undefined.push(metric),
        }
    }
    Ok(report)
}

fn warnings(truth: &Truth, predictions: &Predictions, rule: &Rule) -> Vec<String> {
    match truth {
        Truth::Values(values) => {
            let zeros = values.iter().filter(|y| y.abs() < f64::EPSILON).count();
            let warn = zeros > 0;
            warn.then(|| {
                format!("mape is meaningless: {zeros} of {} targets are 0; look at rmse", values.len())
            })
            .into_iter()
            .collect()
        }
        Truth::Classes { labels, classes, positive } => {
            let mut out = Vec::new();
            let present = (0..*classes as u32).filter(|c| labels.contains(c)).count();
            if present == 1 {
                out.push("the rows have one class only: roc_auc is undefined".to_owned());
            }
            if let (Some(p), Ok(predicted)) = (positive, predictions.labels(*positive, rule.threshold))
                && !predicted.contains(p)
            {
                out.push("no row is predicted positive: precision counts as 0".to_owned());
            }
            out
        }
    }
}
