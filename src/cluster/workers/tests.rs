use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::client::Body;
use serde_json::{Value, json};

use super::review::Claims;
use super::*;

fn status(value: Value) -> TokenReviewStatus {
    serde_json::from_value(value).unwrap()
}

/// What the API server says of a worker's token.
fn good() -> Value {
    json!({
        "authenticated": true, "audiences": ["podium"],
        "user": {
            "username": "system:serviceaccount:ml:default",
            "extra": {
                "authentication.kubernetes.io/pod-name": ["churn-0-x"],
                "authentication.kubernetes.io/pod-uid": ["pod-uid"],
            },
        },
    })
}

fn claims() -> Claims {
    review::judge(&status(good())).unwrap()
}

/// Reason and message of a refusal.
fn refused<T: std::fmt::Debug>(result: Result<T, Rejection>) -> (&'static str, String) {
    match result.unwrap_err() {
        Rejection::Forbidden(forbidden) => (forbidden.reason, forbidden.message),
        Rejection::Unauthenticated(why) => ("Unauthenticated", why),
        other => panic!("{other:?}"),
    }
}

fn owner(api_version: &str, kind: &str, name: &str, controller: bool) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": format!("{name}-uid"), "controller": controller})
}

fn pod_owned_by(owners: Value) -> Pod {
    serde_json::from_value(json!({"metadata": {
        "name": "churn-0-x", "namespace": "ml", "uid": "pod-uid", "ownerReferences": owners,
        "labels": {"podium.dev/owner-uid": "churn-uid", "batch.kubernetes.io/job-name": "churn-0"},
    }}))
    .unwrap()
}

fn pod() -> Pod {
    pod_owned_by(json!([owner("batch/v1", "Job", "churn-0", true)]))
}

fn job(owners: Value) -> ObjectMeta {
    serde_json::from_value(json!({"name": "churn-0", "uid": "churn-0-uid", "ownerReferences": owners}))
        .unwrap()
}

fn sweep_owner(name: &str) -> Value {
    owner("podium.dev/v1alpha1", "HyperparameterSweep", name, true)
}

#[test]
fn a_token_of_a_worker_names_its_pod() {
    let expected = Claims { namespace: "ml".into(), pod: "churn-0-x".into(), uid: "pod-uid".into() };
    assert_eq!(claims(), expected);
}

#[test]
fn a_forged_or_expired_token_is_refused_with_what_the_api_server_says() {
    let expired = json!({"authenticated": false, "error": "service account token has expired"});
    assert_eq!(
        refused(review::judge(&status(expired))),
        ("Unauthenticated", "service account token has expired".to_owned())
    );
    let forged = refused(review::judge(&status(json!({}))));
    assert_eq!(forged, ("Unauthenticated", "the API server does not know it".to_owned()));
}

#[test]
fn a_token_for_another_audience_is_refused_even_where_the_api_server_lets_it_pass() {
    for audiences in [json!(["https://kubernetes.default.svc"]), json!([]), json!(null)] {
        let mut other = good();
        other["audiences"] = audiences;
        assert_eq!(refused(review::judge(&status(other))).1, "it is not meant for \"podium\"");
    }
}

#[test]
fn a_token_without_a_pod_is_refused() {
    let mut unbound = good();
    unbound["user"]["extra"] = json!({"authentication.kubernetes.io/node-name": ["n"]});
    let (reason, message) = refused(review::judge(&status(unbound)));
    assert_eq!(reason, "NotAPod");
    assert!(message.contains("system:serviceaccount:ml:default is not bound to a pod"), "{message}");

    let mut person = good();
    person["user"]["username"] = json!("ada");
    assert_eq!(refused(review::judge(&status(person))).0, "NotAPod");
}

#[test]
fn a_pod_leads_by_its_controllers_to_its_sweep_and_to_no_other() {
    for name in ["churn", "wine"] {
        let job_ref = owners::job_of(&claims(), Some(&pod())).unwrap();
        // Another owner that is no controller changes nothing.
        let owners =
            json!([owner("podium.dev/v1alpha1", "HyperparameterSweep", "other", false), sweep_owner(name)]);
        let sweep = owners::sweep_of(&job_ref, Some(&job(owners))).unwrap();
        assert_eq!((sweep.name.as_str(), sweep.uid), (name, format!("{name}-uid")));
    }
}

#[test]
fn a_pod_with_copied_labels_is_refused() {
    for owners in [
        json!([]),
        json!([owner("batch/v1", "Job", "churn-0", false)]),
        json!([owner("apps/v1", "ReplicaSet", "churn-0", true)]),
        json!([owner("batch.example.org/v1", "Job", "churn-0", true)]),
    ] {
        let (reason, message) = refused(owners::job_of(&claims(), Some(&pod_owned_by(owners))));
        assert_eq!(reason, "NotOfAJob");
        assert!(
            message.starts_with("pod ml/churn-0-x") && message.ends_with("labels prove nothing"),
            "{message}"
        );
    }
}

