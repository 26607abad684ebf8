//! Room `serve`: HTTP for the kubelet and Prometheus (health, readiness, metrics), and for the workers of sweeps. Decides nothing.

mod readiness;
pub mod trials;

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::telemetry::Metrics;

pub use readiness::Readiness;

/// What a scrape answers with.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is served: health, readiness with what hinders it, metrics.
fn router(metrics: Metrics, readiness: Readiness) -> Router {
    let scrape = move || {
        let metrics = metrics.clone();
        async move { ([(CONTENT_TYPE, OPEN_METRICS)], metrics.encode()) }
    };
    let ready = move || {
        let hindrance = readiness.hindrance();
        async move {
            match hindrance {
                None => (StatusCode::OK, "ok".to_owned()),
                Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
            }
        }
    };
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
}

/// Serves until the process ends. Every replica that could lead is ready, leader or not.
///
/// # Errors
/// When the address can't be bound.
pub async fn serve(address: SocketAddr, metrics: Metrics, readiness: Readiness) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router(metrics, readiness)).await
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn answer(readiness: &Readiness, path: &str) -> (StatusCode, String) {
        let router = router(Metrics::default(), readiness.clone());
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (head, body) = router.oneshot(request).await.unwrap().into_parts();
        (head.status, String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_replica_that_can_t_work_yet_is_alive_and_not_ready_and_says_why() {
        let readiness = Readiness::starting();
        assert!(readiness.set(Some("no definitions".to_owned())));
        assert!(!readiness.set(Some("no definitions".to_owned())), "it is said once");
        let refused = (StatusCode::SERVICE_UNAVAILABLE, "no definitions".to_owned());
        assert_eq!(answer(&readiness, "/readyz").await, refused);
        let ok = (StatusCode::OK, "ok".to_owned());
        assert_eq!(answer(&readiness, "/healthz").await, ok);
        readiness.set(None);
        assert_eq!(answer(&readiness, "/readyz").await, ok);
    }
}
