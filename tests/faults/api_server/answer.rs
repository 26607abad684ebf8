//! Answers: objects, and the Status that a refusal is.

use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    AlreadyExists,
    Conflict,
    /// The server itself is in trouble.
    Internal,
}

/// What a request is answered with.
pub type Answer = Result<Value, Refusal>;

impl Refusal {
    /// Code of HTTP.
    pub fn code(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::Internal => 500,
        }
    }

    /// The Status.
    pub fn status(self) -> Value {
        let reason = match self {
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
            Self::Internal => "InternalError",
        };
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": reason, "message": reason, "code": self.code(),
        })
    }
}
