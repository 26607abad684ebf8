//! Why a call is not let in.

use crate::plan::Subject;
use crate::plan::trials::Forbidden;

/// What the operator must be allowed to do to know any caller.
pub(super) const REVIEW: &str = "create tokenreviews.authentication.k8s.io, which takes a ClusterRole";

/// Why a call is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The API server does not take the token.
    #[error("the token was refused: {0}")]
    Unauthenticated(String),
    /// The token is good, and its pod is no worker of a sweep.
    #[error("{}", .0.message)]
    Forbidden(Box<Forbidden>),
    /// The API server can't be asked.
    #[error("the API server could not be asked who calls: {0}")]
    Unavailable(String),
    /// The API server does not let the operator ask.
    #[error(
        "the operator may not {0}; the chart makes the role for it with rbac.create and trials.enabled, else an administrator \
         must (docs/rbac.md)"
    )]
    NotPermitted(&'static str),
}

impl Rejection {
    /// A refusal of a call that led as far as this object, if to any.
    pub(super) fn forbidden(reason: &'static str, message: String, about: Option<Subject>) -> Self {
        Self::Forbidden(Box::new(Forbidden { reason, message, about }))
    }

    /// A request of the operator's own that failed.
    pub(super) fn of(request: &'static str) -> impl Fn(kube::Error) -> Self {
        move |error| match error {
            kube::Error::Api(status) if status.is_forbidden() => Self::NotPermitted(request),
            error => Self::Unavailable(error.to_string()),
        }
    }

    /// Whether asking again at once would give the same.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Unauthenticated(_) | Self::Forbidden(_))
    }
}
