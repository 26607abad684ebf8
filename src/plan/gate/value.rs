//! Numbers as they stand in status: decimal strings that the API server takes.

use crate::api::Decimal;

/// Longest decimal that the schema allows.
const LONGEST: usize = 32;

/// A finite number as a decimal string, in exponent form when it would be long; `None` for what has no decimal.
pub fn decimal(value: f64) -> Option<Decimal> {
    value.is_finite().then(|| {
        let plain = format!("{value}");
        Decimal::new(if plain.len() <= LONGEST { plain } else { format!("{value:e}") })
    })
}

/// A number for messages, also one that has no decimal.
pub fn show(value: f64) -> String {
    decimal(value).map_or_else(|| format!("{value}"), |decimal| decimal.to_string())
}
