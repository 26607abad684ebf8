//! One tree as flat arrays: 12 bytes a node, leaf values in an array of their own.

use serde::{Deserialize, Serialize};

/// Marks a leaf in place of a feature index.
const LEAF: u32 = u32::MAX;

/// A binary tree. Node 0 is the root; both children of a node stand side by side, behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "TreeData", try_from = "TreeData")]
pub struct Tree {
    nodes: Vec<Packed>,
    leaves: Vec<f32>,
    outputs: usize,
}

/// A split (feature, threshold, index of the left child) or a leaf (marker, unused, index of its values).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Packed {
    feature: u32,
    threshold: f32,
    child: u32,
}

/// A node as a reader sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node<'a> {
    /// Rows with `x[feature] <= threshold` go left. The threshold is an `f32`, as the features are, so an exported
    /// copy decides exactly the same.
    Split {
        /// Index of the feature column.
        feature: u32,
        /// Largest value that goes left.
        threshold: f32,
        /// Index of the left child.
        left: u32,
        /// Index of the right child.
        right: u32,
    },
    /// The answer: one share for each class, or one value.
    Leaf(&'a [f32]),
}

impl Tree {
    /// An unfinished tree: a root to be set with [`Tree::set_leaf`] or [`Tree::split`].
    pub(super) fn root(outputs: usize) -> Self {
        Self { nodes: vec![Packed { feature: LEAF, threshold: 0.0, child: 0 }], leaves: Vec::new(), outputs }
    }

    /// Number of nodes, leaves included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: a tree has a root.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at an index below [`Tree::len`]; panics beyond, as slices do.
    #[must_use]
    pub fn node(&self, index: usize) -> Node<'_> {
        let Packed { feature, threshold, child } = self.nodes[index];
        if feature == LEAF {
            let from = child as usize * self.outputs;
            Node::Leaf(&self.leaves[from..from + self.outputs])
        } else {
            Node::Split { feature, threshold, left: child, right: child + 1 }
        }
    }

    /// All nodes in order of their index.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|index| self.node(index))
    }

    /// Values of the leaf that a row (one value for each feature column) falls into.
    #[must_use]
    pub fn leaf(&self, row: &[f32]) -> &[f32] {
        let mut node = self.nodes[0];
        while node.feature != LEAF {
            let right = u32::from(row[node.feature as usize] > node.threshold);
            node = self.nodes[(node.child + right) as usize];
        }
        let from = node.child as usize * self.outputs;
        &self.leaves[from..from + self.outputs]
    }

    /// Turns a node into a leaf.
    pub(super) fn set_leaf(&mut self, index: u32, values: impl Iterator<Item = f32>) {
        let child = (self.leaves.len() / self.outputs) as u32;
        self.leaves.extend(values);
        self.nodes[index as usize] = Packed { feature: LEAF, threshold: 0.0, child };
    }

    /// Turns a node into a split and returns the index of its left child; the right one follows it.
    pub(super) fn split(&mut self, index: u32, feature: u32, threshold: f32) -> u32 {
        let child = self.nodes.len() as u32;
        let empty = Packed { feature: LEAF, threshold: 0.0, child: 0 };
        self.nodes.extend([empty, empty]);
        self.nodes[index as usize] = Packed { feature, threshold, child };
        child
    }

    /// Whether it reads only known columns and its leaves have this size.
    pub(super) fn fits(&self, columns: usize, outputs: usize) -> bool {
        let known = |node: &Packed| node.feature == LEAF || (node.feature as usize) < columns;
        self.outputs == outputs && self.nodes.iter().all(known)
    }
}

/// The stored form: one array for each field, which also compresses better.
#[derive(Serialize, Deserialize)]
struct TreeData {
    /// Feature of a split, `u32::MAX` for a leaf.
    features: Vec<u32>,
    /// Threshold of a split, 0 for a leaf.
    thresholds: Vec<f32>,
    /// Left child of a split, number of a leaf.
    children: Vec<u32>,
    /// Leaf values, `outputs` for each leaf.
    leaves: Vec<f32>,
    outputs: usize,
}

impl From<Tree> for TreeData {
    fn from(tree: Tree) -> Self {
        Self {
            features: tree.nodes.iter().map(|node| node.feature).collect(),
            thresholds: tree.nodes.iter().map(|node| node.threshold).collect(),
            children: tree.nodes.iter().map(|node| node.child).collect(),
            leaves: tree.leaves,
            outputs: tree.outputs,
        }
    }
}

impl TryFrom<TreeData> for Tree {
    type Error = &'static str;

    fn try_from(data: TreeData) -> Result<Self, Self::Error> {
        let count = data.features.len();
        if count == 0 || data.thresholds.len() != count || data.children.len() != count {
            return Err("tree: node arrays are empty or of different lengths");
        }
        if data.outputs == 0 || !data.leaves.len().is_multiple_of(data.outputs) {
            return Err("tree: the leaf values are no multiple of the outputs");
        }
        let nodes: Vec<Packed> = (data.features.iter().zip(&data.thresholds).zip(&data.children))
            .map(|((&feature, &threshold), &child)| Packed { feature, threshold, child })
            .collect();
        let leaves = data.leaves.len() / data.outputs;
        // Children behind their parent: a walk always ends.
        let sound = |(index, node): (usize, &Packed)| match node.feature {
            LEAF => (node.child as usize) < leaves,
            _ => {
                node.threshold.is_finite() && node.child as usize > index && (node.child as usize) + 1 < count
            }
        };
        if !nodes.iter().enumerate().all(sound) {
            return Err("tree: a node points outside the tree, or back");
        }
        Ok(Self { nodes, leaves: data.leaves, outputs: data.outputs })
    }
}
