//! Identifiers as MLflow gives them: never numbers on the wire, and never mixed up with each other.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as MLflow wrote it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// Id of an experiment (digits, but a JSON number is refused by the server).
    ExperimentId
}
string_id! {
    /// Id of a run: 32 hexadecimal digits.
    RunId
}
string_id! {
    /// Id of a LoggedModel: `m-` and 32 hexadecimal digits.
    ModelId
}

/// Number of a model version, from 1; ordered by number, a string on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumber(u64);

impl VersionNumber {
    /// The version of this number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VersionNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for VersionNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Text(String),
            Number(u64),
        }
        match Wire::deserialize(deserializer)? {
            Wire::Text(text) => text.parse().map_err(de::Error::custom),
            Wire::Number(number) => Ok(Self(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_as_a_string_and_ordered_by_number() {
        let (two, ten) = (VersionNumber::new(2), VersionNumber::new(10));
        assert_eq!(serde_json::to_string(&ten).unwrap(), "\"10\"");
        assert_eq!(serde_json::from_str::<VersionNumber>("\"2\"").unwrap(), two);
        assert_eq!(serde_json::from_str::<VersionNumber>("2").unwrap(), two);
        assert!(two < ten);
        assert!(serde_json::from_str::<VersionNumber>("\"two\"").is_err());
    }

    #[test]
    fn an_id_is_a_json_string_even_when_it_looks_like_a_number() {
        assert_eq!(serde_json::to_string(&ExperimentId::new("1")).unwrap(), "\"1\"");
    }
}
