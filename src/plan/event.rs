//! Events as data.

/// A Kubernetes Event about the reconciled object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Normal or Warning.
    pub kind: EventKind,
    /// CamelCase, from `api::conditions::reasons` or a gate reason.
    pub reason: String,
    /// One sentence; what is longer than 1,024 bytes is cut when it is published.
    pub note: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// As it should be.
    Normal,
    /// Somebody may have to act.
    Warning,
}

impl Event {
    /// Something went as it should.
    pub fn normal(reason: &str, note: impl Into<String>) -> Self {
        Self { kind: EventKind::Normal, reason: reason.to_owned(), note: note.into() }
    }

    /// Something that somebody may have to act on.
    pub fn warning(reason: &str, note: impl Into<String>) -> Self {
        Self { kind: EventKind::Warning, reason: reason.to_owned(), note: note.into() }
    }
}
