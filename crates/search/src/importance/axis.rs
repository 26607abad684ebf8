//! Parameters as trees see them.

use crate::space::{Dimension, Space};

/// The feature of an inactive number, below all others.
pub(super) const ABSENT: f64 = -1.0;

/// A parameter: its feature is a place in [0, 1], or the index of a category; [`ABSENT`] or one index more while it is inactive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub dimension: Dimension,
    /// Index of the parent, when there is a condition.
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    /// The values in parts, within each of which the same children are active.
    pub pieces: Vec<Piece>,
}

/// Some values of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub span: Span,
    /// Chance of these values while the parameter is active.
    pub mass: f64,
    /// Children that are active.
    pub wakes: Vec<usize>,
}

/// Which values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Span {
    /// Places from here to there.
    Places(f64, f64),
    /// A category.
    Level(usize),
}

impl Axis {
    /// Number of categories with the one for inactive, none for numbers.
    pub(super) fn levels(&self) -> Option<usize> {
        match self.dimension {
            Dimension::Categories { count } => Some(count + 1),
            Dimension::Real { .. } | Dimension::Cells { .. } => None,
        }
    }

    /// A threshold between two features, by a draw in [0, 1). Numbers with cells are cut between cells only, so that a cut
    /// never runs through the middle of a value.
    pub(super) fn cut(&self, low: f64, high: f64, draw: f64) -> f64 {
        if low <= ABSENT {
            return ABSENT / 2.0;
        }
        let place = low + draw * (high - low);
        let Dimension::Cells { .. } = self.dimension else { return place };
        let (start, end) = self.dimension.cell(self.dimension.at_unit(place));
        let start = self.dimension.to_unit(start);
        if start > low { start } else { self.dimension.to_unit(end) }
    }
}

/// The axes of a space, in its order.
pub(super) fn axes(space: &Space) -> Vec<Axis> {
    let children = |parent: usize| -> Vec<usize> {
        let is_child = |index: &usize| space.link(*index).is_some_and(|link| link.parent == parent);
        (0..space.dimensions().len()).filter(is_child).collect()
    };
    let axis = |(index, dimension): (usize, &Dimension)| {
        let children = children(index);
        let pieces = pieces(space, dimension, &children);
        let parent = space.link(index).map(|link| link.parent);
        Axis { dimension: dimension.clone(), parent, children, pieces }
    };
    space.dimensions().iter().enumerate().map(axis).collect()
}

/// The features of a row.
pub(super) fn features(space: &Space, row: &[Option<f64>]) -> Vec<f64> {
    let feature = |(value, dimension): (&Option<f64>, &Dimension)| match (value, dimension) {
        (Some(value), _) => dimension.to_unit(*value),
        (None, Dimension::Categories { .. }) => dimension.absent(),
        (None, Dimension::Real { .. } | Dimension::Cells { .. }) => ABSENT,
    };
    row.iter().zip(space.dimensions()).map(feature).collect()
}

fn pieces(space: &Space, dimension: &Dimension, children: &[usize]) -> Vec<Piece> {
    let wakes = |internal: f64| -> Vec<usize> {
        let is_awake = |child: &usize| space.link(*child).is_some_and(|link| link.values.contains(&internal));
        children.iter().copied().filter(is_awake).collect()
    };
    if let Dimension::Categories { count } = dimension {
        let mass = 1.0 / *count as f64;
        let piece = |level| Piece { span: Span::Level(level), mass, wakes: wakes(level as f64) };
        return (0..*count).map(piece).collect();
    }
    let mut values: Vec<f64> =
        children.iter().filter_map(|child| space.link(*child)).flat_map(|link| link.values.clone()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let (mut pieces, mut end) = (Vec::new(), 0.0);
    for value in values {
        let (low, high) = dimension.cell(value);
        let (low, high) = (dimension.to_unit(low), dimension.to_unit(high));
        pieces.push(places(end, low, Vec::new()));
        pieces.push(places(low, high, wakes(value)));
        end = high;
    }
    pieces.push(places(end, 1.0, Vec::new()));
    pieces.retain(|piece| piece.mass > 0.0);
    pieces
}

fn places(low: f64, high: f64, wakes: Vec<usize>) -> Piece {
    Piece { span: Span::Places(low, high), mass: high - low, wakes }
}
