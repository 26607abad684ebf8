//! The inside of a parameter: the one number that methods work on.

use serde_json::Value as Json;

use super::parameter::{Domain, Scale};
use crate::Value;

/// How a parameter looks to the methods. Its *internal value* is the number, or its ln on a log scale; the number of the
/// step when it has steps; the index of a category.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dimension {
    /// Any internal value from `low` to `high`.
    Real { low: f64, high: f64 },
    /// Whole numbers `first ..= last`, each with a cell of half a unit to both sides: without it the ends would have half
    /// the mass. `low` and `high` are the outer ends of the cells, all in ln when `log`.
    Cells { first: f64, last: f64, low: f64, high: f64, log: bool },
    /// Indices `0 .. count` without an order.
    Categories { count: usize },
}

impl Dimension {
    #[expect(clippy::cast_precision_loss, reason = "ints are within 2^51")]
    pub(super) fn of(domain: &Domain) -> Self {
        match domain {
            Domain::Double { min, max, step: Some(step), .. } => {
                Self::cells(0.0, steps(*min, *max, *step), false)
            }
            Domain::Double { min, max, scale: Scale::Linear, .. } => Self::Real { low: *min, high: *max },
            Domain::Double { min, max, scale: Scale::Log, .. } => {
                Self::Real { low: min.ln(), high: max.ln() }
            }
            Domain::Int { min, max, step: Some(step), .. } => {
                Self::cells(0.0, ((max - min) / step) as f64, false)
            }
            Domain::Int { min, max, scale, .. } => {
                Self::cells(*min as f64, *max as f64, *scale == Scale::Log)
            }
            Domain::Categorical { values } => Self::Categories { count: values.len() },
        }
    }

    fn cells(first: f64, last: f64, log: bool) -> Self {
        let end = |bound: f64| if log { bound.ln() } else { bound };
        Self::Cells { first, last, low: end(first - 0.5), high: end(last + 0.5), log }
    }

    /// Number of values, none when there is no end of them.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and below 2^52")]
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Self::Real { .. } => None,
            Self::Cells { first, last, .. } => Some((last - first) as u64 + 1),
            Self::Categories { count } => Some(*count as u64),
        }
    }

    /// Whether the values have an order.
    pub(crate) fn is_numeric(&self) -> bool {
        !matches!(self, Self::Categories { .. })
    }

    /// The lowest and highest internal value, cells included; 0 and the last index for categories.
    #[expect(clippy::cast_precision_loss, reason = "a list of categories is short")]
    pub(crate) fn bounds(&self) -> (f64, f64) {
        match self {
            Self::Real { low, high } | Self::Cells { low, high, .. } => (*low, *high),
            Self::Categories { count } => (0.0, (*count - 1) as f64),
        }
    }

    /// The nearest internal value that a point can have.
    pub(crate) fn snap(&self, internal: f64) -> f64 {
        match self {
            Self::Real { low, high } => internal.clamp(*low, *high),
            Self::Cells { log, .. } => {
                let whole = self.whole(internal);
                if *log { whole.ln() } else { whole }
            }
            Self::Categories { count } => {
                internal.round().clamp(0.0, Self::Categories { count: *count }.bounds().1)
            }
        }
    }

    /// The whole number of the cell that an internal value lies in.
    pub(crate) fn whole(&self, internal: f64) -> f64 {
        match self {
            Self::Cells { first, last, log, .. } => {
                let number = if *log { internal.exp() } else { internal };
                // + 0.0 turns -0 into 0, so that equal values have equal bits.
                number.round().clamp(*first, *last) + 0.0
            }
            Self::Real { .. } | Self::Categories { .. } => internal,
        }
    }

    /// The internal value of the value with this index, counted from the lowest; of real numbers the lowest.
    #[expect(clippy::cast_precision_loss, reason = "indices are below 2^52")]
    pub(crate) fn at(&self, index: u64) -> f64 {
        match self {
            Self::Real { low, .. } => *low,
            Self::Cells { first, log, .. } => {
                let whole = first + index as f64;
                if *log { whole.ln() } else { whole }
            }
            Self::Categories { .. } => index as f64,
        }
    }

    /// The ends of the cell around an internal value; the value itself where there are no cells.
    pub(crate) fn cell(&self, internal: f64) -> (f64, f64) {
        match self {
            Self::Cells { log, .. } => {
                let whole = self.whole(internal);
                let end = |bound: f64| if *log { bound.ln() } else { bound };
                (end(whole - 0.5), end(whole + 0.5))
            }
            Self::Real { .. } | Self::Categories { .. } => (internal, internal),
        }
    }

    /// The place of an internal value between the bounds, in [0, 1]; of a category its index.
    pub(crate) fn to_unit(&self, internal: f64) -> f64 {
        match self {
            Self::Real { low, high } | Self::Cells { low, high, .. } => (internal - low) / (high - low),
            Self::Categories { .. } => internal,
        }
    }

    /// The internal value, snapped, at a place in [0, 1]. Categories get equal shares, so uniform places give uniform
    /// values of every kind.
    #[expect(clippy::cast_precision_loss, reason = "a list of categories is short")]
    pub(crate) fn at_unit(&self, place: f64) -> f64 {
        match self {
            Self::Real { low, high } | Self::Cells { low, high, .. } => self.snap(low + place * (high - low)),
            Self::Categories { count } => self.snap((place * *count as f64).floor()),
        }
    }

    /// The feature of an inactive parameter: the middle, or a category of its own.
    #[expect(clippy::cast_precision_loss, reason = "a list of categories is short")]
    pub(crate) fn absent(&self) -> f64 {
        match self {
            Self::Real { .. } | Self::Cells { .. } => 0.5,
            Self::Categories { count } => *count as f64,
        }
    }
}

