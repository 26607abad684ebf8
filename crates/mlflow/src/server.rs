//! Questions about the server itself.

use reqwest::Method;
use serde::Deserialize;

use crate::{Client, Error, request::Request};

/// What the server says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ServerInfo {
    /// Kind of its store.
    #[serde(default)]
    pub store_type: String,
    /// Whether names live in workspaces.
    #[serde(default)]
    pub workspaces_enabled: bool,
    /// Whether artifacts may be put in parts.
    #[serde(default)]
    pub multipart_uploads_enabled: bool,
}

impl ServerInfo {
    pub(crate) fn request() -> Request {
        Request::at(Method::GET, "server-info", ["api", "3.0", "mlflow", "server-info"])
    }
}

impl Client {
    /// Whether the server's process answers; it says nothing about its database.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn health(&self) -> Result<(), Error> {
        self.done(Request::at(Method::GET, "health", ["health"])).await
    }

    /// Version of the server, for example `3.17.2`.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if what answers is not MLflow.
    pub async fn version(&self) -> Result<String, Error> {
        let body = self.bytes(Request::at(Method::GET, "version", ["version"])).await?;
        let text = String::from_utf8_lossy(&body).trim().to_owned();
        let is_version = text.len() < 40 && text.starts_with(|c: char| c.is_ascii_digit());
        if is_version {
            return Ok(text);
        }
        let excerpt = crate::message::one_line(&text);
        Err(Error::Unexpected { operation: "version", status: 200, content_type: "text".to_owned(), excerpt })
    }

    /// What the server says about itself.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn server_info(&self) -> Result<ServerInfo, Error> {
        self.json(ServerInfo::request()).await
    }

    /// Whether the server answers and its database does too; `/health` alone does not tell.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn ready(&self) -> Result<(), Error> {
        let body = serde_json::json!({"max_results": 1});
        self.done(Request::post("experiments/search").json(&body)?).await
    }
}
