//! What can go wrong with a call: at one address, and for good.

use podium_contract::Refused;
use reqwest::StatusCode;

use crate::failure::Failure;

/// Reason of the refusal of a worker that has read other data than the sweep's other workers.
const DATA_CHANGED: &str = "DataChanged";

/// What went wrong at one address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// Not there, silent, not leading, not ready, or no answer that counts.
    #[error("{0}")]
    Away(String),
    /// No such sweep or trial, at least not yet.
    #[error("{0}")]
    Unknown(String),
    /// The token was refused.
    #[error("{0}")]
    Denied(String),
    /// The data are not those of the sweep's other workers.
    #[error("{0}")]
    DataChanged(String),
    /// Somebody else's.
    #[error("{0}")]
    Conflict(String),
    /// Nothing that the service understands.
    #[error("{0}")]
    Malformed(String),
}

impl Trouble {
    /// What a status other than 200 means.
    pub(super) fn of(status: StatusCode, body: &[u8]) -> Self {
        let refused = serde_json::from_slice::<Refused>(body).ok();
        let message = match &refused {
            Some(refused) => format!("{} {}: {}", status.as_u16(), refused.reason, refused.message),
            None => format!("it answered {status}"),
        };
        match status {
            StatusCode::CONFLICT if refused.is_some_and(|refused| refused.reason == DATA_CHANGED) => {
                Self::DataChanged(message)
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Denied(message),
            StatusCode::NOT_FOUND => Self::Unknown(message),
            StatusCode::CONFLICT => Self::Conflict(message),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Self::Away(message),
            _ if status.is_client_error() => Self::Malformed(message),
            _ => Self::Away(message),
        }
    }

    /// Whether no other address and no time can help.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::DataChanged(_) | Self::Conflict(_) | Self::Malformed(_))
    }

    /// The one of two that says more about why there is no answer: a standby that does not lead says nothing.
    pub(super) fn worst(one: Option<Self>, other: Self) -> Self {
        match (one, other) {
            (Some(one @ (Self::Denied(_) | Self::Unknown(_))), Self::Away(_)) => one,
            (_, other) => other,
        }
    }
}

/// Why a call got no answer, for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No answer for as long as the document allows.
    #[error(
        "the trial service has not answered for {seconds} s, so this worker ends; the last trouble: {message}"
    )]
    Gone {
        /// For so long.
        seconds: u64,
        /// The last trouble.
        message: String,
    },
    /// The token was refused for too long.
    #[error("the trial service refuses this worker: {0}")]
    Denied(String),
    /// No such sweep or trial.
    #[error("the trial service does not know it: {0}")]
    Unknown(String),
    /// The data are not those of the sweep's other workers.
    #[error("{0}")]
    DataChanged(String),
    /// The sweep's run or the trial is another one by now.
    #[error("{0}")]
    Conflict(String),
    /// The service did not understand the call: our own bug.
    #[error("the trial service did not understand the worker: {0}")]
    Malformed(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::DataChanged(message) => Self::data(DATA_CHANGED, message),
            Refusal::Malformed(_) => Self::Bug(refusal.to_string()),
            _ => Self::Operator(refusal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away() -> Trouble {
        Trouble::Away("standby".to_owned())
    }

    #[test]
    fn each_status_of_the_protocol_has_its_meaning() {
        let body = br#"{"reason": "NotLeader", "message": "try another address"}"#;
        let of = |status: u16| Trouble::of(StatusCode::from_u16(status).unwrap(), body);
        let told = |status: u16| format!("{status} NotLeader: try another address");
        assert_eq!(of(503), Trouble::Away(told(503)));
        assert_eq!([of(401), of(403)], [401, 403].map(|status| Trouble::Denied(told(status))));
        assert_eq!(of(404), Trouble::Unknown(told(404)));
        assert_eq!(of(409), Trouble::Conflict(told(409)));
        assert_eq!([of(400), of(413)], [400, 413].map(|status| Trouble::Malformed(told(status))));
        let proxy = Trouble::of(StatusCode::BAD_GATEWAY, b"<html>");
        assert_eq!(proxy, Trouble::Away("it answered 502 Bad Gateway".to_owned()));
    }

    #[test]
    fn a_standby_does_not_hide_what_the_leader_says() {
        let denied = Trouble::Denied("401".to_owned());
        assert_eq!(Trouble::worst(Some(denied.clone()), away()), denied);
        assert_eq!(Trouble::worst(Some(away()), denied.clone()), denied);
        assert_eq!(Trouble::worst(None, away()), away());
    }

    #[test]
    fn our_own_bug_is_told_as_one_and_the_rest_may_pass() {
        let codes = [
            Refusal::Malformed(String::new()),
            Refusal::Denied(String::new()),
            Refusal::Gone { seconds: 600, message: String::new() },
            Refusal::DataChanged(String::new()),
        ]
        .map(|refusal| Failure::from(refusal).code());
        assert_eq!(codes, [101, 5, 5, 3]);
    }
}
