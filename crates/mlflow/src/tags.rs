//! Tags and parameters: pairs of text. Always text on the wire: a number there loses the rest of the request.

use serde::{Deserialize, Serialize};

/// A tag of a run, experiment, model or version; it can be overwritten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// At most 250 characters.
    pub key: String,
    /// At most 8000 characters on runs.
    #[serde(default)]
    pub value: String,
}

/// A parameter of a run or LoggedModel; it can't be changed once logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Param {
    /// At most 250 characters.
    pub key: String,
    /// At most 6000 characters on runs.
    #[serde(default)]
    pub value: String,
}

impl Tag {
    /// The tag of this key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

impl Param {
    /// The parameter of this key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// The value under a key.
pub(crate) fn tag_value<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str())
}
