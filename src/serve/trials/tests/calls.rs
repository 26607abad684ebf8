use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use podium_contract::{ASK_PATH, LARGEST_CALL, REPORT_PATH, TELL_PATH};
use tower::ServiceExt;

use super::*;

/// The router, and those behind it.
fn service(fake: Fake) -> (Router, Arc<Fake>, Metrics) {
    let (fake, metrics) = (Arc::new(fake), Metrics::default());
    let trials: Arc<dyn Trials> = Arc::clone(&fake) as _;
    let door = Door::new(trials, Arc::new(Names), metrics.clone());
    (router::router(Arc::new(door)), fake, metrics)
}

async fn call(router: &Router, path: &str, token: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(path).header("authorization", format!("Bearer {token}"));
    let response = router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    (head.status, serde_json::from_slice(&bytes).unwrap())
}

/// Status and reason.
async fn refused(router: &Router, path: &str, token: &str, body: impl Into<Body>) -> (u16, String) {
    let (status, body) = call(router, path, token, body).await;
    assert!(!body["message"].as_str().unwrap().is_empty());
    (status.as_u16(), body["reason"].as_str().unwrap().to_owned())
}

fn reason(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

fn report() -> Value {
    json!({"run": "r1", "number": 7, "attempt": 1, "steps": [{"step": 1, "value": 0.5, "atMs": 1}]})
}

fn tell() -> Value {
    json!({
        "run": "r1", "number": 7, "attempt": 1, "steps": [], "metrics": {}, "seconds": 1.0,
        "end": {"kind": "Complete", "value": "NaN"},
    })
}

#[tokio::test]
async fn a_worker_is_answered_with_the_epoch_of_the_leader() {
    let (router, _, metrics) = service(Fake::default());
    for (path, body, answer) in [
        (ASK_PATH, ask(), json!({"kind": "Wait", "seconds": 2.0})),
        (REPORT_PATH, report(), json!({"kind": "Stop"})),
        (TELL_PATH, tell(), json!({"kind": "Accepted"})),
    ] {
        let expected = (StatusCode::OK, json!({"epoch": 3, "answer": answer}));
        assert_eq!(call(&router, path, "worker", body.to_string()).await, expected);
    }
    assert!(metrics.encode().contains(r#"podium_trial_calls_total{call="tell",code="200"} 1"#));
}

#[tokio::test]
async fn each_refusal_has_the_status_that_the_protocol_gives_it() {
    for (refusal, expected) in [
        (Refusal::NotLeader, reason(503, "NotLeader")),
        (Refusal::NotReady, reason(503, "NotReady")),
        (Refusal::Tracking("away".into()), reason(503, "TrackingUnavailable")),
        (Refusal::Unknown("no trial 7".into()), reason(404, "Unknown")),
        (Refusal::DataChanged("sha256:a, not sha256:b".into()), reason(409, "DataChanged")),
        (Refusal::Conflict("attempt 2 has it".into()), reason(409, "Conflict")),
    ] {
        let (router, _, _) = service(Fake { refusal: Mutex::new(Some(refusal)), ..Fake::default() });
        assert_eq!(refused(&router, ASK_PATH, "worker", ask().to_string()).await, expected);
    }
}

#[tokio::test]
async fn who_is_no_worker_is_told_so_and_nobody_is_asked() {
    let (router, fake, _) = service(Fake::default());
    for (token, expected) in [
        ("forged", reason(401, "Unauthenticated")),
        ("forbidden", reason(403, "JobGone")),
        ("away", reason(503, "Unavailable")),
        ("unreviewed", reason(503, "NotPermitted")),
    ] {
        // What stands in the body does not matter: it is not read.
        assert_eq!(refused(&router, TELL_PATH, token, "nonsense").await, expected);
    }
    let request = Request::post(ASK_PATH).body(Body::from(ask().to_string())).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()["www-authenticate"]),
        (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap())
    );
    assert_eq!(fake.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_forbidden_call_is_counted_each_time_and_told_to_its_sweep_once_a_minute() {
    let (router, fake, metrics) = service(Fake::default());
    for token in ["forbidden", "stranger", "forbidden", "stranger"] {
        refused(&router, ASK_PATH, token, ask().to_string()).await;
    }
    // Told beside the answer.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(*fake.forbidden.lock().unwrap(), [("churn".to_owned(), "JobGone")]);
    assert!(metrics.encode().contains(r#"podium_trial_calls_forbidden_total{reason="JobGone"} 4"#));
}

#[tokio::test]
async fn a_standby_spends_nothing_on_a_call() {
    let (router, fake, _) = service(Fake { standby: AtomicBool::new(true), ..Fake::default() });
    for token in ["worker", "forged"] {
        assert_eq!(refused(&router, ASK_PATH, token, ask().to_string()).await, reason(503, "NotLeader"));
    }
    assert_eq!(fake.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_pod_that_is_being_deleted_may_tell_and_gets_no_new_trial() {
    let (router, _, _) = service(Fake::default());
    assert_eq!(refused(&router, ASK_PATH, "leaving", ask().to_string()).await, reason(403, "PodLeaving"));
    assert_eq!(call(&router, TELL_PATH, "leaving", tell().to_string()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_malformed_call_is_refused_and_a_large_one_too() {
    let (router, fake, _) = service(Fake::default());
    for body in
        [String::new(), "{".to_owned(), json!({"run": "r1", "extra": 1}).to_string(), report().to_string()]
    {
        assert_eq!(refused(&router, ASK_PATH, "worker", body).await, reason(400, "Malformed"));
    }
    let large = format!(r#"{{"run": "{}"}}"#, "r".repeat(LARGEST_CALL));
    assert_eq!(refused(&router, ASK_PATH, "worker", large).await, reason(413, "TooLarge"));
    assert_eq!(fake.asked.load(Ordering::Relaxed), 0);

    assert_eq!(refused(&router, "/v1/trials", "worker", "{}").await, reason(404, "NoSuchCall"));
    let get = Request::get(ASK_PATH).body(Body::empty()).unwrap();
    assert_eq!(router.clone().oneshot(get).await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_call_is_carried_to_its_end_though_the_worker_hangs_up() {
    let (router, fake, _) = service(Fake { slow: Duration::from_millis(200), ..Fake::default() });
    let hung_up = tokio::time::timeout(
        Duration::from_millis(50),
        call(&router, TELL_PATH, "worker", tell().to_string()),
    );
    assert!(hung_up.await.is_err());
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(fake.asked.load(Ordering::Relaxed), 1);
}
