//! Metrics of predicted numbers that are no mean over rows.

/// Smallest denominator of `mape`, as scikit-learn's.
pub(super) const MAPE_EPSILON: f64 = f64::EPSILON;

/// Truth and squared error, for R².
#[derive(Debug, Clone)]
pub(super) struct Spread {
    pub truth: Vec<f64>,
    pub squared_error: Vec<f64>,
}

impl Spread {
    /// 1 - residual / total; constant truth: 1 if perfect, else 0; `None` with fewer than 2 rows.
    pub(super) fn r2(&self, counts: &[u32]) -> Option<f64> {
        let weights = || counts.iter().map(|&c| f64::from(c));
        let rows: f64 = weights().sum();
        if rows < 2.0 {
            return None;
        }
        let mean = weights().zip(&self.truth).map(|(w, y)| w * y).sum::<f64>() / rows;
        let total: f64 = weights().zip(&self.truth).map(|(w, y)| w * (y - mean).powi(2)).sum();
        let residual: f64 = weights().zip(&self.squared_error).map(|(w, e)| w * e).sum();
        Some(match (residual == 0.0, total == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => 1.0 - residual / total,
        })
    }
}

/// Absolute errors in ascending order with their rows, for the median.
#[derive(Debug, Clone)]
pub(super) struct SortedErrors(Vec<(f64, u32)>);

impl SortedErrors {
    pub(super) fn new(errors: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<(f64, u32)> = errors.zip(0..).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self(sorted)
    }

    /// The middle error, of an even count the mean of the middle two; `None` without rows.
    pub(super) fn median(&self, counts: &[u32]) -> Option<f64> {
        let total: u64 = counts.iter().map(|&c| u64::from(c)).sum();
        let upper = self.at(counts, total / 2)?;
        if total % 2 == 1 {
            return Some(upper);
        }
        Some(f64::midpoint(self.at(counts, total / 2 - 1)?, upper))
    }

    /// The error at this rank, counted with multiplicity.
    fn at(&self, counts: &[u32], rank: u64) -> Option<f64> {
        let mut seen = 0;
        self.0.iter().find_map(|&(error, row)| {
            seen += u64::from(counts[row as usize]);
            (seen > rank).then_some(error)
        })
    }
}
