//! The service before fakes of those who know trials and callers.

mod calls;
mod notes;
mod tls;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use futures::future::BoxFuture;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::cluster::workers::{Caller, Rejection, SweepRef};
use crate::plan::trials::{Forbidden, Refusal, Worker};
use crate::plan::{Subject, SubjectKind};

fn sweep() -> SweepRef {
    SweepRef { namespace: "ml".into(), name: "churn".into(), uid: "churn-uid".into() }
}

fn worker() -> Worker {
    Worker {
        namespace: "ml".into(),
        sweep: "churn".into(),
        sweep_uid: "churn-uid".into(),
        job: "churn-0".into(),
    }
}

/// A call that goes well.
fn ask() -> Value {
    json!({"run": "r1"})
}

/// A call of a pod whose Job is gone.
fn forbidden(about: Option<Subject>) -> Forbidden {
    Forbidden { reason: "JobGone", message: "Job ml/churn-0 is gone".into(), about }
}

/// Knows tokens by their names.
struct Names;

impl Callers for Names {
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Rejection>> {
        let caller = |leaving| Ok(Caller { worker: worker(), sweep: sweep(), leaving });
        let known = match token {
            "worker" => caller(false),
            "leaving" => caller(true),
            "forbidden" => Err(Rejection::Forbidden(Box::new(forbidden(Some(sweep().subject()))))),
            "person" => Err(Rejection::Forbidden(Box::new(forbidden(None)))),
            "away" => Err(Rejection::Unavailable("etcd".to_owned())),
            "unreviewed" => Err(Rejection::NotPermitted("create tokenreviews")),
            _ => Err(Rejection::Unauthenticated("forged".to_owned())),
        };
        Box::pin(async move { known })
    }
}

/// Whom a refusal was told on, its reason and its message.
type Note = (Option<Subject>, &'static str, String);

/// Answers every call alike, and notes what it was told.
#[derive(Default)]
struct Fake {
    standby: AtomicBool,
    refusal: Mutex<Option<Refusal>>,
    slow: Duration,
    asked: AtomicUsize,
    told: Mutex<Vec<Note>>,
}

impl Fake {
    async fn answer<A>(&self, caller: &Worker, answer: A) -> Result<A, Refusal> {
        assert_eq!(caller, &worker());
        tokio::time::sleep(self.slow).await;
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.refusal.lock().unwrap().clone().map_or(Ok(answer), Err)
    }
}

impl Trials for Fake {
    fn leads(&self) -> bool {
        !self.standby.load(Ordering::Relaxed)
    }

    fn epoch(&self) -> i32 {
        3
    }

    fn ask<'a>(&'a self, worker: &'a Worker, call: Ask) -> BoxFuture<'a, Result<Asked, Refusal>> {
        assert_eq!(call.run, "r1");
        Box::pin(self.answer(worker, Asked::Wait { seconds: 2.0 }))
    }

    fn report<'a>(&'a self, worker: &'a Worker, _: Report) -> BoxFuture<'a, Result<Reported, Refusal>> {
        Box::pin(self.answer(worker, Reported::Stop))
    }

    fn tell<'a>(&'a self, worker: &'a Worker, _: Tell) -> BoxFuture<'a, Result<Told, Refusal>> {
        Box::pin(self.answer(worker, Told::Accepted))
    }

    fn claimed(&self, namespace: &str, pod: &str) -> Option<Subject> {
        let is_open = (namespace, pod) == ("ml", "churn-0-x");
        is_open.then(|| sweep().subject())
    }

    fn refused<'a>(
        &'a self,
        about: Option<&'a Subject>,
        reason: &'static str,
        message: &'a str,
    ) -> BoxFuture<'a, ()> {
        self.told.lock().unwrap().push((about.cloned(), reason, message.to_owned()));
        Box::pin(async {})
    }
}

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
