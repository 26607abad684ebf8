//! Logins: how a request proves who sends it. Secrets are never printed.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::RequestBuilder;

use crate::Error;

/// How long a token read from a file is used before the file is read again.
const TOKEN_AGE: Duration = Duration::from_secs(60);

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The login of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// No login.
    #[default]
    None,
    /// MLflow's `basic-auth` application.
    Basic {
        /// Name of the user, without a colon.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// A fixed token, for a proxy in front of MLflow.
    Bearer(Secret),
    /// A token in a file that someone renews (a projected token or Secret); read again every 60 s and when
    /// refused.
    TokenFile(PathBuf),
}

/// The login as a header, and the token last read.
#[derive(Debug)]
pub(crate) struct Credentials {
    auth: Auth,
    token: Mutex<Option<(Instant, Secret)>>,
}

impl Credentials {
    pub(crate) fn new(auth: Auth) -> Self {
        Self { auth, token: Mutex::new(None) }
    }

    /// The request with its `Authorization` header, if there is a login; the header is marked as never to be
    /// printed.
    pub(crate) async fn sign(&self, request: RequestBuilder) -> Result<RequestBuilder, Error> {
        Ok(match &self.auth {
            Auth::None => request,
            Auth::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
            Auth::Bearer(token) => request.bearer_auth(token.reveal()),
            Auth::TokenFile(path) => request.bearer_auth(self.token(path).await?.reveal()),
        })
    }

    /// Reads the token file again after a refusal; true if the token has changed, so that trying again makes
    /// sense.
    pub(crate) async fn renewed(&self) -> bool {
        let Auth::TokenFile(path) = &self.auth else { return false };
        let Some((_, before)) = self.cached().take() else { return false };
        self.token(path).await.is_ok_and(|now| now != before)
    }

    async fn token(&self, path: &Path) -> Result<Secret, Error> {
        let cached = self.cached().clone();
        if let Some((read, token)) = cached
            && read.elapsed() < TOKEN_AGE
        {
            return Ok(token);
        }
        let text = tokio::fs::read_to_string(path).await.map_err(|error| Error::Credentials {
            message: format!("token file {}: {error}", path.display()),
        })?;
        let token = Secret::new(text.trim());
        if token.reveal().is_empty() {
            return Err(Error::Credentials { message: format!("token file {} is empty", path.display()) });
        }
        *self.cached() = Some((Instant::now(), token.clone()));
        Ok(token)
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Secret)>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn signed(credentials: &Credentials) -> Result<reqwest::header::HeaderValue, Error> {
        crate::transport::install_tls_provider();
        let request = reqwest::Client::new().get("http://localhost");
        let request = credentials.sign(request).await?.build().unwrap();
        Ok(request.headers()["authorization"].clone())
    }

    async fn header(credentials: &Credentials) -> String {
        signed(credentials).await.unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_secret_is_never_printed() {
        let auth = Auth::Basic { user: "ann".to_owned(), password: Secret::new("hunter2") };
        assert_eq!(format!("{auth:?}"), "Basic { user: \"ann\", password: [redacted] }");
        assert_eq!(format!("{:?}", Auth::Bearer(Secret::new("t0p"))), "Bearer([redacted])");
    }

    #[tokio::test]
    async fn user_and_password_become_a_basic_header_that_is_not_printed() {
        let auth = Auth::Basic { user: "Aladdin".to_owned(), password: Secret::new("open sesame") };
        let value = signed(&Credentials::new(auth)).await.unwrap();
        assert_eq!(value.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[tokio::test]
    async fn a_token_file_is_read_again_when_the_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        let credentials = Credentials::new(Auth::TokenFile(path.clone()));
        assert_eq!(header(&credentials).await, "Bearer first");
        std::fs::write(&path, "second\n").unwrap();
        assert_eq!(header(&credentials).await, "Bearer first");
        assert!(credentials.renewed().await);
        assert_eq!(header(&credentials).await, "Bearer second");
        assert!(!credentials.renewed().await);
    }

    #[tokio::test]
    async fn a_missing_or_empty_token_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let message = |error: Error| error.to_string();
        let missing = signed(&Credentials::new(Auth::TokenFile(path.clone()))).await.unwrap_err();
        assert!(message(missing).contains(&path.display().to_string()));
        std::fs::write(&path, " \n").unwrap();
        let empty = signed(&Credentials::new(Auth::TokenFile(path))).await.unwrap_err();
        assert!(message(empty).ends_with("is empty"));
    }
}
