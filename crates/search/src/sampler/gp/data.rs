//! What the model learns from: features and targets of the same length.

/// Trials as numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Data {
    /// Of each trial a feature per dimension: a place in [0, 1], or the index of a category.
    pub(super) features: Vec<Vec<f64>>,
    /// Of each trial its target; lower is better.
    pub(super) targets: Vec<f64>,
    /// Of each dimension whether its features have no order.
    pub(super) is_category: Vec<bool>,
}

impl Data {
    pub(super) fn len(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn dimensions(&self) -> usize {
        self.is_category.len()
    }

    /// The trials with these indices, in this order.
    pub(super) fn only(&self, indices: &[usize]) -> Self {
        Self {
            features: indices.iter().map(|i| self.features[*i].clone()).collect(),
            targets: indices.iter().map(|i| self.targets[*i]).collect(),
            is_category: self.is_category.clone(),
        }
    }

    /// Index of the lowest target; the first of equal ones.
    pub(super) fn best(&self) -> usize {
        (0..self.len()).min_by(|a, b| self.targets[*a].total_cmp(&self.targets[*b])).unwrap_or(0)
    }

    /// Squared distance of two features in one dimension.
    pub(super) fn squared(&self, dimension: usize, a: f64, b: f64) -> f64 {
        if self.is_category[dimension] { f64::from(a != b) } else { (a - b) * (a - b) }
    }
}
