//! Points to compare: most of them anywhere, some around the best one.

use crate::rng::Random;
use crate::space::{Dimension, Row, Space};

/// Of every so many candidates one is near the best point.
const NEAR: usize = 4;
/// Standard deviation of a step from the best point, in parts of a range.
const STEP: f64 = 0.1;
/// How often a category of the best point is kept.
const KEPT: f64 = 0.8;

/// `count` snapped rows, drawn.
pub(super) fn candidates(space: &Space, best: &Row, count: usize, random: &mut Random) -> Vec<Row> {
    (0..count).map(|i| if i % NEAR == 0 { near(space, best, random) } else { space.draw(random) }).collect()
}

fn near(space: &Space, best: &Row, random: &mut Random) -> Row {
    let mut row: Row = best
        .iter()
        .zip(space.dimensions())
        .map(|(value, dimension)| value.map(|value| step(value, dimension, random)))
        .collect();
    space.settle(&mut row, |index| space.dimensions()[index].at_unit(random.uniform()));
    row
}

fn step(value: f64, dimension: &Dimension, random: &mut Random) -> f64 {
    match dimension {
        Dimension::Categories { .. } if random.uniform() < KEPT => value,
        Dimension::Categories { .. } => dimension.at_unit(random.uniform()),
        Dimension::Real { .. } | Dimension::Cells { .. } => {
            dimension.at_unit((dimension.to_unit(value) + STEP * random.normal()).clamp(0.0, 1.0))
        }
    }
}
