//! The server as kube's client calls it, for one operator process, with the faults of the injector.

use std::convert::Infallible;
use std::sync::Arc;

use http::Response;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tokio::sync::Notify;

use super::answer::{Answer, Refusal};
use super::request::{Request, Verb};
use crate::injector::{Fault, Letter};
use crate::operator::Process;
use crate::state::{Moment, Shared};

/// A client of one process.
pub fn client(shared: &Shared, process: &Process) -> Client {
    let (shared, process) = (Arc::clone(shared), process.clone());
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (shared, process) = (Arc::clone(&shared), process.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect_bytes().await.unwrap();
            let request = Request::read(&head, &body);
            match answer(&shared, &process, &request) {
                Some(answer) => Ok::<_, Infallible>(respond(answer)),
                None => std::future::pending().await,
            }
        }
    });
    Client::new(service, "ml")
}

/// The answer; none for a process that is dead, which nothing reaches any more.
fn answer(shared: &Shared, process: &Process, request: &Request) -> Option<Answer> {
    let mut state = shared.lock().unwrap();
    if state.injector.dead.contains(&process.number) {
        return None;
    }
    let now = state.now;
    state.injector.requests.push(request.title());
    if !request.writes() {
        let answer = state.cluster.handle(request, now);
        if request.verb == Verb::List && request.plural == "trainingpipelines" {
            state.happens(Moment::OwnersListed);
        }
        return Some(answer);
    }
    let fault = state.injector.count(request.title());
    let crash = |state: &mut crate::state::State, died: &Notify| {
        state.injector.dead.insert(process.number);
        died.notify_one();
        None
    };
    match fault {
        None => Some(state.cluster.handle(request, now)),
        Some(Fault::CrashBefore) => crash(&mut state, &process.died),
        Some(Fault::CrashAfter) => {
            let _ = state.cluster.handle(request, now);
            crash(&mut state, &process.died)
        }
        Some(Fault::Late) => {
            state.injector.hold_back(Letter::Cluster(request.clone()));
            crash(&mut state, &process.died)
        }
        Some(Fault::Refused) => Some(Err(Refusal::Internal)),
        Some(Fault::AnswerLost) => {
            let _ = state.cluster.handle(request, now);
            Some(Err(Refusal::Internal))
        }
        Some(Fault::Conflict) => Some(Err(Refusal::Conflict)),
        Some(Fault::Delayed) => {
            state.go_on();
            let now = state.now;
            let answer = state.cluster.handle(request, now);
            state.go_on();
            Some(answer)
        }
        Some(Fault::Deleted) => {
            state.delete_pipeline();
            Some(state.cluster.handle(request, now))
        }
    }
}

fn respond(answer: Answer) -> Response<Body> {
    let (code, value): (u16, Value) = match answer {
        Ok(value) => (200, value),
        Err(refusal) => (refusal.code(), refusal.status()),
    };
    let body = Body::from(serde_json::to_vec(&value).unwrap());
    Response::builder().status(code).header("content-type", "application/json").body(body).unwrap()
}
