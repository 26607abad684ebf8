//! A point of a space.

use std::collections::BTreeMap;
use std::ops::Index;

use serde::Serialize;

use crate::Value;

/// A value for each active parameter, and for no other. Comes from a [`Space`](crate::Space), so it is always canonical:
/// two points are the same configuration exactly when they are equal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Point(BTreeMap<String, Value>);

impl Point {
    pub(crate) fn new(values: BTreeMap<String, Value>) -> Self {
        Self(values)
    }

    /// The value of a parameter; none when it is inactive or unknown.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Number of active parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no parameter is active. No point of a space is empty: its roots are always active.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The point as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.0.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()
    }
}

impl Index<&str> for Point {
    type Output = Value;

    /// The value of an active parameter.
    ///
    /// # Panics
    /// When the parameter is inactive or unknown, as a map does; [`Point::get`] does not.
    fn index(&self, name: &str) -> &Value {
        &self.0[name]
    }
}
