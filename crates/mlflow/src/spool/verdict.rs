//! What becomes of a batch that failed. Pure.

use crate::{Class, Error, ErrorCode};

/// What to do with a batch after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Keep it and try again: the server is away, busy, or not set up for us yet.
    Keep,
    /// An entry in it is at fault: find it by halving.
    Halve,
    /// No entry of it can ever be stored.
    Refuse,
}

/// Answers that the server failed (500) on the same batch, after which the batch itself is suspected.
const SUSPECT_AFTER: u32 = 5;

/// What to do after attempt number `failed` (from 1) ended so.
pub(super) fn verdict(error: &Error, failed: u32) -> Verdict {
    if error.is_deleted() || is_run_missing(error) {
        return Verdict::Refuse;
    }
    match error.class() {
        Class::Retry if is_server_fault(error) && failed >= SUSPECT_AFTER => Verdict::Halve,
        // Logins, certificates and host lists get repaired while a training goes on: nothing is given up for them.
        Class::Retry
        | Class::OutcomeUnknown
        | Class::Unauthorised
        | Class::Forbidden
        | Class::CertificateRefused
        | Class::HostRejected => Verdict::Keep,
        Class::NotFound | Class::AlreadyExists | Class::Permanent => match error {
            Error::Api { .. } | Error::Invalid(_) => Verdict::Halve,
            // A proxy's page while its server restarts, a token file that is not there yet.
            _ => Verdict::Keep,
        },
    }
}

fn is_run_missing(error: &Error) -> bool {
    matches!(error, Error::Api { code: ErrorCode::ResourceDoesNotExist, message, .. } if message.starts_with("Run with id="))
}

fn is_server_fault(error: &Error) -> bool {
    match error {
        Error::Api { code, .. } => *code == ErrorCode::InternalError,
        Error::Unexpected { status, .. } => *status == 500,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unsent;

    fn api(status: u16, code: &str, message: &str) -> Error {
        Error::Api {
            operation: "runs/log-batch",
            status,
            code: code.to_owned().into(),
            message: message.to_owned(),
        }
    }

    fn page(status: u16) -> Error {
        let (content_type, excerpt) = ("text/html".to_owned(), String::new());
        Error::Unexpected { operation: "runs/log-batch", status, content_type, excerpt }
    }

    #[test]
    fn what_may_pass_or_be_repaired_is_kept() {
        let lost = Error::Transport { operation: "x", unsent: Unsent::Interrupted, message: String::new() };
        for error in [
            lost,
            api(503, "TEMPORARILY_UNAVAILABLE", "database is locked"),
            api(400, "BAD_REQUEST", "(sqlite3.IntegrityError) UNIQUE constraint failed"),
            Error::Unauthorised { operation: "x" },
            Error::Forbidden { operation: "x" },
            Error::Credentials { message: String::new() },
            page(404),
            page(502),
        ] {
            assert_eq!(verdict(&error, 100), Verdict::Keep, "{error}");
        }
    }

    #[test]
    fn a_refusal_of_the_batch_is_traced_to_its_entry() {
        assert_eq!(verdict(&api(400, "INVALID_PARAMETER_VALUE", "Changing param values"), 1), Verdict::Halve);
    }

    #[test]
    fn a_batch_on_which_the_server_fails_again_and_again_is_suspected() {
        for error in [api(500, "INTERNAL_ERROR", "?"), page(500)] {
            assert_eq!(verdict(&error, SUSPECT_AFTER - 1), Verdict::Keep);
            assert_eq!(verdict(&error, SUSPECT_AFTER), Verdict::Halve);
        }
    }

    #[test]
    fn nothing_can_be_stored_in_a_run_that_is_deleted_or_missing() {
        let deleted = api(
            400,
            "INVALID_PARAMETER_VALUE",
            "The run x must be in the 'active' state. Current state is deleted.",
        );
        let missing = api(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=x not found");
        assert_eq!((verdict(&deleted, 1), verdict(&missing, 1)), (Verdict::Refuse, Verdict::Refuse));
    }
}
