//! One value of one parameter.

use std::fmt;

use serde::{Serialize, Serializer};

/// A value as the user's program gets it. Serialised as the plain number, string or bool.
///
/// There is no `Deserialize`: whether `1` is a double, an int or a category only the space knows, see
/// [`Space::read`](crate::Space::read).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a double parameter, within its bounds.
    Double(f64),
    /// Of an int parameter, within its bounds.
    Int(i64),
    /// Of a categorical parameter: a scalar as it is written in the space, type kept.
    Category(serde_json::Value),
}

impl Value {
    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Double(number) => (*number).into(),
            Self::Int(number) => (*number).into(),
            Self::Category(value) => value.clone(),
        }
    }

    /// The number, when the value is one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ints of a space are exact in a double")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Double(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            Self::Category(value) => value.as_f64(),
        }
    }

    /// The text of a category that is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Category(value) => value.as_str(),
            Self::Double(_) | Self::Int(_) => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Double(number) => write!(formatter, "{number}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Category(serde_json::Value::String(text)) => formatter.write_str(text),
            Self::Category(value) => write!(formatter, "{value}"),
        }
    }
}
