//! Metric values on the wire: JSON has no NaN and no infinity, MLflow wants them as strings and gives
//! infinity back as the largest finite number.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Value of a metric: any f64. Two NaN are equal here, so that what was logged can be compared with what was
/// read. The largest finite magnitude (1.7976931348623157e308) reads back as infinite: the server stores
/// infinity so.
#[derive(Clone, Copy, Debug)]
pub struct MetricValue(f64);

impl MetricValue {
    /// The value of this number.
    pub fn new(value: f64) -> Self {
        Self(value)
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether it is neither NaN nor infinite.
    pub fn is_finite(self) -> bool {
        self.0.is_finite()
    }

    fn from_wire(value: f64) -> Self {
        if value.abs() == f64::MAX { Self(value * 2.0) } else { Self(value) }
    }
}

impl From<f64> for MetricValue {
    fn from(value: f64) -> Self {
        Self(value)
    }
}

impl PartialEq for MetricValue {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.0.is_nan() && other.0.is_nan())
    }
}

impl Serialize for MetricValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if value.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            value => serializer.serialize_f64(value),
        }
    }
}

impl<'de> Deserialize<'de> for MetricValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Number(f64),
            Text(String),
        }
        match Wire::deserialize(deserializer)? {
            Wire::Number(value) => Ok(Self::from_wire(value)),
            // Rust reads "NaN", "Infinity", "-Infinity" and decimal numbers, as the server writes them.
            Wire::Text(text) => text.parse().map(Self::from_wire).map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: f64) -> String {
        serde_json::to_string(&MetricValue::new(value)).unwrap()
    }

    fn read(text: &str) -> MetricValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_that_json_lacks_are_written_as_strings() {
        assert_eq!(written(f64::NAN), "\"NaN\"");
        assert_eq!(written(f64::INFINITY), "\"Infinity\"");
        assert_eq!(written(f64::NEG_INFINITY), "\"-Infinity\"");
        assert_eq!(written(0.25), "0.25");
    }

    #[test]
    fn a_value_reads_as_number_or_string() {
        assert_eq!(read("\"NaN\""), MetricValue::new(f64::NAN));
        assert_eq!(read("\"1.5\""), MetricValue::new(1.5));
        assert_eq!(read("1"), MetricValue::new(1.0));
        assert!(serde_json::from_str::<MetricValue>("\"high\"").is_err());
        assert!(serde_json::from_str::<MetricValue>("null").is_err());
    }

    #[test]
    fn the_largest_finite_number_reads_back_as_infinite() {
        assert_eq!(read("1.7976931348623157e+308"), MetricValue::new(f64::INFINITY));
        assert_eq!(read("-1.7976931348623157e+308"), MetricValue::new(f64::NEG_INFINITY));
        assert_eq!(read("1.7976931348623155e+308"), MetricValue::new(1.7976931348623155e308));
    }

    proptest::proptest! {
        #[test]
        fn a_finite_value_reads_back_bit_for_bit(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() && value.abs() != f64::MAX {
                proptest::prop_assert_eq!(read(&written(value)).get().to_bits(), bits);
            }
        }
    }
}
