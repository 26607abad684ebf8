//! A decimal number written as a string, as Kubernetes API conventions ask instead of floats.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A decimal number as a string, for example "0.65" or "-1e-3".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Decimal(
    #[schemars(
        length(max = 32),
        regex(pattern = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$")
    )]
    String,
);

impl Decimal {
    /// A decimal from its text, unchecked: `domain` reads it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, when the text is one and it is finite.
    pub fn value(&self) -> Option<f64> {
        self.0.parse::<f64>().ok().filter(|value| value.is_finite())
    }
}

impl From<f64> for Decimal {
    /// The shortest text that reads as the same number. It must be finite: the schema has no text for what is not, and
    /// the API server would refuse the object that holds it.
    fn from(value: f64) -> Self {
        /// Longest text that the schema takes.
        const LONGEST: usize = 32;
        let plain = format!("{value}");
        Self(if plain.len() <= LONGEST { plain } else { format!("{value:e}") })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_any_size_fits_the_schema_and_reads_the_same() {
        for value in [0.0, -0.5, 0.1 + 0.2, 1.234_567_890_123_456_7e-20, f64::MAX, f64::MIN_POSITIVE, -1e300]
        {
            let decimal = Decimal::from(value);
            assert!(decimal.as_str().len() <= 32, "{decimal}");
            assert_eq!(decimal.value(), Some(value));
        }
    }
}
