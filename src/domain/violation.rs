//! What is wrong with a spec: which field, what it says, what it may say.

use std::fmt;

/// One thing that is wrong with a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, for example `spec.candidates[forest].parameters`.
    pub field: String,
    /// One sentence with the value and what is allowed.
    pub message: String,
}

impl Violation {
    /// A violation of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// All violations as one sentence for a condition, at most about 1,000 characters.
pub fn summary(violations: &[Violation]) -> String {
    const MOST: usize = 5;
    let mut text = violations.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if violations.len() > MOST {
        text.push_str(&format!("; and {} more", violations.len() - MOST));
    }
    text
}
