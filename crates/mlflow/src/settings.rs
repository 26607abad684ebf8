//! What a client is told at its start. No environment is read here.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Auth, Observer, RetryPolicy};

/// How to reach an MLflow server.
#[derive(Clone)]
pub struct Settings {
    /// `http://` or `https://` address, with a path if a proxy serves MLflow below one; without login, query or fragment.
    pub base_url: String,
    /// The login; default none.
    pub auth: Auth,
    /// Sent as `X-MLFLOW-WORKSPACE`. A server without workspaces would ignore it and is therefore refused.
    pub workspace: Option<String>,
    /// Certificate authorities (PEM, one or more) trusted besides the system's, which `SSL_CERT_FILE` may name.
    pub certificate_authorities: Option<String>,
    /// Whole time of one request; default 30 s, above the 20 s that sqlite waits for a writer.
    pub request_timeout: Duration,
    /// Whole time of one artifact transfer; default 600 s.
    pub transfer_timeout: Duration,
    /// Requests in flight at most, 1 to 8; default 8: more than 14 batches at once can deadlock a server's
    /// workers.
    pub max_in_flight: usize,
    /// How often and when what failed is tried again.
    pub retry: RetryPolicy,
    /// Told of each request.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Settings {
    /// The defaults for a server at this address.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            auth: Auth::None,
            workspace: None,
            certificate_authorities: None,
            request_timeout: Duration::from_secs(30),
            transfer_timeout: Duration::from_secs(600),
            max_in_flight: 8,
            retry: RetryPolicy::default(),
            observer: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            // A login may have been written into the address by mistake: it is refused later, and never
            // printed.
            .field("base_url", &self.base_url.rsplit('@').next())
            .field("auth", &self.auth)
            .field("workspace", &self.workspace)
            .field("certificate_authorities", &self.certificate_authorities.is_some())
            .field("request_timeout", &self.request_timeout)
            .field("transfer_timeout", &self.transfer_timeout)
            .field("max_in_flight", &self.max_in_flight)
            .field("retry", &self.retry)
            .field("observer", &self.observer.is_some())
            .finish()
    }
}
