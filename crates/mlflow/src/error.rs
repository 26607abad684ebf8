//! What can go wrong with a request, on which operation, and what the user can do about it.
//! The text of an error never holds SQL, secrets or whole addresses: it may be shown in a status.

use std::fmt;

use crate::{Invalid, message};

/// Why a request failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Refused before it was sent: the server would refuse it or, worse, silently cut or drop it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The login could not be read.
    #[error("MLflow login: {message}")]
    Credentials {
        /// What is wrong with it, and where.
        message: String,
    },
    /// Encryption could not be set up.
    #[error(
        "TLS for MLflow can't be set up: {message}; are certificate authorities installed or configured?"
    )]
    Tls {
        /// What is wrong.
        message: String,
    },
    /// The server's certificate is not one to trust; nothing was sent.
    #[error("MLflow {operation}: the certificate of {host} is refused: {why}")]
    CertificateRefused {
        /// What was asked.
        operation: &'static str,
        /// The server.
        host: String,
        /// Why, and what helps.
        why: String,
    },
    /// No whole answer came.
    #[error("MLflow {operation}: {unsent}: {message}")]
    Transport {
        /// What was asked.
        operation: &'static str,
        /// How far the request came.
        unsent: Unsent,
        /// What the network said.
        message: String,
    },
    /// A request that creates something got no clear answer: it may or may not have been carried out. Search
    /// for its result before asking again.
    #[error(
        "MLflow {operation}: it is not known whether it was carried out, search before asking again ({cause})"
    )]
    OutcomeUnknown {
        /// What was asked.
        operation: &'static str,
        /// Why the answer is missing or unclear.
        cause: Box<Error>,
    },
    /// The server refused, in its own words.
    #[error("MLflow {operation}: {code}: {}", message::public(message))]
    Api {
        /// What was asked.
        operation: &'static str,
        /// HTTP status; it often misleads, the code counts.
        status: u16,
        /// The server's error code.
        code: ErrorCode,
        /// The server's message; it may hold SQL with its values: see [`Error::public_message`].
        message: String,
    },
    /// MLflow's host check refused the name under which it was called.
    #[error(
        "MLflow {operation}: the server refuses the Host header {host:?}: start it with --allowed-hosts '{host}' \
         (or MLFLOW_SERVER_ALLOWED_HOSTS), port included; the list replaces the default one"
    )]
    HostRejected {
        /// What was asked.
        operation: &'static str,
        /// The host and port that must be allowed.
        host: String,
    },
    /// The client names a workspace, and the server, which has none, would silently use its only one.
    #[error(
        "MLflow has no workspaces and would store in its only one instead of {workspace:?}: start it with \
         --enable-workspaces, or configure no workspace"
    )]
    WorkspacesOff {
        /// The workspace that was asked for.
        workspace: String,
    },
    /// No login, or one that the server does not know.
    #[error(
        "MLflow {operation}: the server does not accept the login (401): check user and password, or the token"
    )]
    Unauthorised {
        /// What was asked.
        operation: &'static str,
    },
    /// The login is known but may not do this.
    #[error(
        "MLflow {operation}: the login has no permission for it (403): grant it on the experiment or model"
    )]
    Forbidden {
        /// What was asked.
        operation: &'static str,
    },
    /// An answer that MLflow's API does not give: another service, a proxy, or a wrong path.
    #[error("MLflow {operation}: status {status} with {content_type} instead of MLflow's answer: {excerpt}")]
    Unexpected {
        /// What was asked.
        operation: &'static str,
        /// HTTP status.
        status: u16,
        /// Content type of the answer.
        content_type: String,
        /// Its first words.
        excerpt: String,
    },
    /// The answer is JSON, but not of the form this client knows.
    #[error("MLflow {operation}: the answer can't be read (does the server run MLflow 3?): {message}")]
    Decode {
        /// What was asked.
        operation: &'static str,
        /// Where it differs.
        message: String,
    },
    /// The server answered success and changed nothing.
    #[error("MLflow {operation}: the server answered success but left {field} as {found}")]
    Ignored {
        /// What was asked.
        operation: &'static str,
        /// What should have changed.
        field: &'static str,
        /// What it still is.
        found: String,
    },
    /// An artifact is larger than the caller takes.
    #[error("MLflow artifact {path}: larger than the {limit} bytes taken here")]
    TooLarge {
        /// Which artifact.
        path: String,
        /// Limit in bytes.
        limit: u64,
    },
    /// A file on this side could not be read or written.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        message: String,
    },
}

