//! Errors of the client as people read them in a condition.

use std::time::Duration;

use podium_artifacts::{S3Verdict, StoreError, judge};
use podium_mlflow::{Class, Error};

use crate::api::conditions::reasons;
use crate::plan::Trouble;

/// What helps against troubles with S3.
const S3_HELP: &str = "; the operator reads s3:// with the AWS_ variables of its own Secret (chart: \
                       artifacts.existingSecret)";

/// What is wrong, and what helps.
pub(super) fn of(error: &Error) -> Trouble {
    let reason = match error.class() {
        Class::HostRejected => reasons::TRACKING_HOST_REJECTED,
        Class::CertificateRefused => reasons::TRACKING_CERTIFICATE_REFUSED,
        Class::Unauthorised | Class::Forbidden => reasons::TRACKING_UNAUTHORIZED,
        Class::Retry | Class::OutcomeUnknown => reasons::TRACKING_UNREACHABLE,
        Class::Permanent | Class::NotFound | Class::AlreadyExists => reasons::TRACKING_REFUSED,
    };
    Trouble { reason, message: format!("MLflow: {}", error.public_message()) }
}

/// As [`of`], where files are read too.
pub(super) fn of_store(error: &StoreError) -> Trouble {
    let reason = match error {
        StoreError::Mlflow(error) => return of(error),
        StoreError::S3(error) => match judge(error) {
            S3Verdict::Denied => reasons::ARTIFACTS_UNAUTHORIZED,
            S3Verdict::Unreachable => reasons::ARTIFACTS_UNREACHABLE,
            S3Verdict::NotFound | S3Verdict::Refused => reasons::ARTIFACTS_REFUSED,
        },
        StoreError::Path(_)
        | StoreError::TooLarge { .. }
        | StoreError::Root { .. }
        | StoreError::Authorities(_) => reasons::ARTIFACTS_REFUSED,
    };
    let help = if matches!(error, StoreError::S3(_)) { S3_HELP } else { "" };
    Trouble { reason, message: format!("{error}{help}") }
}

/// The operator's login can't be read.
pub(super) fn login(error: &std::io::Error) -> Trouble {
    let message = format!(
        "the operator's MLflow login can't be read: {error}; its Secret needs token, or username and password"
    );
    Trouble { reason: reasons::TRACKING_UNAUTHORIZED, message }
}

/// Nothing came in this time.
pub(super) fn late(waited: Duration) -> Trouble {
    let message = format!("MLflow: no answer for {} s", waited.as_secs());
    Trouble { reason: reasons::TRACKING_UNREACHABLE, message }
}

/// Another replica leads, or is about to.
pub(super) fn not_leader() -> Trouble {
    let message = "this replica's lease is about to end, so it writes nothing more".to_owned();
    Trouble { reason: reasons::NOT_LEADER, message }
}
