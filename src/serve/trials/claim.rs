//! What a refused token says of itself. Nobody vouches for it: it only helps to find whom a refusal is told.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The pod that a token says it is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub namespace: String,
    pub pod: String,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "kubernetes.io")]
    kubernetes: Kubernetes,
}

#[derive(Deserialize)]
struct Kubernetes {
    namespace: String,
    pod: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// The pod that a token of a ServiceAccount says it is of, whether that is true or not.
pub(super) fn of(token: &str) -> Option<Claim> {
    let payload: Payload =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()?;
    let Kubernetes { namespace, pod } = payload.kubernetes;
    Some(Claim { namespace, pod: pod.name })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A token that says it is of a pod.
    pub(in super::super) fn token(namespace: &str, pod: &str) -> String {
        let payload = serde_json::json!({
            "aud": ["podium"], "exp": 1, "sub": "system:serviceaccount:ml:default",
            "kubernetes.io": {"namespace": namespace, "pod": {"name": pod, "uid": "u"}},
        });
        format!(
            "{}.{}.c2ln",
            BASE64_URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256"}"#),
            BASE64_URL_SAFE_NO_PAD.encode(payload.to_string())
        )
    }

    #[test]
    fn a_token_of_a_pod_names_it() {
        let expected = Claim { namespace: "ml".into(), pod: "churn-0123456789-x7k2p".into() };
        assert_eq!(of(&token("ml", "churn-0123456789-x7k2p")), Some(expected));
    }

    #[test]
    fn what_is_no_token_of_a_pod_names_nothing() {
        let account =
            format!("h.{}.s", BASE64_URL_SAFE_NO_PAD.encode(br#"{"kubernetes.io":{"namespace":"ml"}}"#));
        for text in ["", "token", "a.b.c", "h.{}.s", "a.%%%.c", &account] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_may_come_as_a_token(text: String) {
            prop_assert_eq!(of(&text), None);
        }
    }
}
