//! Reading one answer: success or error, by content type first, since proxies and MLflow itself also answer
//! HTML.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, message};

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// MLflow's JSON body of an error.
#[derive(Deserialize)]
struct Refusal {
    error_code: String,
    #[serde(default)]
    message: String,
}

/// Content type of an answer, or a word for none.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get("content-type").and_then(|value| value.to_str().ok());
    value.unwrap_or("no content type").to_owned()
}

impl Answer {
    /// The body of a success, of any content type.
    pub(crate) fn body(self, operation: &'static str, host: &str) -> Result<Bytes, Error> {
        if (200..300).contains(&self.status) { Ok(self.body) } else { Err(self.error(operation, host)) }
    }

    /// The JSON of a success; a page of another service is never taken for one.
    pub(crate) fn json<T: DeserializeOwned>(self, operation: &'static str, host: &str) -> Result<T, Error> {
        if !(200..300).contains(&self.status) {
            return Err(self.error(operation, host));
        }
        if !self.is_json() {
            return Err(self.unexpected(operation));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::Decode { operation, message: error.to_string() })
    }

    /// `OK`, the server's error code, or the status: fit for a metric label.
    pub(crate) fn code(&self) -> String {
        if (200..300).contains(&self.status) {
            return "OK".to_owned();
        }
        self.refusal().map_or_else(|| format!("HTTP_{}", self.status), |refusal| refusal.error_code)
    }

    fn refusal(&self) -> Option<Refusal> {
        if self.is_json() { serde_json::from_slice(&self.body).ok() } else { None }
    }

    fn is_json(&self) -> bool {
        self.content_type.starts_with("application/json")
    }

    /// The error this answer is.
    pub(crate) fn error(self, operation: &'static str, host: &str) -> Error {
        if let Some(Refusal { error_code, message }) = self.refusal() {
            return Error::Api { operation, status: self.status, code: error_code.into(), message };
        }
        let text = String::from_utf8_lossy(&self.body);
        match self.status {
            401 => Error::Unauthorised { operation },
            403 if text.contains("Invalid Host header") => {
                Error::HostRejected { operation, host: host.to_owned() }
            }
            403 if text.contains("Permission denied") => Error::Forbidden { operation },
            _ => self.unexpected(operation),
        }
    }

    fn unexpected(self, operation: &'static str) -> Error {
        let excerpt = message::one_line(&without_markup(&String::from_utf8_lossy(&self.body)));
        Error::Unexpected { operation, status: self.status, content_type: self.content_type, excerpt }
    }
}

/// The words of a HTML page.
fn without_markup(page: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for character in page.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            _ if !inside => words.push(character),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, ErrorCode};

    fn answer(status: u16, content_type: &str, body: &str) -> Answer {
        Answer { status, content_type: content_type.to_owned(), body: Bytes::from(body.to_owned()) }
    }

    fn error(status: u16, content_type: &str, body: &str) -> Error {
        answer(status, content_type, body).error("runs/get", "mlflow.ml.svc:5000")
    }

    #[test]
    fn a_refused_host_header_says_how_to_allow_it() {
        let refused =
            error(403, "text/plain", "Invalid Host header - possible DNS rebinding attack detected");
        assert_eq!(refused.class(), Class::HostRejected);
        assert!(refused.to_string().contains("--allowed-hosts 'mlflow.ml.svc:5000'"));
    }

    #[test]
    fn logins_are_refused_as_text() {
        assert_eq!(error(401, "text/html", "You are not authenticated.").class(), Class::Unauthorised);
        assert_eq!(error(403, "text/html", "Permission denied").class(), Class::Forbidden);
        assert_eq!(error(403, "text/plain", "Cross-origin request blocked").class(), Class::Permanent);
    }

    #[test]
    fn html_is_never_read_as_json() {
        let page = "<!doctype html>\n<title>404 Not Found</title>\n<p>No such page.</p>";
        let missing = error(404, "text/html; charset=utf-8", page);
        assert_eq!(missing.class(), Class::Permanent);
        assert!(missing.to_string().contains("404 Not Found No such page."));
        assert_eq!(error(500, "text/html", page).class(), Class::Retry);
        assert_eq!(error(502, "text/html", page).class(), Class::Retry);
    }

    #[test]
    fn a_page_with_status_200_is_no_success() {
        let login = answer(200, "text/html", "<h1>Please sign in</h1>");
        let refused = login.json::<serde_json::Value>("runs/get", "host").unwrap_err();
        assert!(matches!(&refused, Error::Unexpected { excerpt, .. } if excerpt == "Please sign in"));
    }

    #[test]
    fn json_that_is_no_mlflow_error_is_unexpected() {
        assert!(matches!(
            error(404, "application/json", r#"{"detail":"Not Found"}"#),
            Error::Unexpected { .. }
        ));
    }

    #[test]
    fn the_code_is_read_even_where_the_status_misleads() {
        let body = r#"{"error_code":"TEMPORARILY_UNAVAILABLE","message":"locked"}"#;
        let locked = error(400, "application/json", body);
        assert!(matches!(&locked, Error::Api { code: ErrorCode::TemporarilyUnavailable, .. }));
        assert_eq!(locked.class(), Class::Retry);
    }
}
