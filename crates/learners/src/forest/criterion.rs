//! What a split is judged by: gini for classes, variance for numbers. Sums are `f64`: `f32` stops counting at 2^24.

/// Sums over rows, and their score: the larger the score of two children, the purer they are.
pub(super) trait Criterion: Sync {
    /// One row of a tree's sample; copied and swapped, so it is small.
    type Row: Copy + Send;

    /// Numbers in a sum.
    fn width(&self) -> usize;

    /// Numbers in a leaf.
    fn outputs(&self) -> usize;

    /// The row of the training set, drawn `count` times.
    fn row(&self, index: u32, count: u32) -> Self::Row;

    /// Which row of the training set it is.
    fn index(row: &Self::Row) -> u32;

    /// Adds a row to a sum.
    fn add(&self, sum: &mut [f64], row: &Self::Row);

    /// Score of a sum: total weight minus impurity, up to a constant of the node.
    fn score(&self, sum: &[f64]) -> f64;

    /// Score of a sum and of what remains of the total.
    fn children(&self, left: &[f64], total: &[f64]) -> f64;

    /// Whether nothing is left to split. `sum` is over `rows`.
    fn is_pure(&self, sum: &[f64], rows: &[Self::Row]) -> bool;

    /// Leaf values of a sum.
    fn leaf<'a>(&'a self, sum: &'a [f64]) -> impl Iterator<Item = f32> + 'a;
}

/// Gini impurity. `CLASSES` is the number of classes, or 0 when it is known only at run time.
pub(super) struct Gini<'a, const CLASSES: usize> {
    pub labels: &'a [u32],
    pub weights: &'a [f64],
    pub classes: usize,
}

/// A row of a classification tree.
#[derive(Clone, Copy)]
pub(super) struct ClassRow {
    index: u32,
    class: u32,
    weight: f64,
}

impl<const CLASSES: usize> Criterion for Gini<'_, CLASSES> {
    type Row = ClassRow;

    #[inline]
    fn width(&self) -> usize {
        // A constant where it is known: the loops below unroll.
        if CLASSES > 0 { CLASSES } else { self.classes }
    }

    fn outputs(&self) -> usize {
        self.classes
    }

    fn row(&self, index: u32, count: u32) -> ClassRow {
        let at = index as usize;
        ClassRow { index, class: self.labels[at], weight: self.weights[at] * f64::from(count) }
    }

    #[inline]
    fn index(row: &ClassRow) -> u32 {
        row.index
    }

    #[inline]
    fn add(&self, sum: &mut [f64], row: &ClassRow) {
        sum[row.class as usize] += row.weight;
    }

    #[inline]
    fn score(&self, sum: &[f64]) -> f64 {
        let (squares, total) = sum.iter().fold((0.0, 0.0), |(s, t), &w| (s + w * w, t + w));
        squares / total
    }

    #[inline]
    fn children(&self, left: &[f64], total: &[f64]) -> f64 {
        let (mut left_squares, mut left_sum, mut right_squares, mut right_sum) = (0.0, 0.0, 0.0, 0.0);
        for (&l, &t) in left[..self.width()].iter().zip(&total[..self.width()]) {
            let r = t - l;
            left_squares += l * l;
            left_sum += l;
            right_squares += r * r;
            right_sum += r;
        }
        // One division for both children.
        (left_squares * right_sum + right_squares * left_sum) / (left_sum * right_sum)
    }

    fn is_pure(&self, sum: &[f64], _: &[ClassRow]) -> bool {
        sum.iter().filter(|&&weight| weight > 0.0).count() < 2
    }

    fn leaf<'a>(&'a self, sum: &'a [f64]) -> impl Iterator<Item = f32> + 'a {
        let total: f64 = sum.iter().sum();
        sum.iter().map(move |weight| (weight / total) as f32)
    }
}

/// Whether a cut is better than the best before it. Scores that differ by rounding alone tie, and the first one stays: or the tree would
/// depend on the order in which its rows were summed up. What is less than that is beyond the precision of a leaf's value.
#[inline]
pub(super) fn is_better(score: f64, best: f64) -> bool {
    const ROUNDING: f64 = 1e-12;
    score > best + best.abs() * ROUNDING
}

/// Variance. Targets count from `mean`: squares of large sums would cancel.
pub(super) struct Variance<'a> {
    pub targets: &'a [f64],
    pub weights: &'a [f64],
    pub mean: f64,
}

/// A row of a regression tree.
#[derive(Clone, Copy)]
pub(super) struct ValueRow {
    index: u32,
    weight: f64,
    target: f64,
}

impl Criterion for Variance<'_> {
    type Row = ValueRow;

    #[inline]
    fn width(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        1
    }

    fn row(&self, index: u32, count: u32) -> ValueRow {
        let at = index as usize;
        let weight = self.weights[at] * f64::from(count);
        ValueRow { index, weight, target: self.targets[at] - self.mean }
    }

    #[inline]
    fn index(row: &ValueRow) -> u32 {
        row.index
    }

    #[inline]
    fn add(&self, sum: &mut [f64], row: &ValueRow) {
        sum[0] += row.weight;
        sum[1] += row.weight * row.target;
    }

    #[inline]
    fn score(&self, sum: &[f64]) -> f64 {
        sum[1] * sum[1] / sum[0]
    }

    #[inline]
    fn children(&self, left: &[f64], total: &[f64]) -> f64 {
        let (lw, ly) = (left[0], left[1]);
        let (rw, ry) = (total[0] - lw, total[1] - ly);
        (ly * ly * rw + ry * ry * lw) / (lw * rw)
    }

    fn is_pure(&self, _: &[f64], rows: &[ValueRow]) -> bool {
        rows.windows(2).all(|pair| pair[0].target == pair[1].target)
    }

    fn leaf<'a>(&'a self, sum: &'a [f64]) -> impl Iterator<Item = f32> + 'a {
        std::iter::once((self.mean + sum[1] / sum[0]) as f32)
    }
}