#[test]
fn a_job_of_another_owner_is_refused() {
    let job_ref = owners::job_of(&claims(), Some(&pod())).unwrap();
    for owners in [
        json!([]),
        json!([owner("podium.dev/v1alpha1", "TrainingPipeline", "churn", true)]),
        json!([owner("example.org/v1alpha1", "HyperparameterSweep", "churn", true)]),
    ] {
        let (reason, message) = refused(owners::sweep_of(&job_ref, Some(&job(owners))));
        assert_eq!((reason, message.split(' ').nth(1)), ("NotOfASweep", Some("ml/churn-0")));
    }
    assert_eq!(refused(owners::sweep_of(&job_ref, None)).0, "JobGone");
}

#[test]
fn a_pod_or_job_of_the_same_name_with_another_uid_is_refused() {
    let mut other = pod();
    other.metadata.uid = Some("other".to_owned());
    assert_eq!(refused(owners::job_of(&claims(), Some(&other))).0, "PodGone");
    assert_eq!(refused(owners::job_of(&claims(), None)).0, "PodGone");

    let job_ref = owners::job_of(&claims(), Some(&pod())).unwrap();
    let mut other = job(json!([sweep_owner("churn")]));
    other.uid = Some("other".to_owned());
    let Err(Rejection::Forbidden(forbidden)) = owners::sweep_of(&job_ref, Some(&other)) else { panic!() };
    assert_eq!(forbidden.reason, "JobGone");
    assert_eq!(forbidden.sweep.unwrap().name, "churn", "whom it is told is known");
}

#[test]
fn a_pod_that_has_ended_is_refused_and_one_that_is_being_deleted_is_known_as_leaving() {
    let sweep = SweepRef { namespace: "ml".into(), name: "churn".into(), uid: "churn-uid".into() };
    assert_eq!(owners::stays(Some(&pod()), &sweep), Ok(false));
    let mut ended = pod();
    ended.status = Some(serde_json::from_value(json!({"phase": "Failed"})).unwrap());
    assert_eq!(refused(owners::stays(Some(&ended), &sweep)).0, "PodEnded");
    let mut leaving = pod();
    leaving.metadata.deletion_timestamp =
        Some(serde_json::from_value(json!("2026-03-02T08:00:00Z")).unwrap());
    assert_eq!(owners::stays(Some(&leaving), &sweep), Ok(true));
}

/// An API server that answers reviews with this, and how many it has been asked for.
fn workers(code: u16, review: Value) -> (Workers, Arc<AtomicUsize>) {
    let reviews = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reviews);
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (code, answer) = match request.uri().path() {
            "/apis/authentication.k8s.io/v1/tokenreviews" => {
                counted.fetch_add(1, Ordering::Relaxed);
                (code, review.clone())
            }
            "/api/v1/namespaces/ml/pods/churn-0-x" => (200, json!(pod())),
            "/apis/batch/v1/namespaces/ml/jobs/churn-0" => {
                let metadata = job(json!([sweep_owner("churn")]));
                (
                    200,
                    json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata}),
                )
            }
            path => panic!("{path}"),
        };
        let body = Body::from(answer.to_string().into_bytes());
        let response = http::Response::builder().status(code).body(body).unwrap();
        async move { Ok::<_, std::convert::Infallible>(response) }
    });
    (Workers::new(Client::new(service, "podium")), reviews)
}

fn review_of(status: Value) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {}, "status": status})
}

#[tokio::test]
async fn a_known_caller_is_looked_into_once() {
    let (workers, reviews) = workers(201, review_of(good()));
    for _ in 0..3 {
        let caller = workers.caller("token").await.unwrap();
        let expected =
            Worker { namespace: "ml".into(), sweep_uid: "churn-uid".into(), job: "churn-0".into() };
        assert_eq!((caller.worker, caller.leaving), (expected, false));
    }
    assert_eq!(reviews.load(Ordering::Relaxed), 1);
    workers.caller("another").await.unwrap();
    assert_eq!(reviews.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_refused_token_is_not_looked_into_at_each_call() {
    let (workers, reviews) = workers(201, review_of(json!({"error": "forged"})));
    for _ in 0..3 {
        assert_eq!(workers.caller("token").await, Err(Rejection::Unauthenticated("forged".into())));
    }
    assert_eq!(reviews.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_operator_that_may_not_ask_says_what_it_lacks_and_asks_again() {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403,
        "message": "tokenreviews is forbidden",
    });
    let (workers, reviews) = workers(403, status);
    for _ in 0..2 {
        let message = workers.caller("token").await.unwrap_err().to_string();
        assert!(message.contains("create tokenreviews") && message.contains("ClusterRole"), "{message}");
    }
    assert_eq!(reviews.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_api_server_that_is_away_is_nobody_s_refusal() {
    let status =
        json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 500, "message": "etcd"});
    let (workers, _) = workers(500, status);
    assert!(matches!(workers.caller("token").await, Err(Rejection::Unavailable(_))));
}
