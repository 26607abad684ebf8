//! The values to compare with one of a discrete dimension.

use crate::space::Dimension;

/// Dimensions with up to so many values are tried value by value.
const FEW: u64 = 16;

/// Whether a gradient says something about a dimension: real numbers, and grids that are too fine to try every value.
pub(super) fn is_fine(dimension: &Dimension) -> bool {
    dimension.is_numeric() && dimension.count().is_none_or(|count| count > FEW)
}

/// Other values of a discrete dimension: all when they are few, else at doubling distances to both sides.
pub(super) fn alternatives(dimension: &Dimension, here: f64) -> Vec<f64> {
    let Some(count) = dimension.count() else {
        return Vec::new();
    };
    if !is_fine(dimension) {
        return (0..count).map(|index| dimension.at(index)).filter(|value| *value != here).collect();
    }
    let index = index_of(dimension, here, count);
    let strides = || (0..63).map(|power| 1_u64 << power).take_while(|stride| *stride < count);
    let below = strides().filter_map(|stride| index.checked_sub(stride));
    let above = strides().map(|stride| index + stride).filter(|above| *above < count);
    below.chain(above).map(|index| dimension.at(index)).collect()
}

/// The place of a value among all of its dimension.
fn index_of(dimension: &Dimension, here: f64, count: u64) -> u64 {
    let distance = dimension.whole(here) - dimension.whole(dimension.at(0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and below 2^52")]
    let index = distance.max(0.0) as u64;
    index.min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Parameter, Space};

    fn values(parameter: Parameter, here: f64) -> Vec<f64> {
        let space = Space::new(vec![parameter]).unwrap();
        let dimension = &space.dimensions()[0];
        let mut values: Vec<f64> =
            alternatives(dimension, here).into_iter().map(|value| dimension.whole(value)).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn few_values_and_all_categories_are_tried_one_by_one() {
        assert_eq!(values(Parameter::int("n", 3, 7), 5.0), [3.0, 4.0, 6.0, 7.0]);
        assert_eq!(values(Parameter::categorical("c", 0..30), 4.0).len(), 29);
    }

    #[test]
    fn of_many_values_those_at_doubling_distances_are_tried_and_none_beyond_the_ends() {
        let expected = [2.0, 6.0, 8.0, 9.0, 11.0, 12.0, 14.0, 18.0, 26.0, 42.0];
        assert_eq!(values(Parameter::int("n", 1, 50), 10.0), expected);
        assert_eq!(values(Parameter::int("n", 1, 50).log(), 10.0_f64.ln()), expected);
    }

    #[test]
    fn a_real_number_has_no_alternatives() {
        assert_eq!(values(Parameter::double("x", 0.0, 1.0), 0.5), Vec::<f64>::new());
    }
}
