//! One request as data: what is asked, and whether asking twice does harm. Nothing is sent here.

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

use crate::Error;

/// Whether a request may be sent again when its outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is the same as once.
    Safe,
    /// It creates something: only when the server can't have seen it.
    IfUnsent,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Path below the base address, split at the slashes; each segment is escaped when sent.
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    pub(crate) is_json: bool,
    pub(crate) repeat: Repeat,
}

impl Request {
    /// A request to `/api/2.0/mlflow/<operation>`.
    pub(crate) fn api(method: Method, operation: &'static str) -> Self {
        let path = ["api", "2.0", "mlflow"].into_iter().chain(operation.split('/'));
        Self::at(method, operation, path)
    }

    /// A request to any path, named by its operation.
    pub(crate) fn at<'a>(
        method: Method,
        operation: &'static str,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            operation,
            method,
            path: path.into_iter().map(str::to_owned).collect(),
            query: Vec::new(),
            body: None,
            is_json: true,
            repeat: Repeat::Safe,
        }
    }

    /// A POST that creates something: never sent again blindly.
    pub(crate) fn create(operation: &'static str) -> Self {
        Self { repeat: Repeat::IfUnsent, ..Self::api(Method::POST, operation) }
    }

    pub(crate) fn get(operation: &'static str) -> Self {
        Self::api(Method::GET, operation)
    }

    pub(crate) fn post(operation: &'static str) -> Self {
        Self::api(Method::POST, operation)
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a JSON body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body)
            .map_err(|error| Error::Decode { operation: self.operation, message: error.to_string() })?;
        self.body = Some(Bytes::from(bytes));
        Ok(self)
    }
}
