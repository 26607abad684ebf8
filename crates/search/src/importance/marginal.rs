//! The forest with all parameters but one averaged out, exactly.

use super::axis::{ABSENT, Axis, Span};
use super::forest::Forest;
use super::split::Rule;
use super::tree::{Node, Tree};

/// The variance that each parameter causes alone, times the chance that it is active. `order` has parents before children.
pub(super) fn variances(axes: &[Axis], order: &[usize], forest: &Forest) -> Vec<f64> {
    let whole = Boxed::whole(axes);
    let active = Weights::of(axes, order, &whole).around;
    let mut marginals: Vec<Marginal> = axes.iter().map(Marginal::new).collect();
    for tree in &forest.trees {
        walk(tree, 0, &mut whole.clone(), &mut |leaf, value| {
            let weights = Weights::of(axes, order, leaf);
            for (index, marginal) in marginals.iter_mut().enumerate() {
                let height = value * weights.around[index] / active[index] / forest.trees.len() as f64;
                marginal.add(axes, index, leaf, &weights, height);
            }
        });
    }
    marginals.into_iter().zip(active).map(|(marginal, active)| active * marginal.variance()).collect()
}

/// The features that reach a node: per axis an interval (above, up to), or the categories.
#[derive(Debug, Clone, PartialEq)]
struct Boxed {
    intervals: Vec<(f64, f64)>,
    levels: Vec<Vec<bool>>,
}

impl Boxed {
    fn whole(axes: &[Axis]) -> Self {
        Self {
            intervals: vec![(2.0 * ABSENT, 1.0); axes.len()],
            levels: axes.iter().map(|axis| vec![true; axis.levels().unwrap_or(0)]).collect(),
        }
    }

    fn admits_absent(&self, axis: usize) -> bool {
        self.levels[axis].last().copied().unwrap_or(self.intervals[axis].0 < ABSENT)
    }

    /// The part of a span that is inside, none when it is empty.
    fn part(&self, axis: usize, span: Span) -> Option<(f64, f64)> {
        match span {
            Span::Level(level) => self.levels[axis][level].then_some((0.0, 1.0)),
            Span::Places(low, high) => {
                let (above, to) = self.intervals[axis];
                Some((low.max(above), high.min(to))).filter(|(low, high)| low < high)
            }
        }
    }

    /// The chance of the part of a piece that is inside.
    fn mass(&self, axis: usize, span: Span, mass: f64) -> f64 {
        match (self.part(axis, span), span) {
            (None, _) => 0.0,
            (Some(_), Span::Level(_)) => mass,
            (Some((low, high)), Span::Places(..)) => high - low,
        }
    }
}

/// Chances of a box when points are drawn from the space, parents first.
struct Weights {
    /// By axis: that it and all below it are inside, while it is active.
    below: Vec<f64>,
    /// By axis: 1 when it and all below it are inside while it is inactive, else 0.
    asleep: Vec<f64>,
    /// By axis: that it is active and all that is not below it is inside.
    around: Vec<f64>,
}

impl Weights {
    fn of(axes: &[Axis], order: &[usize], inside: &Boxed) -> Self {
        let zeros = vec![0.0; axes.len()];
        let mut weights = Self { below: zeros.clone(), asleep: zeros.clone(), around: zeros };
        for &index in order.iter().rev() {
            let admits = f64::from(inside.admits_absent(index));
            weights.asleep[index] = admits * weights.children(&axes[index].children, &[], None);
            let piece = |piece: &super::axis::Piece| {
                inside.mass(index, piece.span, piece.mass)
                    * weights.children(&axes[index].children, &piece.wakes, None)
            };
            weights.below[index] = axes[index].pieces.iter().map(piece).sum();
        }
        let roots: Vec<usize> = order.iter().copied().filter(|index| axes[*index].parent.is_none()).collect();
        for &index in order {
            weights.around[index] = match axes[index].parent {
                None => {
                    roots.iter().filter(|root| **root != index).map(|root| weights.below[*root]).product()
                }
                Some(parent) => weights.around[parent] * weights.awake(axes, parent, index, inside),
            };
        }
        weights
    }

