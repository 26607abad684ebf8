//! What a caller does about an error. Decided by error code and message: the server's status codes mislead.

use crate::{Error, ErrorCode, Unsent};

/// Kinds of errors, by what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// May pass by itself: try again later.
    Retry,
    /// The same request fails again: change it.
    Permanent,
    /// What was named does not exist.
    NotFound,
    /// What was to be created exists: get it.
    AlreadyExists,
    /// The server must be started with this host allowed.
    HostRejected,
    /// The server's certificate is not trusted, not for its name, or out of date.
    CertificateRefused,
    /// The login is not accepted.
    Unauthorised,
    /// The login has no permission.
    Forbidden,
    /// A creation without a clear answer: search for its result first.
    OutcomeUnknown,
}

impl Error {
    /// What kind of error it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Transport { .. } => Class::Retry,
            Self::OutcomeUnknown { .. } => Class::OutcomeUnknown,
            Self::HostRejected { .. } => Class::HostRejected,
            Self::CertificateRefused { .. } => Class::CertificateRefused,
            Self::Unauthorised { .. } => Class::Unauthorised,
            Self::Forbidden { .. } => Class::Forbidden,
            Self::Api { status, code, message, .. } => class_of_code(code, *status, message),
            Self::Unexpected { status, .. } => class_of_status(*status),
            Self::Invalid(_)
            | Self::Credentials { .. }
            | Self::Tls { .. }
            | Self::WorkspacesOff { .. }
            | Self::Decode { .. }
            | Self::Ignored { .. }
            | Self::TooLarge { .. }
            | Self::File { .. } => Class::Permanent,
        }
    }

    /// Whether the server can't have carried out the request, so that even a creation may be sent again.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self, Self::Transport { unsent: Unsent::Connect, .. })
    }

    /// Whether it says that the run or experiment is deleted.
    pub fn is_deleted(&self) -> bool {
        matches!(self, Self::Api { code: ErrorCode::InvalidParameterValue, message, .. }
            if message.contains("must be in the 'active' state"))
    }
}

fn class_of_code(code: &ErrorCode, status: u16, message: &str) -> Class {
    match code {
        ErrorCode::ResourceDoesNotExist => Class::NotFound,
        ErrorCode::ResourceAlreadyExists => Class::AlreadyExists,
        ErrorCode::PermissionDenied => Class::Forbidden,
        ErrorCode::InvalidParameterValue => Class::Permanent,
        ErrorCode::TemporarilyUnavailable => Class::Retry,
        ErrorCode::BadRequest if is_passing_conflict(message) => Class::Retry,
        ErrorCode::BadRequest => Class::Permanent,
        ErrorCode::InternalError if names_missing_model(message) => Class::Permanent,
        ErrorCode::InternalError => Class::Retry,
        ErrorCode::Other(code) => class_of_other(code, status),
    }
}

fn class_of_other(code: &str, status: u16) -> Class {
    match code {
        "UNAUTHENTICATED" | "CUSTOMER_UNAUTHORIZED" => Class::Unauthorised,
        "NOT_IMPLEMENTED"
        | "ENDPOINT_NOT_FOUND"
        | "INVALID_STATE"
        | "INVALID_STATE_TRANSITION"
        | "FEATURE_DISABLED" => Class::Permanent,
        _ => class_of_status(status),
    }
}

fn class_of_status(status: u16) -> Class {
    match status {
        408 | 429 | 500 | 502 | 503 | 504 => Class::Retry,
        _ => Class::Permanent,
    }
}

/// Two writers met, or no database connection was free. A foreign key that is missing looks alike and never
/// passes.
fn is_passing_conflict(message: &str) -> bool {
    let is_conflict =
        ["IntegrityError", "UniqueViolation", "QueuePool"].iter().any(|word| message.contains(word));
    let is_foreign_key =
        ["FOREIGN KEY", "ForeignKeyViolation", "foreign key"].iter().any(|word| message.contains(word));
    is_conflict && !is_foreign_key
}

/// A version whose LoggedModel does not exist gets INTERNAL_ERROR, and gets it for ever.
fn names_missing_model(message: &str) -> bool {
    message.contains("Unable to fetch model from model URI") || message.contains("Logged model with ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(status: u16, code: &str, message: &str) -> Class {
        let error = Error::Api {
            operation: "runs/get",
            status,
            code: code.to_owned().into(),
            message: message.to_owned(),
        };
        error.class()
    }

    #[test]
    fn each_row_of_the_error_table_has_its_class() {
        let rows = [
            (503, "TEMPORARILY_UNAVAILABLE", "(psycopg.OperationalError) connection failed", Class::Retry),
            (503, "TEMPORARILY_UNAVAILABLE", "(sqlite3.OperationalError) database is locked", Class::Retry),
            (400, "BAD_REQUEST", "(psycopg.errors.UniqueViolation) duplicate key value", Class::Retry),
            (400, "BAD_REQUEST", "(sqlite3.IntegrityError) UNIQUE constraint failed", Class::Retry),
            (400, "BAD_REQUEST", "QueuePool limit of size 5 overflow 10 reached", Class::Retry),
            (400, "RESOURCE_ALREADY_EXISTS", "(sqlite3.IntegrityError) UNIQUE", Class::AlreadyExists),
            (404, "RESOURCE_DOES_NOT_EXIST", "Run with id=x not found", Class::NotFound),
            (400, "INVALID_PARAMETER_VALUE", "Registered model alias x not found.", Class::Permanent),
            (400, "INVALID_PARAMETER_VALUE", "must be in the 'active' state", Class::Permanent),
            (400, "BAD_REQUEST", "(sqlite3.IntegrityError) FOREIGN KEY constraint failed", Class::Permanent),
            (400, "BAD_REQUEST", "(psycopg.errors.ForeignKeyViolation) IntegrityError", Class::Permanent),
            (500, "INTERNAL_ERROR", "Unable to fetch model from model URI source", Class::Permanent),
            (500, "INTERNAL_ERROR", "something else", Class::Retry),
            (501, "NOT_IMPLEMENTED", "Multipart upload is not supported", Class::Permanent),
            (500, "INVALID_STATE", "workspace is not empty", Class::Permanent),
            (403, "PERMISSION_DENIED", "no", Class::Forbidden),
            (429, "REQUEST_LIMIT_EXCEEDED", "slow down", Class::Retry),
            (418, "A_CODE_OF_TOMORROW", "?", Class::Permanent),
        ];
        for (status, code, message, expected) in rows {
            assert_eq!(api(status, code, message), expected, "{status} {code} {message}");
        }
    }

    #[test]
    fn only_a_refused_connection_is_surely_unsent() {
        let of = |unsent| Error::Transport { operation: "runs/create", unsent, message: String::new() };
        assert!(of(Unsent::Connect).is_unsent());
        assert!(!of(Unsent::Timeout).is_unsent());
        assert!(!of(Unsent::Interrupted).is_unsent());
    }
}
