//! The confusion matrix and the metrics of labels that are computed from it.

use super::{Average, MetricName};

/// Counts by true and predicted class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

/// Counts of one class against the rest.
#[derive(Debug, Clone, Copy)]
struct ClassCounts {
    hits: u64,
    truth: u64,
    predicted: u64,
}

impl Confusion {
    /// No rows yet.
    #[must_use]
    pub fn empty(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes] }
    }

    /// Of these labels, row by row.
    #[must_use]
    pub fn of(classes: usize, truth: &[u32], predicted: &[u32]) -> Self {
        let mut matrix = Self::empty(classes);
        truth.iter().zip(predicted).for_each(|(&t, &p)| matrix.add(t, p, 1));
        matrix
    }

    /// Counts `times` rows more. Classes are below the number of classes.
    pub fn add(&mut self, truth: u32, predicted: u32, times: u64) {
        self.counts[truth as usize * self.classes + predicted as usize] += times;
    }

    /// Takes rows away again; never more than were added.
    pub(crate) fn take(&mut self, truth: u32, predicted: u32, times: u64) {
        let at = truth as usize * self.classes + predicted as usize;
        self.counts[at] = self.counts[at].saturating_sub(times);
    }

    /// Counts by true class (outer) and predicted class (inner).
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<u64>> {
        self.counts.chunks(self.classes.max(1)).map(<[u64]>::to_vec).collect()
    }

    /// A metric of labels; `None` without rows, for other metrics, and for `Binary` without a positive class.
    #[must_use]
    pub fn metric(&self, metric: MetricName, average: Average, positive: Option<u32>) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        match metric {
            MetricName::Accuracy => Some(self.hits() as f64 / total as f64),
            MetricName::BalancedAccuracy => {
                let present = self.per_class().filter(|c| c.truth > 0);
                mean(present.map(ClassCounts::recall))
            }
            MetricName::Mcc => Some(self.mcc(total)),
            MetricName::Precision => self.averaged(ClassCounts::precision, average, positive),
            MetricName::Recall => self.averaged(ClassCounts::recall, average, positive),
            MetricName::F1Score => self.averaged(ClassCounts::f1, average, positive),
            _ => None,
        }
    }

    fn hits(&self) -> u64 {
        (0..self.classes).map(|c| self.counts[c * self.classes + c]).sum()
    }

    fn class(&self, class: usize) -> ClassCounts {
        ClassCounts {
            hits: self.counts[class * self.classes + class],
            truth: self.counts[class * self.classes..(class + 1) * self.classes].iter().sum(),
            predicted: self.counts.iter().skip(class).step_by(self.classes).sum(),
        }
    }

    fn per_class(&self) -> impl Iterator<Item = ClassCounts> {
        (0..self.classes).map(|c| self.class(c))
    }

    /// `Macro` is the plain mean over the classes in the truth or the predictions, as scikit-learn's default: a class that is only
    /// predicted counts as 0.
    fn averaged(&self, of: fn(ClassCounts) -> f64, average: Average, positive: Option<u32>) -> Option<f64> {
        match average {
            Average::Binary => positive.map(|p| of(self.class(p as usize))),
            Average::Macro => mean(self.per_class().filter(|c| c.truth > 0 || c.predicted > 0).map(of)),
            Average::Weighted => {
                let total: u64 = self.counts.iter().sum();
                Some(self.per_class().map(|c| of(c) * c.truth as f64).sum::<f64>() / total as f64)
            }
        }
    }

    /// Gorodkin 2004; 0 where truth or predictions have one class only.
    fn mcc(&self, total: u64) -> f64 {
        let s = total as f64;
        let (mut cross, mut truth2, mut predicted2) = (0.0, 0.0, 0.0);
        for class in self.per_class() {
            let (t, p) = (class.truth as f64, class.predicted as f64);
            cross += t * p;
            truth2 += t * t;
            predicted2 += p * p;
        }
        let spread = (s * s - truth2) * (s * s - predicted2);
        if spread > 0.0 { (self.hits() as f64 * s - cross) / spread.sqrt() } else { 0.0 }
    }
}

impl ClassCounts {
    fn precision(self) -> f64 {
        ratio(self.hits, self.predicted)
    }

    fn recall(self) -> f64 {
        ratio(self.hits, self.truth)
    }

    fn f1(self) -> f64 {
        ratio(2 * self.hits, self.truth + self.predicted)
    }
}

/// 0/0 is 0.
fn ratio(above: u64, below: u64) -> f64 {
    if below == 0 { 0.0 } else { above as f64 / below as f64 }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(n, sum), x| (n + 1, sum + x));
    (count > 0).then(|| sum / f64::from(count))
}