/// Index of the last step. The tolerance takes 0.3 as three steps of 0.1.
fn steps(min: f64, max: f64, step: f64) -> f64 {
    ((max - min) / step + 1e-9).floor()
}

/// The value of an internal value that is snapped.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within 2^51")]
pub(super) fn to_value(domain: &Domain, dimension: &Dimension, internal: f64) -> Value {
    match domain {
        Domain::Double { min, step: Some(step), .. } => {
            let digits = digits(*step).max(digits(*min));
            let number = min + dimension.whole(internal) * step;
            // Printing and parsing gives the shortest number with these digits: 0.3, not 0.30000000000000004.
            Value::Double(format!("{number:.digits$}").parse().unwrap_or(number))
        }
        Domain::Double { min, max, scale: Scale::Log, .. } => Value::Double(internal.exp().clamp(*min, *max)),
        Domain::Double { min, max, .. } => Value::Double(internal.clamp(*min, *max) + 0.0),
        Domain::Int { min, step: Some(step), .. } => {
            Value::Int(min + dimension.whole(internal) as i64 * step)
        }
        Domain::Int { .. } => Value::Int(dimension.whole(internal) as i64),
        Domain::Categorical { values } => {
            Value::Category(values.get(internal as usize).cloned().unwrap_or(Json::Null))
        }
    }
}

/// The internal value of a value as written, none when the domain doesn't have it.
#[expect(clippy::cast_precision_loss, reason = "checked to be within 2^51")]
pub(super) fn to_internal(domain: &Domain, dimension: &Dimension, value: &Json) -> Option<f64> {
    match domain {
        Domain::Double { min, step: Some(step), .. } => {
            let place = (value.as_f64()? - min) / step;
            let near = (place - place.round()).abs() <= 1e-6;
            (near && place.round() == dimension.whole(place)).then(|| dimension.snap(place))
        }
        Domain::Double { min, max, scale, .. } => {
            let number = value.as_f64().filter(|number| (*min..=*max).contains(number))? + 0.0;
            Some(if *scale == Scale::Log { number.ln() } else { number })
        }
        Domain::Int { min, max, step, .. } => {
            let number = whole(value).filter(|number| (*min..=*max).contains(number))?;
            match step {
                Some(step) => ((number - min) % step == 0).then(|| ((number - min) / step) as f64),
                None => Some(dimension.at((number - min).unsigned_abs())),
            }
        }
        Domain::Categorical { values } => {
            values.iter().position(|known| is_same(known, value)).map(|index| index as f64)
        }
    }
}

/// A whole number, also when it is written as `3.0`.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^52")]
fn whole(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 4e15).then_some(number as i64)
    })
}

/// Whether two categories are one: numbers by value, as `1` and `1.0` come back from other programs.
pub(super) fn is_same(first: &Json, second: &Json) -> bool {
    match (first, second) {
        (Json::Number(first), Json::Number(second)) => first == second || first.as_f64() == second.as_f64(),
        _ => first == second,
    }
}

/// Digits after the point as a person would write the number.
fn digits(number: f64) -> usize {
    format!("{number}").split_once('.').map_or(0, |(_, digits)| digits.len())
}
