//! Room `serve`: HTTP for the kubelet and Prometheus: health, readiness, metrics.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use crate::telemetry::Metrics;

/// What a scrape answers with.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves until the process ends. Every replica that serves is ready, leader or not.
///
/// # Errors
/// When the address can't be bound.
pub async fn serve(address: SocketAddr, metrics: Metrics) -> std::io::Result<()> {
    let scrape = move || {
        let metrics = metrics.clone();
        async move { ([(CONTENT_TYPE, OPEN_METRICS)], metrics.encode()) }
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(|| async { "ok" }))
        .route("/metrics", get(scrape));
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router).await
}
