//! Keeps the neighbours of an integer within reach.

use super::tail::{exceeded_by, tail};

/// One coordinate of the distribution over integers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Coordinate {
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

/// Ends of the cell that the mean lies in, none where no other integer follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Moves the mean and widens the deviation until each neighbouring integer has at least its share of `margin` (Hamano, Saito,
/// Nomura, Shirakawa 2022, "CMA-ES with Margin"). Without it the distribution freezes on one integer while the other
/// coordinates still have far to go. A coordinate that has its margin stays as it is.
pub(super) fn with_margin(at: Coordinate, cell: Cell, margin: f64) -> Coordinate {
    match cell {
        Cell { low: None, high: None } => at,
        Cell { low: Some(end), high: None } | Cell { low: None, high: Some(end) } => {
            let reach = at.deviation * exceeded_by(margin);
            Coordinate { mean: at.mean.clamp(end - reach, end + reach), ..at }
        }
        Cell { low: Some(low), high: Some(high) } => between(at, low, high, margin / 2.0),
    }
}

/// Both neighbours get at least `share`; what is missing is taken from the chances above it in proportion.
fn between(at: Coordinate, low: f64, high: f64, share: f64) -> Coordinate {
    let below = tail((at.mean - low) / at.deviation);
    let above = tail((high - at.mean) / at.deviation);
    if below >= share && above >= share {
        return at;
    }
    let middle = 1.0 - below - above;
    let (raised_below, raised_above) = (below.max(share), above.max(share));
    let excess = 1.0 - raised_below - raised_above - middle;
    let part = excess / (raised_below + raised_above + middle - 3.0 * share);
    let down = exceeded_by(raised_below + part * (raised_below - share));
    let up = exceeded_by(raised_above + part * (raised_above - share));
    let deviation = (high - low) / (down + up);
    Coordinate { mean: low + down * deviation, deviation }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chances(at: Coordinate, low: f64, high: f64) -> [f64; 2] {
        [tail((at.mean - low) / at.deviation), tail((high - at.mean) / at.deviation)]
    }

    #[test]
    fn a_frozen_coordinate_gets_half_the_margin_on_both_sides() {
        let frozen = Coordinate { mean: 0.5, deviation: 1e-6 };
        let cell = Cell { low: Some(0.4), high: Some(0.6) };
        let freed = with_margin(frozen, cell, 0.1);
        for chance in chances(freed, 0.4, 0.6) {
            assert!((chance - 0.05).abs() < 1e-9, "{freed:?}");
        }
        assert!((freed.mean - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_lean_to_one_side_is_kept() {
        let leaning = Coordinate { mean: 0.58, deviation: 0.02 };
        let freed = with_margin(leaning, Cell { low: Some(0.4), high: Some(0.6) }, 0.1);
        let [below, above] = chances(freed, 0.4, 0.6);
        assert!((below - 0.05).abs() < 1e-9 && above > 0.1 && above < 0.16, "{below} {above}");
    }

    #[test]
    fn a_coordinate_with_its_margin_stays_as_it_is() {
        let free = Coordinate { mean: 0.5, deviation: 0.2 };
        assert_eq!(with_margin(free, Cell { low: Some(0.4), high: Some(0.6) }, 0.1), free);
        assert_eq!(with_margin(free, Cell { low: None, high: None }, 0.1), free);
    }

    #[test]
    fn at_the_end_of_the_range_only_the_mean_moves() {
        let stuck = Coordinate { mean: 0.05, deviation: 0.01 };
        let freed = with_margin(stuck, Cell { low: None, high: Some(0.1) }, 0.1);
        assert!((tail((0.1 - freed.mean) / freed.deviation) - 0.1).abs() < 1e-9);
        assert_eq!(freed.deviation, 0.01);
        let top =
            with_margin(Coordinate { mean: 0.95, deviation: 0.01 }, Cell { low: Some(0.9), high: None }, 0.1);
        assert!((tail((top.mean - 0.9) / top.deviation) - 0.1).abs() < 1e-9);
    }
}