/// How far a request without an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// No connection: the server has seen nothing.
    Connect,
    /// No answer in time: the server may be working on it still.
    Timeout,
    /// The connection broke: the server may have carried it out.
    Interrupted,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to the server",
            Self::Timeout => "no answer in time",
            Self::Interrupted => "the connection broke",
        })
    }
}

/// Error code of MLflow's JSON answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// What was named does not exist.
    ResourceDoesNotExist,
    /// What was to be created exists, or is deleted and keeps its name.
    ResourceAlreadyExists,
    /// The request itself is at fault; also: an alias that is not set, a deleted run or experiment.
    InvalidParameterValue,
    /// The database refused: two writers met, or the request is at fault.
    BadRequest,
    /// The database does not answer, or is locked.
    TemporarilyUnavailable,
    /// The server failed.
    InternalError,
    /// The login may not do this.
    PermissionDenied,
    /// Any other code, as the server wrote it.
    Other(String),
}

impl ErrorCode {
    /// The code as the server writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::BadRequest => "BAD_REQUEST",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::InternalError => "INTERNAL_ERROR",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Other(code) => code,
        }
    }
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        match code.as_str() {
            "RESOURCE_DOES_NOT_EXIST" => Self::ResourceDoesNotExist,
            "RESOURCE_ALREADY_EXISTS" => Self::ResourceAlreadyExists,
            "INVALID_PARAMETER_VALUE" => Self::InvalidParameterValue,
            "BAD_REQUEST" => Self::BadRequest,
            "TEMPORARILY_UNAVAILABLE" => Self::TemporarilyUnavailable,
            "INTERNAL_ERROR" => Self::InternalError,
            "PERMISSION_DENIED" => Self::PermissionDenied,
            _ => Self::Other(code),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// The error as a sentence for users: without SQL, secrets and addresses, at most some 400 characters.
    pub fn public_message(&self) -> String {
        self.to_string()
    }

    /// A short code for metric labels: the server's error code, or a word for what else happened.
    pub fn code(&self) -> &str {
        match self {
            Self::Invalid(_) => "INVALID",
            Self::Credentials { .. } => "CREDENTIALS",
            Self::Tls { .. } => "TLS",
            Self::CertificateRefused { .. } => "CERTIFICATE_REFUSED",
            Self::Transport { unsent: Unsent::Connect, .. } => "CONNECT",
            Self::Transport { unsent: Unsent::Timeout, .. } => "TIMEOUT",
            Self::Transport { unsent: Unsent::Interrupted, .. } => "INTERRUPTED",
            Self::OutcomeUnknown { cause, .. } => cause.code(),
            Self::Api { code, .. } => code.as_str(),
            Self::HostRejected { .. } => "HOST_REJECTED",
            Self::WorkspacesOff { .. } => "WORKSPACES_OFF",
            Self::Unauthorised { .. } => "UNAUTHORISED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::Unexpected { .. } => "UNEXPECTED",
            Self::Decode { .. } => "DECODE",
            Self::Ignored { .. } => "IGNORED",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::File { .. } => "FILE",
        }
    }

    /// The server's words, whole; for logs at debug level only.
    pub fn raw_message(&self) -> Option<&str> {
        match self {
            Self::Api { message, .. } => Some(message),
            _ => None,
        }
    }
}
