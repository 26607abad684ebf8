use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::client::Body;
use serde_json::{Value, json};

use super::review::Claims;
use super::*;
use crate::plan::sweep::worker_job_name;
use crate::plan::trials::Forbidden;
use crate::plan::{Subject, SubjectKind};

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

/// The Job of a sweep's first worker.
fn job_name(sweep: &str) -> String {
    worker_job_name(sweep, &format!("{sweep}-uid"), "run", "1")
}

/// All of a refusal.
fn forbidden<T: std::fmt::Debug>(result: Result<T, Rejection>) -> Forbidden {
    match result.unwrap_err() {
        Rejection::Forbidden(forbidden) => *forbidden,
        other => panic!("{other:?}"),
    }
}

fn sweep_subject(name: &str) -> Option<Subject> {
    Some(Subject::new(SubjectKind::Sweep, "ml", name, &format!("{name}-uid")))
}

fn pod_subject() -> Option<Subject> {
    Some(Subject::new(SubjectKind::Pod, "ml", "churn-0-x", "pod-uid"))
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
        "labels": {"podium.dev/owner-uid": "churn-uid", "batch.kubernetes.io/job-name": job_name("churn")},
    }}))
    .unwrap()
}

fn pod_of(job: &str) -> Pod {
    pod_owned_by(json!([owner("batch/v1", "Job", job, true)]))
}

fn pod() -> Pod {
    pod_of(&job_name("churn"))
}

/// The Job of a worker as the operator makes it, with these owners.
fn job(name: &str, owners: Value) -> ObjectMeta {
    let labels = json!({"podium.dev/run": "run", "podium.dev/worker": "1"});
    serde_json::from_value(
        json!({"name": name, "uid": format!("{name}-uid"), "labels": labels, "ownerReferences": owners}),
    )
    .unwrap()
}

