//! Axes: where values stand, and which of them are named.

mod ticks;

/// An axis. Categories are numbered from 0; values between two numbers stand between them.
#[derive(Debug, Clone, PartialEq)]
pub enum Axis {
    /// Numbers by their differences.
    Linear {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// Whole numbers by their differences.
    Whole {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// Numbers above 0 by their ratios.
    Log {
        /// The lowest.
        low: f64,
        /// The highest.
        high: f64,
    },
    /// Names side by side.
    Categories(Vec<String>),
}

impl Axis {
    /// The place of a value from 0 to 1; values beyond an end stand at it. None for what has no place at all.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let place = match self {
            Self::Linear { low, high } | Self::Whole { low, high } => between(*low, *high, value),
            Self::Log { low, high } if value > 0.0 => between(low.ln(), high.ln(), value.ln()),
            Self::Log { .. } => f64::NAN,
            Self::Categories(names) => (value + 0.5) / names.len() as f64,
        };
        (value.is_finite() && place.is_finite()).then(|| place.clamp(0.0, 1.0))
    }

    /// Places and names of about `most` values, ascending.
    pub(crate) fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        match self {
            Self::Linear { low, high } => self.named(ticks::linear(*low, *high, most, 0.0)),
            Self::Whole { low, high } => self.named(ticks::linear(*low, *high, most, 1.0)),
            Self::Log { low, high } => self.named(ticks::log(*low, *high, most)),
            Self::Categories(names) => {
                let place = |index: usize| (index as f64 + 0.5) / names.len() as f64;
                names.iter().enumerate().map(|(index, name)| (place(index), name.clone())).collect()
            }
        }
    }

    fn named(&self, ticks: Vec<(f64, String)>) -> Vec<(f64, String)> {
        ticks.into_iter().filter_map(|(value, name)| Some((self.place(value)?, name))).collect()
    }
}

/// Halves, so that the widest range of all does not overflow. The middle when there is no range.
fn between(low: f64, high: f64, value: f64) -> f64 {
    let range = high / 2.0 - low / 2.0;
    if range > 0.0 { (value / 2.0 - low / 2.0) / range } else { 0.5 }
}
