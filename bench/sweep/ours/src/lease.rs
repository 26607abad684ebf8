//! An API server that knows one Lease, so that the operator's half leads as it does in a cluster.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

/// A client of it.
pub fn client() -> Client {
    let lease: Arc<Mutex<Option<Value>>> = Arc::default();
    let service = service_fn(move |request: Request<Body>| {
        let lease = Arc::clone(&lease);
        async move { Ok::<_, Infallible>(answer(request, &lease).await) }
    });
    Client::new(service, "default")
}

async fn answer(request: Request<Body>, lease: &Mutex<Option<Value>>) -> Response<Body> {
    let is_read = request.method() == Method::GET;
    let sent = request.into_body().collect_bytes().await.unwrap_or_default();
    let mut lease = lease.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_read {
        let mut written: Value = serde_json::from_slice(&sent).unwrap_or_default();
        let next =
            lease.as_ref().and_then(|old| old["metadata"]["resourceVersion"].as_str()?.parse::<u64>().ok());
        written["metadata"]["resourceVersion"] = json!((next.unwrap_or(0) + 1).to_string());
        *lease = Some(written);
    }
    let missing = json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "message": "no lease"});
    let (status, body) = match &*lease {
        Some(lease) => (StatusCode::OK, lease.clone()),
        None => (StatusCode::NOT_FOUND, missing),
    };
    let mut response = Response::new(Body::from(body.to_string().into_bytes()));
    *response.status_mut() = status;
    response
}
