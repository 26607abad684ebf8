//! What a gate found, before its bounds are written beside it.

use crate::api::Decimal;
use crate::api::model_version_status::GateResult;

/// Result, reason and one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub result: GateResult,
    pub reason: String,
    pub message: String,
    pub value: Option<Decimal>,
    pub compared_to: Option<String>,
}

impl Outcome {
    pub fn new(result: GateResult, reason: &str, message: impl Into<String>) -> Self {
        Self { result, reason: reason.to_owned(), message: message.into(), value: None, compared_to: None }
    }

    pub fn error(reason: &str, message: impl Into<String>) -> Self {
        Self::new(GateResult::Error, reason, message)
    }

    pub fn inconclusive(reason: &str, message: impl Into<String>) -> Self {
        Self::new(GateResult::Inconclusive, reason, message)
    }

    pub fn value(mut self, value: f64) -> Self {
        self.value = super::decimal(value);
        self
    }

    pub fn compared_to(mut self, what: impl Into<String>) -> Self {
        self.compared_to = Some(what.into());
        self
    }
}
