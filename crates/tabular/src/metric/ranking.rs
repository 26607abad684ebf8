//! Metrics of ranking: sorted once, then scored for any number of times that each row counts.

/// Rows by descending score, with equal scores together.
#[derive(Debug, Clone)]
pub(super) struct Ranking {
    /// Row and whether it is positive, by descending score.
    order: Vec<(u32, bool)>,
    /// One past the last position of each run of equal scores.
    ends: Vec<usize>,
}

impl Ranking {
    /// `scores` are finite.
    pub(super) fn new(scores: &[f64], positive: &[bool]) -> Self {
        let mut rows: Vec<u32> = (0..u32::try_from(scores.len()).unwrap_or(u32::MAX)).collect();
        let score = |row: &u32| scores[*row as usize];
        rows.sort_by(|a, b| score(b).total_cmp(&score(a)));
        let mut ends = Vec::new();
        let mut end = 0;
        for run in rows.chunk_by(|a, b| score(a) == score(b)) {
            end += run.len();
            ends.push(end);
        }
        Self { order: rows.into_iter().map(|row| (row, positive[row as usize])).collect(), ends }
    }

    /// Positives and negatives of each run of equal scores, the highest first.
    fn runs<'a>(&'a self, counts: &'a [u32]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let (mut positives, mut negatives) = (0u64, 0u64);
            for &(row, positive) in &self.order[start..end] {
                let count = u64::from(counts[row as usize]);
                if positive { positives += count } else { negatives += count }
            }
            start = end;
            (positives as f64, negatives as f64)
        })
    }

    /// Area under the ROC curve, ties by midranks; `None` with one class only.
    pub(super) fn roc_auc(&self, counts: &[u32]) -> Option<f64> {
        let (mut positives, mut negatives, mut area) = (0.0, 0.0, 0.0);
        for (p, n) in self.runs(counts) {
            area += n * (positives + 0.5 * p);
            positives += p;
            negatives += n;
        }
        let pairs = positives * negatives;
        (pairs > 0.0).then(|| area / pairs)
    }

    /// Sum of precision times the step in recall; `None` without positives.
    pub(super) fn average_precision(&self, counts: &[u32]) -> Option<f64> {
        let (mut positives, mut seen, mut sum) = (0.0, 0.0, 0.0);
        for (p, n) in self.runs(counts) {
            positives += p;
            seen += p + n;
            if p > 0.0 {
                sum += p * positives / seen;
            }
        }
        (positives > 0.0).then(|| sum / positives)
    }

    /// Rows that are positive.
    pub(super) fn support(&self, counts: &[u32]) -> f64 {
        self.runs(counts).map(|(p, _)| p).sum()
    }
}
