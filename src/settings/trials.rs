//! Where workers get their trials.

/// The trial service as a worker is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialService {
    /// Its address as pods reach it, `https://HOST:PORT`.
    pub uri: String,
    /// The certificate authority (PEM) that its certificate comes from: workers trust it and no other.
    pub certificate_authority: String,
}
