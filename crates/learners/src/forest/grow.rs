//! Grows one tree: an explicit stack of nodes, one array of rows that is divided in place.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::bins::Binned;
use super::criterion::{Criterion, is_better};
use super::split::{Cut, Feature, NodeRows, Offer, Search};
use super::tree::Tree;
use crate::{Context, FitError, Matrix};

/// Rows looked at between two questions whether to stop: well under 100 ms.
const INTERRUPT_EVERY: usize = 2_000_000;

/// Limits of all trees, resolved for the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub max_depth: u32,
    pub max_features: usize,
    pub min_samples_leaf: usize,
    pub min_samples_split: usize,
    pub bootstrap: bool,
}

/// What all trees share.
pub(super) struct Growth<'a, C> {
    pub criterion: C,
    pub values: &'a Matrix,
    pub binned: &'a Binned,
    /// Columns that vary.
    pub features: &'a [u32],
    /// Rows of positive weight.
    pub used: &'a [u32],
    pub limits: Limits,
    pub context: &'a Context<'a>,
}

/// A tree, and the impurity that each feature took away in it.
pub(super) struct Grown {
    pub tree: Tree,
    pub decrease: Vec<f64>,
}

/// How often each used row is in the sample of a tree.
pub(super) fn draw(rng: &mut ChaCha8Rng, used: usize, bootstrap: bool) -> Vec<u32> {
    if !bootstrap {
        return vec![1; used];
    }
    let mut counts = vec![0; used];
    for _ in 0..used {
        counts[below(rng, used)] += 1;
    }
    counts
}

/// The generator of a tree: a stream of its own, so trees can grow in any order.
pub(super) fn generator(seed: u64, tree: u32) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(tree));
    rng
}

/// A number in `0..limit` (at most 2^32); the bias is below 2^-32 * limit.
fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    ((u64::from(rng.next_u32()) * limit as u64) >> 32) as usize
}

/// A node that waits for its split: rows `from..to`.
struct Pending {
    node: u32,
    from: usize,
    to: usize,
    depth: u32,
}

/// The work on one tree.
struct Grower<'a, C: Criterion> {
    shared: &'a Growth<'a, C>,
    rng: ChaCha8Rng,
    rows: Vec<C::Row>,
    /// The features in the order of the last draw.
    order: Vec<u32>,
    search: Search,
    grown: Grown,
    /// Rows looked at since the last question whether to stop.
    work: usize,
}

impl<C: Criterion> Growth<'_, C> {
    fn feature(&self, index: u32) -> Feature<'_> {
        Feature {
            values: self.values.column(index as usize),
            bins: self.binned.column(index),
            cuts: self.binned.cuts(index),
        }
    }

    /// Grows tree number `index`.
    pub(super) fn grow(&self, index: u32) -> Result<Grown, FitError> {
        let columns = self.values.columns();
        let mut rng = generator(self.context.seed, index);
        let counts = draw(&mut rng, self.used.len(), self.limits.bootstrap);
        let rows = self.used.iter().zip(&counts).filter(|&(_, &count)| count > 0);
        let mut grower = Grower {
            shared: self,
            rng,
            rows: rows.map(|(&row, &count)| self.criterion.row(row, count)).collect(),
            order: self.features.to_vec(),
            search: Search::default(),
            grown: Grown { tree: Tree::root(self.criterion.outputs()), decrease: vec![0.0; columns] },
            work: 0,
        };
        grower.run()?;
        Ok(grower.grown)
    }
}

impl<C: Criterion> Grower<'_, C> {
    fn run(&mut self) -> Result<(), FitError> {
        let mut stack = vec![Pending { node: 0, from: 0, to: self.rows.len(), depth: 0 }];
        let mut total = vec![0.0; self.shared.criterion.width()];
        while let Some(pending) = stack.pop() {
            self.check_interrupt(pending.to - pending.from)?;
            total.fill(0.0);
            for row in &self.rows[pending.from..pending.to] {
                self.shared.criterion.add(&mut total, row);
            }
            match self.find(&pending, &total) {
                Some((feature, cut)) => self.divide(&pending, &total, feature, cut, &mut stack),
                None => self.grown.tree.set_leaf(pending.node, self.shared.criterion.leaf(&total)),
            }
        }
        Ok(())
    }

    fn check_interrupt(&mut self, rows: usize) -> Result<(), FitError> {
        self.work += rows * self.shared.limits.max_features;
        if self.work < INTERRUPT_EVERY {
            return Ok(());
        }
        self.work = 0;
        self.shared.context.check_interrupt()
    }

    /// The best cut of `max_features` features drawn without replacement. Features constant in the node don't count,
    /// so a node is given up only when all are.
    fn find(&mut self, pending: &Pending, total: &[f64]) -> Option<(u32, Cut)> {
        let Growth { criterion, limits, .. } = self.shared;
        let rows = &self.rows[pending.from..pending.to];
        let too_small = rows.len() < limits.min_samples_split || rows.len() / 2 < limits.min_samples_leaf;
        if too_small || pending.depth >= limits.max_depth || criterion.is_pure(total, rows) {
            return None;
        }
        let node = NodeRows { rows, total, min_samples_leaf: limits.min_samples_leaf };
        let mut best: Option<(u32, Cut)> = None;
        let (mut left, mut varying) = (self.order.len(), 0);
        while left > 0 && varying < limits.max_features {
            let drawn = below(&mut self.rng, left);
            left -= 1;
            self.order.swap(drawn, left);
            let feature = self.order[left];
            match self.search.best(criterion, &node, self.shared.feature(feature)) {
                Offer::Constant => continue,
                Offer::TooSmall => {}
                Offer::Cut(cut) => {
                    if best.is_none_or(|(_, best)| is_better(cut.score, best.score)) {
                        best = Some((feature, cut));
                    }
                }
            }
            varying += 1;
        }
        best
    }

    fn divide(&mut self, pending: &Pending, total: &[f64], feature: u32, cut: Cut, stack: &mut Vec<Pending>) {
        let gain = cut.score - self.shared.criterion.score(total);
        // Rounding can make the gain of a useless split slightly negative.
        self.grown.decrease[feature as usize] += gain.max(0.0);
        let values = self.shared.values.column(feature as usize);
        let goes_left = |row: &C::Row| values[C::index(row) as usize] <= cut.threshold;
        let middle = pending.from + partition(&mut self.rows[pending.from..pending.to], goes_left);
        let left = self.grown.tree.split(pending.node, feature, cut.threshold);
        let depth = pending.depth + 1;
        stack.push(Pending { node: left + 1, from: middle, to: pending.to, depth });
        stack.push(Pending { node: left, from: pending.from, to: middle, depth });
    }
}

/// Moves the rows that go left to the front, by swaps from both ends; returns their number.
fn partition<T>(rows: &mut [T], goes_left: impl Fn(&T) -> bool) -> usize {
    let (mut from, mut to) = (0, rows.len());
    loop {
        while from < to && goes_left(&rows[from]) {
            from += 1;
        }
        while from < to && !goes_left(&rows[to - 1]) {
            to -= 1;
        }
        if from >= to {
            return from;
        }
        to -= 1;
        rows.swap(from, to);
        from += 1;
    }
}
