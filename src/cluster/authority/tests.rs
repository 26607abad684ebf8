use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use k8s_openapi::ByteString;
use k8s_openapi::jiff::ToSpan;
use kube::client::Body;
use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn days_later(days: i64) -> Timestamp {
    now() + (days * 24).hours()
}

fn authority() -> Authority {
    Authority { place: "podium/leader-trials".to_owned(), ..Authority::make(now()).unwrap() }
}

fn secret(data: &[(&str, &str)]) -> Secret {
    let data = data.iter().map(|(key, text)| ((*key).to_owned(), ByteString(text.as_bytes().to_vec())));
    Secret { data: Some(data.collect::<BTreeMap<_, _>>()), ..Secret::default() }
}

/// Why a Secret can't be used.
fn refused(secret: &Secret) -> String {
    let authority = read(secret, "podium/leader-trials".to_owned());
    authority.and_then(|authority| authority.try_out(now())).unwrap_err().to_string()
}

#[test]
fn its_certificates_are_taken_for_their_names_and_for_their_time() {
    let authority = authority();
    let names = ["podium-trials.podium.svc".to_owned(), "127.0.0.1".to_owned()];
    let leaf = authority.issue(&names, now()).unwrap();
    let taken = |name: &str, at| x509::verify(authority.certificate(), &leaf, name, at);
    assert_eq!(taken("podium-trials.podium.svc", now()), Ok(()));
    assert_eq!(taken("127.0.0.1", leaf.renew_at), Ok(()));
    assert!(taken("other.podium.svc", now()).unwrap_err().contains("not valid for"));
    assert!(taken("podium-trials.podium.svc", days_later(31)).unwrap_err().contains("expired"));
    assert_eq!(taken("podium-trials.podium.svc", now() - 2.hours()), Ok(()), "a clock may be slow");
}

#[test]
fn a_certificate_of_another_authority_is_not_taken_though_both_have_one_name() {
    let leaf = authority().issue(&["a".to_owned()], now()).unwrap();
    assert!(x509::verify(authority().certificate(), &leaf, "a", now()).is_err());
}

#[test]
fn a_secret_that_is_read_back_signs_what_its_first_owner_s_workers_trust() {
    let made = authority();
    let read =
        read(&secret(&[(CERTIFICATE, &made.certificate), (KEY, &made.key)]), made.place.clone()).unwrap();
    read.try_out(now()).unwrap();
    let leaf = read.issue(&["a".to_owned()], days_later(3000)).unwrap();
    assert_eq!(x509::verify(made.certificate(), &leaf, "a", days_later(3000)), Ok(()));
}

#[test]
fn a_secret_that_can_not_be_used_is_named_with_what_is_wrong_and_what_to_do() {
    let (one, other) = (authority(), authority());
    let cases = [
        (secret(&[]), "no text under ca.crt"),
        (secret(&[(CERTIFICATE, &one.certificate)]), "no text under ca.key"),
        (secret(&[(CERTIFICATE, &one.certificate), (KEY, "nonsense")]), "ca.key"),
        (secret(&[(CERTIFICATE, "nonsense"), (KEY, &one.key)]), "ca.crt: no items found"),
        (secret(&[(CERTIFICATE, &one.certificate), (KEY, &other.key)]), "invalid peer certificate"),
    ];
    for (secret, why) in cases {
        let message = refused(&secret);
        assert!(message.contains(why), "{message}");
        assert!(
            message.starts_with("Secret podium/leader-trials") && message.contains("delete it"),
            "{message}"
        );
    }
}

/// An API server with room for one Secret; the first `get` finds none even when there is one, as for a replica that is late.
fn client(stored: Arc<Mutex<Option<Value>>>) -> Client {
    let looked = Mutex::new(false);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let first = !std::mem::replace(&mut *looked.lock().unwrap(), true);
        let stored = Arc::clone(&stored);
        async move {
            let get = request.method() == http::Method::GET;
            let body = request.into_body().collect_bytes().await.unwrap();
            let mut stored = stored.lock().unwrap();
            let (code, answer) = match &*stored {
                Some(secret) if get && !first => (200, secret.clone()),
                _ if get => (404, status("NotFound", 404)),
                Some(_) => (409, status("AlreadyExists", 409)),
                None => {
                    let secret = as_stored(serde_json::from_slice(&body).unwrap());
                    *stored = Some(secret.clone());
                    (201, secret)
                }
            };
            let body = Body::from(answer.to_string().into_bytes());
            Ok::<_, std::convert::Infallible>(http::Response::builder().status(code).body(body).unwrap())
        }
    });
    Client::new(service, "podium")
}

/// As the API server keeps it: texts become bytes.
fn as_stored(mut secret: Secret) -> Value {
    let texts = secret.string_data.take().unwrap_or_default();
    secret.data = Some(texts.into_iter().map(|(key, text)| (key, ByteString(text.into_bytes()))).collect());
    json!(secret)
}

fn status(reason: &str, code: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason})
}

#[tokio::test]
async fn of_two_replicas_that_start_together_both_use_the_authority_that_was_there_first() {
    let stored = Arc::default();
    let first = Authority::obtain(&client(Arc::clone(&stored)), "podium", "leader").await.unwrap();
    let second = Authority::obtain(&client(Arc::clone(&stored)), "podium", "leader").await.unwrap();
    assert_eq!(first.certificate(), second.certificate());
    let stored = stored.lock().unwrap().clone().unwrap();
    assert_eq!((&stored["metadata"]["name"], &stored["type"]), (&json!("leader-trials"), &json!(TYPE)));
}