fn job_ref() -> owners::JobRef {
    owners::job_of(&claims(), Some(&pod())).unwrap()
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
fn a_token_without_a_pod_is_refused_and_told_on_its_account_where_it_has_one() {
    let mut unbound = good();
    unbound["user"]["uid"] = json!("account-uid");
    unbound["user"]["extra"] = json!({"authentication.kubernetes.io/node-name": ["n"]});
    let expected = Forbidden {
        reason: "NotAPod",
        message: "the token of system:serviceaccount:ml:default is not bound to a pod; workers use the one that their pod mounts"
            .into(),
        about: Some(Subject::new(SubjectKind::ServiceAccount, "ml", "default", "account-uid")),
    };
    assert_eq!(forbidden(review::judge(&status(unbound))), expected);

    let mut person = good();
    person["user"]["username"] = json!("ada");
    let expected = Forbidden {
        reason: "NotAPod",
        message: "\"ada\" is no ServiceAccount, so no pod calls".into(),
        about: None,
    };
    assert_eq!(forbidden(review::judge(&status(person))), expected);
}

#[test]
fn an_operator_of_one_namespace_refuses_pods_of_all_others() {
    assert_eq!(owners::is_served(&claims(), None), Ok(()));
    assert_eq!(owners::is_served(&claims(), Some("ml")), Ok(()));
    let message = "pod ml/churn-0-x is of a namespace that this operator does not serve".to_owned();
    let expected = Forbidden { reason: "NotServed", message, about: None };
    assert_eq!(forbidden(owners::is_served(&claims(), Some("lab"))), expected);
}

#[test]
fn a_pod_leads_by_its_controllers_to_its_sweep_and_to_no_other() {
    for name in ["churn", "wine"] {
        let job_ref = owners::job_of(&claims(), Some(&pod_of(&job_name(name)))).unwrap();
        // Another owner that is no controller changes nothing.
        let owners =
            json!([owner("podium.dev/v1alpha1", "HyperparameterSweep", "other", false), sweep_owner(name)]);
        let sweep = owners::sweep_of(&job_ref, Some(&job(&job_name(name), owners))).unwrap();
        let expected = SweepRef { namespace: "ml".into(), name: name.into(), uid: format!("{name}-uid") };
        assert_eq!(sweep, expected);
    }
}

#[test]
fn a_pod_with_copied_labels_is_refused_and_that_is_told_on_it() {
    for owners in [
        json!([]),
        json!([owner("batch/v1", "Job", "churn-0", false)]),
        json!([owner("apps/v1", "ReplicaSet", "churn-0", true)]),
        json!([owner("batch.example.org/v1", "Job", "churn-0", true)]),
        // What is no name of an object must come into no path of a request.
        json!([owner("batch/v1", "Job", "../../other/jobs/churn-0", true)]),
        json!([owner("batch/v1", "Job", &"a".repeat(254), true)]),
    ] {
        let expected = Forbidden {
            reason: "NotOfAJob",
            message: "pod ml/churn-0-x is controlled by no Job; labels prove nothing".into(),
            about: pod_subject(),
        };
        assert_eq!(forbidden(owners::job_of(&claims(), Some(&pod_owned_by(owners)))), expected);
    }
}

#[test]
fn a_job_of_another_owner_is_refused_and_that_is_told_on_it() {
    let name = job_name("churn");
    let about = Some(Subject::new(SubjectKind::Job, "ml", &name, &format!("{name}-uid")));
    for owners in [
        json!([]),
        json!([owner("podium.dev/v1alpha1", "TrainingPipeline", "churn", true)]),
        json!([owner("example.org/v1alpha1", "HyperparameterSweep", "churn", true)]),
        json!([owner("podium.dev/v1alpha1", "HyperparameterSweep", "Churn and more", true)]),
    ] {
        let message = format!("Job ml/{name} is controlled by no HyperparameterSweep; labels prove nothing");
        let expected = Forbidden { reason: "NotOfASweep", message, about: about.clone() };
        assert_eq!(forbidden(owners::sweep_of(&job_ref(), Some(&job(&name, owners)))), expected);
    }
    let expected = Forbidden { reason: "JobGone", message: format!("Job ml/{name} is gone"), about };
    assert_eq!(forbidden(owners::sweep_of(&job_ref(), None)), expected);
}

#[test]
fn a_job_that_only_names_the_sweep_as_its_controller_is_refused_and_that_is_told_on_the_sweep() {
    let cases: [fn(&mut ObjectMeta); 5] = [
        |job| job.labels = None,
        |job| drop(job.labels.as_mut().unwrap().remove("podium.dev/worker")),
        |job| drop(job.labels.as_mut().unwrap().insert("podium.dev/worker".into(), "2".into())),
        |job| drop(job.labels.as_mut().unwrap().insert("podium.dev/run".into(), "another".into())),
        // Our own Job of another sweep, or of one that had this name before.
        |job| job.owner_references.as_mut().unwrap()[0].uid = "before".into(),
    ];
    let name = job_name("churn");
    for change in cases {
        let mut job = job(&name, json!([sweep_owner("churn")]));
        change(&mut job);
        let refused = forbidden(owners::sweep_of(&job_ref(), Some(&job)));
        let message = format!(
            "Job ml/{name} is none that the operator made for a worker of the sweep that controls it"
        );
        let uid = job.owner_references.unwrap()[0].uid.clone();
        let about = Some(Subject::new(SubjectKind::Sweep, "ml", "churn", &uid));
        assert_eq!(refused, Forbidden { reason: "NotAWorker", message, about });
    }
}

#[test]
fn a_pod_or_job_of_the_same_name_with_another_uid_is_refused() {
    let mut other = pod();
    other.metadata.uid = Some("other".to_owned());
    for (found, why) in [(Some(&other), "is another one than the token's"), (None, "is gone")] {
        let message = format!("pod ml/churn-0-x {why}");
        let expected = Forbidden { reason: "PodGone", message, about: pod_subject() };
        assert_eq!(forbidden(owners::job_of(&claims(), found)), expected);
    }

    let name = job_name("churn");
    let mut other = job(&name, json!([sweep_owner("churn")]));
    other.uid = Some("other".to_owned());
    let message = format!("Job ml/{name} is another one than the caller's, which is gone");
    let expected = Forbidden { reason: "JobGone", message, about: sweep_subject("churn") };
    assert_eq!(forbidden(owners::sweep_of(&job_ref(), Some(&other))), expected);
}

#[test]
fn a_pod_that_has_ended_is_refused_and_one_that_is_being_deleted_is_known_as_leaving() {
    let sweep = SweepRef { namespace: "ml".into(), name: "churn".into(), uid: "churn-uid".into() };
    assert_eq!(owners::stays(Some(&pod()), &sweep), Ok(false));
    let mut ended = pod();
    ended.status = Some(serde_json::from_value(json!({"phase": "Failed"})).unwrap());
    let expected = Forbidden {
        reason: "PodEnded",
        message: "pod ml/churn-0-x has ended (Failed); its token is used elsewhere".into(),
        about: sweep_subject("churn"),
    };
    assert_eq!(forbidden(owners::stays(Some(&ended), &sweep)), expected);
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
            path if path == format!("/apis/batch/v1/namespaces/ml/jobs/{}", job_name("churn")) => {
                let metadata = job(&job_name("churn"), json!([sweep_owner("churn")]));
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
        let expected = Worker {
            namespace: "ml".into(),
            sweep: "churn".into(),
            sweep_uid: "churn-uid".into(),
            job: job_name("churn"),
        };
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
