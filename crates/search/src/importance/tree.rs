//! One regression tree.

use super::axis::Axis;
use super::split::{Rule, best};
use crate::rng::Random;

/// A tree as a list of nodes; the first one is the root.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree(pub Vec<Node>);

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Mean of the values that fell here.
    Leaf(f64),
    /// Features that meet the rule go to the first child.
    Split {
        /// Which ones.
        rule: Rule,
        /// Indices of the children.
        children: [usize; 2],
    },
}

impl Tree {
    /// Grows until the values of a leaf are equal. `rows` are indices into places and values, repeats allowed.
    pub(super) fn grow(
        axes: &[Axis],
        places: &[Vec<f64>],
        values: &[f64],
        rows: Vec<usize>,
        random: &mut Random,
    ) -> Self {
        let mut nodes = vec![Node::Leaf(0.0)];
        let mut open = vec![(0, rows)];
        while let Some((index, rows)) = open.pop() {
            let Some(rule) = best(axes, places, values, &rows, random) else {
                let sum: f64 = rows.iter().map(|row| values[*row]).sum();
                nodes[index] = Node::Leaf(sum / rows.len() as f64);
                continue;
            };
            let (first, second) = rows.into_iter().partition(|row| rule.takes(&places[*row]));
            let children = [nodes.len(), nodes.len() + 1];
            nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
            open.extend([(children[0], first), (children[1], second)]);
            nodes[index] = Node::Split { rule, children };
        }
        Self(nodes)
    }

    /// The value of the leaf that a place falls into.
    pub(super) fn predict(&self, place: &[f64]) -> f64 {
        let mut index = 0;
        loop {
            match &self.0[index] {
                Node::Leaf(value) => return *value,
                Node::Split { rule, children } => index = children[usize::from(!rule.takes(place))],
            }
        }
    }
}
