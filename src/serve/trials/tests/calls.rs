use podium_contract::{ASK_PATH, LARGEST_CALL, REPORT_PATH, TELL_PATH};

use super::*;

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
        (Refusal::Forbidden(Box::new(forbidden(None))), reason(403, "JobGone")),
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
async fn a_standby_spends_nothing_on_a_call() {
    let (router, fake, _) = service(Fake { standby: AtomicBool::new(true), ..Fake::default() });
    for token in ["worker", "forged"] {
        assert_eq!(refused(&router, ASK_PATH, token, ask().to_string()).await, reason(503, "NotLeader"));
    }
    assert_eq!(fake.asked.load(Ordering::Relaxed), 0);
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
