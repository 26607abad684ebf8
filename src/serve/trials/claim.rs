//! What a refused token says of itself. Nobody vouches for it: it only helps to find whom a refusal is told.

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
    let payload: Payload = serde_json::from_slice(&decode(token.split('.').nth(1)?)?).ok()?;
    let Kubernetes { namespace, pod } = payload.kubernetes;
    Some(Claim { namespace, pod: pod.name })
}

/// Base64 for URLs without padding, as tokens have it.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let group = |three: &[u8]| {
            let all = (0..3).fold(0_u32, |all, at| (all << 8) | u32::from(*three.get(at).unwrap_or(&0)));
            (0..=three.len())
                .map(move |at| LETTERS[(all >> (18 - 6 * at)) as usize & 63] as char)
                .collect::<String>()
        };
        bytes.chunks(3).map(group).collect()
    }

    /// A token that says it is of a pod.
    pub(in super::super) fn token(namespace: &str, pod: &str) -> String {
        let payload = serde_json::json!({
            "aud": ["podium"], "exp": 1, "sub": "system:serviceaccount:ml:default",
            "kubernetes.io": {"namespace": namespace, "pod": {"name": pod, "uid": "u"}},
        });
        format!("{}.{}.c2ln", encode(br#"{"alg":"RS256"}"#), encode(payload.to_string().as_bytes()))
    }

    #[test]
    fn a_token_of_a_pod_names_it() {
        let expected = Claim { namespace: "ml".into(), pod: "churn-0123456789-x7k2p".into() };
        assert_eq!(of(&token("ml", "churn-0123456789-x7k2p")), Some(expected));
    }

    #[test]
    fn what_is_no_token_of_a_pod_names_nothing() {
        let account = format!("h.{}.s", encode(br#"{"kubernetes.io":{"namespace":"ml"}}"#));
        for text in ["", "token", "a.b.c", "h.{}.s", "a.%%%.c", &account] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_survive_their_way_through_a_token(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn any_text_may_come_as_a_token(text: String) {
            prop_assert_eq!(of(&text), None);
        }
    }
}
