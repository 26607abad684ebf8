//! One metric over fixed predictions, ready to be scored for any number of times that each row counts: once for the figure itself,
//! thousands of times for the bootstrap. What can be done once (sorting, per-row losses) is done in `new`.

use super::ranking::Ranking;
use super::regression::{MAPE_EPSILON, SortedErrors, Spread};
use super::validate::check;
use super::{Average, Basis, Confusion, MetricError, MetricName, Predictions, Rule, Truth};

/// A metric over fixed truth and predictions.
#[derive(Debug, Clone)]
pub struct Scorer {
    rows: usize,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Labels {
        metric: MetricName,
        truth: Vec<u32>,
        predicted: Vec<u32>,
        classes: usize,
        average: Average,
        positive: Option<u32>,
    },
    RocAuc {
        rankings: Vec<Ranking>,
        average: Average,
    },
    AveragePrecision {
        rankings: Vec<Ranking>,
        average: Average,
    },
    Mean {
        losses: Vec<f64>,
    },
    RootMean {
        losses: Vec<f64>,
    },
    Median(SortedErrors),
    R2(Spread),
}

/// The figure of a metric; `None` when it is undefined on these rows.
///
/// # Errors
/// Predictions that are not finite, no probabilities, of another length or of another task.
pub fn score(
    metric: MetricName,
    truth: &Truth,
    predictions: &Predictions,
    rule: &Rule,
) -> Result<Option<f64>, MetricError> {
    Ok(Scorer::new(metric, truth, predictions, rule)?.score())
}

impl Scorer {
    /// Checks the predictions and does what can be done once.
    ///
    /// # Errors
    /// See [`score`].
    pub fn new(
        metric: MetricName,
        truth: &Truth,
        predictions: &Predictions,
        rule: &Rule,
    ) -> Result<Self, MetricError> {
        check(truth, predictions)?;
        let kind = match (truth, predictions) {
            (Truth::Classes { labels, classes, positive }, Predictions::Probabilities { values, .. }) => {
                of_classes(
                    metric,
                    &Classified { labels, classes: *classes, positive: *positive, values },
                    predictions,
                    rule,
                )?
            }
            (Truth::Values(truth), Predictions::Values(predicted)) => of_values(metric, truth, predicted)?,
            _ => {
                return Err(MetricError::NotApplicable {
                    metric,
                    reason: "truth and predictions are of different tasks",
                });
            }
        };
        Ok(Self { rows: truth.rows(), kind })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Every row once.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.score_counts(&vec![1; self.rows])
    }

    /// Row `i` counted `counts[i]` times; `counts` has one entry per row.
    #[must_use]
    pub fn score_counts(&self, counts: &[u32]) -> Option<f64> {
        let value = match &self.kind {
            Kind::Labels { metric, truth, predicted, classes, average, positive } => {
                let mut matrix = Confusion::empty(*classes);
                for ((&t, &p), &count) in truth.iter().zip(predicted).zip(counts) {
                    matrix.add(t, p, u64::from(count));
                }
                matrix.metric(*metric, *average, *positive)
            }
            Kind::RocAuc { rankings, average } => {
                one_against_rest(rankings, *average, counts, Ranking::roc_auc)
            }
            Kind::AveragePrecision { rankings, average } => {
                one_against_rest(rankings, *average, counts, Ranking::average_precision)
            }
            Kind::Mean { losses } => weighted_mean(losses, counts),
            Kind::RootMean { losses } => weighted_mean(losses, counts).map(f64::sqrt),
            Kind::Median(errors) => errors.median(counts),
            Kind::R2(spread) => spread.r2(counts),
        };
        value.filter(|v| v.is_finite())
    }
}

struct Classified<'a> {
    labels: &'a [u32],
    classes: usize,
    positive: Option<u32>,
    values: &'a [f64],
}

