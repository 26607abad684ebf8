//! Validation rows while a forest grows: sums over the trees so far, so that each tree predicts them once.

use super::predict::add_trees;
use super::{Tree, prediction};
use crate::{Context, Validation};

pub(super) struct Watched<'a> {
    validation: Validation<'a>,
    context: &'a Context<'a>,
    /// None for regression.
    classes: Option<usize>,
    sums: Vec<f64>,
    trees: usize,
}

impl<'a> Watched<'a> {
    pub(super) fn new(validation: Validation<'a>, context: &'a Context<'a>, classes: Option<usize>) -> Self {
        let sums = vec![0.0; validation.features.rows() * classes.unwrap_or(1)];
        Self { validation, context, classes, sums, trees: 0 }
    }

    /// Shows how the forest predicts with these trees more.
    pub(super) fn add(&mut self, trees: &[Tree]) {
        let Self { validation, context, classes, sums, .. } = self;
        add_trees(trees, classes.unwrap_or(1), validation.features, context.pool, sums);
        self.trees += trees.len();
        let count = self.trees as f64;
        let means = self.sums.iter().map(|sum| sum / count).collect();
        (self.validation.seen)(prediction(self.classes, means));
    }
}
