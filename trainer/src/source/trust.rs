//! Certificate authorities beside the system's, for whatever is read or written over TLS.

use reqwest::ClientBuilder;

/// The authorities of a document; none adds nothing to the system's.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    pem: Option<String>,
}

impl Trust {
    /// Trusts these too: PEM, one or more.
    pub fn new(pem: Option<&str>) -> Self {
        Self { pem: pem.map(str::to_owned) }
    }

    pub(super) fn http(&self, builder: ClientBuilder) -> Result<ClientBuilder, String> {
        let Some(pem) = &self.pem else { return Ok(builder) };
        let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(unreadable)?;
        Ok(builder.tls_certs_merge(certificates))
    }

    /// The authorities as they were given.
    pub fn pem(&self) -> Option<&str> {
        self.pem.as_deref()
    }
}

fn unreadable(error: impl std::fmt::Display) -> String {
    format!("the certificate authorities can't be read: {error}")
}