impl Classified<'_> {
    /// One against the rest; with two classes the positive one only, the other is its mirror image.
    fn rankings(&self) -> Vec<Ranking> {
        let wanted: Vec<u32> = match self.positive {
            Some(p) if self.classes == 2 => vec![p],
            _ => (0..self.classes as u32).collect(),
        };
        let ranking = |class: u32| {
            let scores: Vec<f64> =
                self.values.iter().skip(class as usize).step_by(self.classes).copied().collect();
            let positive: Vec<bool> = self.labels.iter().map(|&l| l == class).collect();
            Ranking::new(&scores, &positive)
        };
        wanted.into_iter().map(ranking).collect()
    }

    fn rows(&self) -> impl Iterator<Item = (u32, &[f64])> {
        self.labels.iter().copied().zip(self.values.chunks_exact(self.classes.max(1)))
    }

    fn brier(&self, label: u32, row: &[f64]) -> f64 {
        let squared = |class: usize, p: f64| (p - f64::from(u8::from(class == label as usize))).powi(2);
        match self.positive {
            Some(p) if self.classes == 2 => squared(p as usize, row[p as usize]),
            _ => row.iter().enumerate().map(|(class, &p)| squared(class, p)).sum(),
        }
    }
}

fn of_classes(
    metric: MetricName,
    c: &Classified<'_>,
    predictions: &Predictions,
    rule: &Rule,
) -> Result<Kind, MetricError> {
    let average = rule.average;
    if average == Average::Binary && c.classes != 2 {
        return Err(MetricError::NotApplicable { metric, reason: "average Binary needs two classes" });
    }
    Ok(match metric {
        MetricName::RocAuc => Kind::RocAuc { rankings: c.rankings(), average },
        MetricName::AveragePrecision => Kind::AveragePrecision { rankings: c.rankings(), average },
        // Clipped as f64: with f32's epsilon a certain mistake would cost 15.9 instead of 36.04.
        MetricName::LogLoss => Kind::Mean {
            losses: c
                .rows()
                .map(|(label, row)| -row[label as usize].clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln())
                .collect(),
        },
        MetricName::Brier => {
            Kind::Mean { losses: c.rows().map(|(label, row)| c.brier(label, row)).collect() }
        }
        _ if metric.basis() == Basis::Labels => Kind::Labels {
            metric,
            truth: c.labels.to_vec(),
            predicted: predictions.labels(c.positive, rule.threshold)?,
            classes: c.classes,
            average,
            positive: c.positive,
        },
        _ => return Err(MetricError::NotApplicable { metric, reason: "the task is a classification" }),
    })
}

fn of_values(metric: MetricName, truth: &[f64], predicted: &[f64]) -> Result<Kind, MetricError> {
    let errors = || truth.iter().zip(predicted).map(|(y, p)| (p - y).abs());
    let squared = || errors().map(|e| e * e).collect::<Vec<f64>>();
    Ok(match metric {
        MetricName::Mse => Kind::Mean { losses: squared() },
        MetricName::Rmse => Kind::RootMean { losses: squared() },
        MetricName::Mae => Kind::Mean { losses: errors().collect() },
        MetricName::Mape => {
            Kind::Mean { losses: errors().zip(truth).map(|(e, y)| e / y.abs().max(MAPE_EPSILON)).collect() }
        }
        MetricName::Medae => Kind::Median(SortedErrors::new(errors())),
        MetricName::R2Score => Kind::R2(Spread { truth: truth.to_vec(), squared_error: squared() }),
        _ => return Err(MetricError::NotApplicable { metric, reason: "the task is a regression" }),
    })
}

/// Plain mean over the classes, or by support; undefined when it is so for one class.
fn one_against_rest(
    rankings: &[Ranking],
    average: Average,
    counts: &[u32],
    of: fn(&Ranking, &[u32]) -> Option<f64>,
) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for ranking in rankings {
        let weight = if average == Average::Weighted { ranking.support(counts) } else { 1.0 };
        sum += weight * of(ranking, counts)?;
        total += weight;
    }
    (total > 0.0).then(|| sum / total)
}

fn weighted_mean(losses: &[f64], counts: &[u32]) -> Option<f64> {
    let rows: u64 = counts.iter().map(|&c| u64::from(c)).sum();
    let sum: f64 = losses.iter().zip(counts).map(|(loss, &c)| loss * f64::from(c)).sum();
    (rows > 0).then(|| sum / rows as f64)
}
