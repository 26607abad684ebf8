//! Every way in which a call is refused, with its status.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::{IntoResponse, Response};
use podium_contract::Refused;

use super::notes::UNAUTHENTICATED;
use crate::cluster::workers::Rejection;
use crate::plan::trials::Refusal;

/// A call that is not answered with what it asks for.
#[derive(Debug)]
pub(super) struct No {
    pub status: StatusCode,
    pub reason: &'static str,
    pub message: String,
}

impl No {
    pub(super) fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Malformed", message)
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        let (status, reason) = match &refusal {
            Refusal::NotLeader => (StatusCode::SERVICE_UNAVAILABLE, "NotLeader"),
            Refusal::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "NotReady"),
            Refusal::Tracking(_) => (StatusCode::SERVICE_UNAVAILABLE, "TrackingUnavailable"),
            Refusal::Forbidden(forbidden) => (StatusCode::FORBIDDEN, forbidden.reason),
            Refusal::Unknown(_) => (StatusCode::NOT_FOUND, "Unknown"),
            Refusal::DataChanged(_) => (StatusCode::CONFLICT, "DataChanged"),
            Refusal::Conflict(_) => (StatusCode::CONFLICT, "Conflict"),
        };
        Self::new(status, reason, refusal.to_string())
    }
}

impl From<Rejection> for No {
    fn from(rejection: Rejection) -> Self {
        let (status, reason) = match &rejection {
            Rejection::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, UNAUTHENTICATED),
            Rejection::Forbidden(forbidden) => (StatusCode::FORBIDDEN, forbidden.reason),
            Rejection::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "Unavailable"),
            Rejection::NotPermitted(_) => (StatusCode::SERVICE_UNAVAILABLE, "NotPermitted"),
        };
        Self::new(status, reason, rejection.to_string())
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let refused = Refused { reason: self.reason.to_owned(), message: self.message };
        let mut response = (self.status, Json(refused)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
