//! Numbers that may be NaN or infinite, which JSON can't say as numbers.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 64-bit float as JSON: a number, or one of the texts `NaN`, `Infinity`, `-Infinity`, as MLflow writes them.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Real(pub f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else {
            serializer.serialize_str(if self.0 > 0.0 { "Infinity" } else { "-Infinity" })
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(value) => Ok(Self(value)),
            Either::Text(text) => match text.as_str() {
                "NaN" => Ok(Self(f64::NAN)),
                "Infinity" => Ok(Self(f64::INFINITY)),
                "-Infinity" => Ok(Self(f64::NEG_INFINITY)),
                other => Err(D::Error::invalid_value(Unexpected::Str(other), &"NaN, Infinity or -Infinity")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_has_no_number_for_is_a_text_and_comes_back() {
        for (value, text) in
            [(0.1, "0.1"), (f64::INFINITY, "\"Infinity\""), (f64::NEG_INFINITY, "\"-Infinity\"")]
        {
            assert_eq!(serde_json::to_string(&Real(value)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Real>(text).unwrap(), Real(value));
        }
        assert!(serde_json::from_str::<Real>("\"NaN\"").unwrap().0.is_nan());
        assert!(serde_json::from_str::<Real>("\"1\"").is_err());
    }
}
