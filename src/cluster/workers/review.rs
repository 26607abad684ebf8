//! What the API server says of a token. Pure.

use k8s_openapi::api::authentication::v1::{TokenReviewStatus, UserInfo};
use podium_contract::TRIAL_AUDIENCE;

use super::Rejection;
use crate::plan::{Subject, SubjectKind};

/// What all ServiceAccounts' names begin with.
const ACCOUNT: &str = "system:serviceaccount:";
/// The claims of a token that is bound to a pod.
const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";

/// The pod that a token is bound to, which the API server answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// Namespace of the ServiceAccount, and so of the pod.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid.
    pub uid: String,
}

/// Judges a review.
pub(super) fn judge(status: &TokenReviewStatus) -> Result<Claims, Rejection> {
    if status.authenticated != Some(true) {
        let why = status.error.as_deref().unwrap_or("the API server does not know it");
        return Err(Rejection::Unauthenticated(why.to_owned()));
    }
    // An authenticator that knows no audiences lets every token pass; it then names none.
    let ours = status.audiences.as_deref().unwrap_or_default().iter().any(|one| one == TRIAL_AUDIENCE);
    if !ours {
        return Err(Rejection::Unauthenticated(format!("it is not meant for {TRIAL_AUDIENCE:?}")));
    }
    let nobody = UserInfo::default();
    claims(status.user.as_ref().unwrap_or(&nobody))
}

fn claims(user: &UserInfo) -> Result<Claims, Rejection> {
    let name = user.username.as_deref().unwrap_or_default();
    let account = name.strip_prefix(ACCOUNT).and_then(|rest| rest.split_once(':'));
    let Some((namespace, own_name)) = account else {
        let message = format!("{name:?} is no ServiceAccount, so no pod calls");
        return Err(Rejection::forbidden("NotAPod", message, None));
    };
    match (extra(user, POD_NAME), extra(user, POD_UID)) {
        (Some(pod), Some(uid)) => Ok(Claims { namespace: namespace.to_owned(), pod, uid }),
        _ => {
            let message = format!(
                "the token of {name} is not bound to a pod; workers use the one that their pod mounts"
            );
            let uid = user.uid.as_deref().unwrap_or_default();
            let account = Subject::new(SubjectKind::ServiceAccount, namespace, own_name, uid);
            Err(Rejection::forbidden("NotAPod", message, Some(account)))
        }
    }
}

fn extra(user: &UserInfo, claim: &str) -> Option<String> {
    match user.extra.as_ref()?.get(claim)?.as_slice() {
        [one] if !one.is_empty() => Some(one.clone()),
        _ => None,
    }
}
