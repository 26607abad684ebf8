//! The best split of a node.

use super::axis::Axis;
use crate::rng::Random;

/// Which features go to the first child.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// Up to a threshold.
    UpTo {
        /// Index of the axis.
        axis: usize,
        /// The highest that goes there.
        threshold: f64,
    },
    /// These categories, the one for inactive included.
    Levels {
        /// Index of the axis.
        axis: usize,
        /// By category.
        first: Vec<bool>,
    },
}

impl Rule {
    /// Whether a place goes to the first child.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the index of a category")]
    pub(super) fn takes(&self, place: &[f64]) -> bool {
        match self {
            Self::UpTo { axis, threshold } => place[*axis] <= *threshold,
            Self::Levels { axis, first } => first[place[*axis] as usize],
        }
    }
}

/// Values on one side.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    sum: f64,
    count: f64,
}

impl Side {
    fn add(&mut self, other: Side) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// What the side takes off the sum of squares.
    fn score(self) -> f64 {
        self.sum * self.sum / self.count
    }

    fn mean(self) -> f64 {
        self.sum / self.count
    }
}

/// Where a split divides the rows of a node.
enum Place {
    /// Between two neighbouring features.
    Between(f64, f64),
    /// Categories to the first child, and to the second.
    Levels([Vec<usize>; 2]),
}

/// The rule that takes most off the squared error, none when nothing is left to explain.
///
/// A threshold lies anywhere between its two neighbours, at random: the mean over a forest then runs straight between them.
pub(super) fn best(
    axes: &[Axis],
    places: &[Vec<f64>],
    values: &[f64],
    rows: &[usize],
    random: &mut Random,
) -> Option<Rule> {
    let first = values[*rows.first()?];
    if rows.iter().all(|row| values[*row] == first) {
        return None;
    }
    let mut best: Option<(f64, usize, Place)> = None;
    for (index, axis) in axes.iter().enumerate() {
        let found = match axis.levels() {
            Some(levels) => by_levels(index, levels, places, values, rows),
            None => by_threshold(index, places, values, rows),
        };
        if let Some((score, place)) = found
            && best.as_ref().is_none_or(|best| score > best.0)
        {
            best = Some((score, index, place));
        }
    }
    let (_, axis, place) = best?;
    Some(match place {
        Place::Between(low, high) => {
            Rule::UpTo { axis, threshold: axes[axis].cut(low, high, random.uniform()) }
        }
        Place::Levels(sides) => Rule::Levels { axis, first: marks(&sides, axes[axis].levels()?, random) },
    })
}

/// Marks the categories of the first side; one that no row has goes to a side at random.
fn marks(sides: &[Vec<usize>; 2], levels: usize, random: &mut Random) -> Vec<bool> {
    let mut marks: Vec<bool> = (0..levels).map(|_| random.below(2) == 0).collect();
    sides[0].iter().for_each(|level| marks[*level] = true);
    sides[1].iter().for_each(|level| marks[*level] = false);
    marks
}

fn by_threshold(axis: usize, places: &[Vec<f64>], values: &[f64], rows: &[usize]) -> Option<(f64, Place)> {
    let mut sorted: Vec<(f64, f64)> = rows.iter().map(|row| (places[*row][axis], values[*row])).collect();
    sorted.sort_by(|first, second| first.0.total_cmp(&second.0));
    let sides: Vec<Side> = sorted.iter().map(|(_, value)| Side { sum: *value, count: 1.0 }).collect();
    let (score, after) = scan(&sides, |index| sorted[index - 1].0 < sorted[index].0)?;
    Some((score, Place::Between(sorted[after - 1].0, sorted[after].0)))
}

/// Categories in the order of their means: the best division of them is one along that order (Breiman et al. 1984).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the index of a category")]
fn by_levels(
    axis: usize,
    levels: usize,
    places: &[Vec<f64>],
    values: &[f64],
    rows: &[usize],
) -> Option<(f64, Place)> {
    let mut sums = vec![Side::default(); levels];
    for row in rows {
        sums[places[*row][axis] as usize].add(Side { sum: values[*row], count: 1.0 });
    }
    let mut order: Vec<usize> = (0..levels).filter(|level| sums[*level].count > 0.0).collect();
    order.sort_by(|first, second| sums[*first].mean().total_cmp(&sums[*second].mean()));
    let sides: Vec<Side> = order.iter().map(|level| sums[*level]).collect();
    let (score, after) = scan(&sides, |_| true)?;
    let second = order.split_off(after);
    Some((score, Place::Levels([order, second])))
}

/// The best score and the number of sides before the cut; `is_cut(k)` tells whether a cut before side k is one.
fn scan(sides: &[Side], is_cut: impl Fn(usize) -> bool) -> Option<(f64, usize)> {
    let mut right = Side::default();
    sides.iter().for_each(|side| right.add(*side));
    let whole = right;
    let mut left = Side::default();
    let mut best: Option<(f64, usize)> = None;
    for (index, side) in sides.iter().enumerate() {
        if index > 0 && is_cut(index) {
            right = Side { sum: whole.sum - left.sum, count: whole.count - left.count };
            let score = left.score() + right.score();
            if best.is_none_or(|best| score > best.0) {
                best = Some((score, index));
            }
        }
        left.add(*side);
    }
    best
}
