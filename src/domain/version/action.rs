//! What a person asks for by the annotation `podium.dev/action`.

/// A well-formed action; `raw` texts of two actions are equal only when they ask for the same once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The annotation as written: the mark by which it is carried out once.
    pub raw: String,
    /// What is asked for.
    pub verb: Verb,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Promote this version on this evidence.
    Approve {
        /// Version number.
        version: String,
        /// Evidence digest that the person saw.
        evidence: String,
    },
    /// Refuse this version on this evidence.
    Reject {
        /// Version number.
        version: String,
        /// Evidence digest that the person saw.
        evidence: String,
    },
    /// Take this version back.
    Rollback {
        /// Version number.
        version: String,
    },
    /// End the hold of the model.
    ReleaseHold {
        /// Registered model, when it is named.
        model: Option<String>,
    },
}

/// An annotation that asks for nothing known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "action {0:?} is none of approve:<version>:<evidence digest>:<nonce>, reject:<version>:<evidence digest>:<nonce>, rollback:<version>:<nonce>, release-hold:<nonce> or release-hold:<model>:<nonce>; a nonce is 1 to 64 letters, digits, '.', '_' or '-'"
)]
pub struct MalformedAction(pub String);

/// Longest annotation that is read.
const LONGEST: usize = 400;

impl Action {
    /// Reads the annotation.
    ///
    /// # Errors
    /// When it has none of the allowed forms.
    pub fn parse(raw: &str) -> Result<Self, MalformedAction> {
        let malformed = || MalformedAction(raw.chars().take(LONGEST).collect());
        if raw.len() > LONGEST {
            return Err(malformed());
        }
        let parts: Vec<&str> = raw.split(':').collect();
        let (verb, nonce) = match parts.as_slice() {
            ["approve", version, evidence, nonce] if is_version(version) && is_word(evidence) => {
                (Verb::Approve { version: (*version).into(), evidence: (*evidence).into() }, *nonce)
            }
            ["reject", version, evidence, nonce] if is_version(version) && is_word(evidence) => {
                (Verb::Reject { version: (*version).into(), evidence: (*evidence).into() }, *nonce)
            }
            ["rollback", version, nonce] if is_version(version) => {
                (Verb::Rollback { version: (*version).into() }, *nonce)
            }
            ["release-hold", nonce] => (Verb::ReleaseHold { model: None }, *nonce),
            ["release-hold", model, nonce] if !model.is_empty() => {
                (Verb::ReleaseHold { model: Some((*model).into()) }, *nonce)
            }
            _ => return Err(malformed()),
        };
        if is_word(nonce) && nonce.len() <= 64 {
            Ok(Self { raw: raw.to_owned(), verb })
        } else {
            Err(malformed())
        }
    }
}

fn is_version(text: &str) -> bool {
    (1..=18).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}
