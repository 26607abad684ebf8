//! Points counted and numbered without storing them: for finite spaces, and for grids.

use super::{Dimension, Row, Space};

/// More points than this are not counted.
const MOST: u128 = 1 << 127;

/// The internal values that one parameter takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Levels {
    /// All values of a parameter that has an end of them.
    All(u64),
    /// These, ascending, each once.
    List(Vec<f64>),
}

impl Levels {
    fn count(&self) -> u64 {
        match self {
            Self::All(count) => *count,
            Self::List(values) => values.len() as u64,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "an index into a list")]
    fn at(&self, index: u64, dimension: &Dimension) -> f64 {
        match self {
            Self::All(_) => dimension.at(index),
            Self::List(values) => values.get(index as usize).copied().unwrap_or_else(|| dimension.at(0)),
        }
    }

    /// Index of an internal value.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and below 2^52")]
    fn find(&self, value: f64, dimension: &Dimension) -> Option<u64> {
        match (self, dimension) {
            (Self::All(_), Dimension::Cells { first, .. }) => Some((dimension.whole(value) - first) as u64),
            (Self::All(_), _) => Some(value as u64),
            (Self::List(values), _) => {
                values.iter().position(|known| *known == value).map(|index| index as u64)
            }
        }
    }
}

/// A parameter with those below it.
#[derive(Debug, Clone)]
struct Branch {
    levels: Levels,
    /// Levels that make children active: index of the level, the children, and the number of points below it. Ascending.
    forks: Vec<(u64, Vec<usize>, u128)>,
    /// Number of points of the parameter with all below.
    total: u128,
}

/// All combinations of levels, inactive children left out, so each point is there once.
#[derive(Debug, Clone)]
pub(crate) struct Lattice {
    branches: Vec<Branch>,
    roots: Vec<usize>,
    dimensions: Vec<Dimension>,
    count: u128,
}

impl Lattice {
    /// Every point of the space. None when there is no end of them, or when they exceed 2^127.
    pub(crate) fn of_all(space: &Space) -> Option<Self> {
        let levels = space.dimensions().iter().map(|dimension| dimension.count().map(Levels::All));
        Self::new(space, levels.collect::<Option<Vec<_>>>()?)
    }

    /// The points of these levels, one entry a parameter. None when they exceed 2^127.
    pub(crate) fn new(space: &Space, levels: Vec<Levels>) -> Option<Self> {
        let dimensions = space.dimensions().to_vec();
        let mut branches: Vec<Branch> =
            levels.into_iter().map(|levels| Branch { levels, forks: Vec::new(), total: 0 }).collect();
        for &index in space.order().iter().rev() {
            let forks = forks(space, index, &branches)?;
            let branch = &mut branches[index];
            let plain = u128::from(branch.levels.count()) - forks.len() as u128;
            branch.total = forks.iter().try_fold(plain, |sum, fork| sum.checked_add(fork.2))?;
            branch.forks = forks;
        }
        let roots: Vec<usize> =
            space.order().iter().copied().filter(|index| space.link(*index).is_none()).collect();
        let count = product(roots.iter().map(|root| branches[*root].total))?;
        Some(Self { branches, roots, dimensions, count })
    }

    /// Number of points.
    pub(crate) fn count(&self) -> u128 {
        self.count
    }

    /// The point of an index below the count: one digit a root, the first root turns fastest.
    pub(crate) fn at(&self, index: u128) -> Row {
        let mut row = vec![None; self.branches.len()];
        self.fill(&self.roots, index, &mut row);
        row
    }

    fn fill(&self, siblings: &[usize], mut index: u128, row: &mut Row) {
        for &sibling in siblings {
            let total = self.branches[sibling].total;
            self.fill_one(sibling, index % total, row);
            index /= total;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "what is left is below the number of levels")]
    fn fill_one(&self, index: usize, mut left: u128, row: &mut Row) {
        let branch = &self.branches[index];
        let mut level = 0;
        for (fork, children, points) in &branch.forks {
            let between = u128::from(fork - level);
            if left < between {
                break;
            }
            left -= between;
            if left < *points {
                row[index] = Some(branch.levels.at(*fork, &self.dimensions[index]));
                return self.fill(children, left, row);
            }
            left -= points;
            level = fork + 1;
        }
        row[index] = Some(branch.levels.at(level + left as u64, &self.dimensions[index]));
    }
}

/// The levels of a parameter at which others become active; those must be counted already.
fn forks(space: &Space, index: usize, branches: &[Branch]) -> Option<Vec<(u64, Vec<usize>, u128)>> {
    let mut forks: std::collections::BTreeMap<u64, Vec<usize>> = std::collections::BTreeMap::new();
    for &child in space.order() {
        let Some(link) = space.link(child).filter(|link| link.parent == index) else { continue };
        for value in &link.values {
            if let Some(level) = branches[index].levels.find(*value, &space.dimensions()[index]) {
                forks.entry(level).or_default().push(child);
            }
        }
    }
    let with_count = |(level, children): (u64, Vec<usize>)| {
        let points = product(children.iter().map(|child| branches[*child].total))?;
        Some((level, children, points))
    };
    forks.into_iter().map(with_count).collect()
}

fn product(mut factors: impl Iterator<Item = u128>) -> Option<u128> {
    factors.try_fold(1_u128, u128::checked_mul).filter(|product| *product <= MOST)
}