    /// The chance that the parent has a value that wakes the child, and all else below the parent is inside.
    fn awake(&self, axes: &[Axis], parent: usize, child: usize, inside: &Boxed) -> f64 {
        let awake = axes[parent].pieces.iter().filter(|piece| piece.wakes.contains(&child));
        awake
            .map(|piece| {
                inside.mass(parent, piece.span, piece.mass)
                    * self.children(&axes[parent].children, &piece.wakes, Some(child))
            })
            .sum()
    }

    /// The chance that these children are inside, all but one.
    fn children(&self, children: &[usize], wakes: &[usize], but: Option<usize>) -> f64 {
        let chance =
            |child: &usize| if wakes.contains(child) { self.below[*child] } else { self.asleep[*child] };
        children.iter().filter(|child| Some(**child) != but).map(chance).product()
    }
}

/// Visits the leaves with their boxes.
fn walk(tree: &Tree, index: usize, inside: &mut Boxed, visit: &mut impl FnMut(&Boxed, f64)) {
    let (rule, children) = match &tree.0[index] {
        Node::Leaf(value) => return visit(inside, *value),
        Node::Split { rule, children } => (rule, children),
    };
    match rule {
        Rule::UpTo { axis, threshold } => {
            let (above, to) = inside.intervals[*axis];
            inside.intervals[*axis] = (above, to.min(*threshold));
            walk(tree, children[0], inside, visit);
            inside.intervals[*axis] = (above.max(*threshold), to);
            walk(tree, children[1], inside, visit);
            inside.intervals[*axis] = (above, to);
        }
        Rule::Levels { axis, first } => {
            let before = inside.levels[*axis].clone();
            for (child, side) in children.iter().zip([true, false]) {
                let levels = before.iter().zip(first).map(|(level, first)| *level && *first == side);
                inside.levels[*axis] = levels.collect();
                walk(tree, *child, inside, visit);
            }
            inside.levels[*axis] = before;
        }
    }
}

/// A function of one parameter, constant between its steps.
enum Marginal {
    /// Where the function steps, and by how much.
    Steps(Vec<(f64, f64)>),
    /// Its values by category.
    Levels(Vec<f64>),
}

impl Marginal {
    fn new(axis: &Axis) -> Self {
        match axis.levels() {
            Some(levels) => Self::Levels(vec![0.0; levels - 1]),
            // Both ends, without a height: a leaf of height 0 there leaves no step of its own.
            None => Self::Steps(vec![(0.0, 0.0), (1.0, 0.0)]),
        }
    }

    /// Adds a leaf of this height over its side along the axis.
    fn add(&mut self, axes: &[Axis], index: usize, leaf: &Boxed, weights: &Weights, height: f64) {
        if height == 0.0 {
            return;
        }
        for piece in &axes[index].pieces {
            let Some((low, high)) = leaf.part(index, piece.span) else { continue };
            let height = height * weights.children(&axes[index].children, &piece.wakes, None);
            match (&mut *self, piece.span) {
                (Self::Levels(levels), Span::Level(level)) => levels[level] += height,
                (Self::Steps(steps), _) => steps.extend([(low, height), (high, -height)]),
                (Self::Levels(_), Span::Places(..)) => {}
            }
        }
    }

    fn variance(self) -> f64 {
        let parts = match self {
            Self::Levels(levels) => levels.iter().map(|level| (1.0 / levels.len() as f64, *level)).collect(),
            Self::Steps(steps) => parts(steps),
        };
        let mean: f64 = parts.iter().map(|(mass, height)| mass * height).sum();
        parts.iter().map(|(mass, height)| mass * (height - mean).powi(2)).sum()
    }
}

/// Widths and heights between the steps.
fn parts(mut steps: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    steps.sort_by(|first, second| first.0.total_cmp(&second.0));
    let mut height = 0.0;
    let between = |pair: &[(f64, f64)]| {
        height += pair[0].1;
        (pair[1].0 - pair[0].0, height)
    };
    steps.windows(2).map(between).collect()
}
