//! The three calls as HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use podium_contract::{ASK_PATH, LARGEST_CALL, REPORT_PATH, TELL_PATH};

use super::door::{ASK, Door, REPORT, TELL};
use super::refused::No;

/// The calls, behind a door.
pub(super) fn router(door: Arc<Door>) -> Router {
    let ask = |State(door): State<Arc<Door>>, request: Request| async move {
        door.answer(ASK, request, |trials, worker, call| trials.ask(worker, call)).await
    };
    let report = |State(door): State<Arc<Door>>, request: Request| async move {
        door.answer(REPORT, request, |trials, worker, call| trials.report(worker, call)).await
    };
    let tell = |State(door): State<Arc<Door>>, request: Request| async move {
        door.answer(TELL, request, |trials, worker, call| trials.tell(worker, call)).await
    };
    let paths = format!("there are POST {ASK_PATH}, {REPORT_PATH} and {TELL_PATH}");
    let also = paths.clone();
    Router::new()
        .route(ASK_PATH, post(ask))
        .route(REPORT_PATH, post(report))
        .route(TELL_PATH, post(tell))
        .fallback(|| async { No::new(StatusCode::NOT_FOUND, "NoSuchCall", paths) })
        .method_not_allowed_fallback(|| async { No::new(StatusCode::METHOD_NOT_ALLOWED, "NoSuchCall", also) })
        .layer(DefaultBodyLimit::max(LARGEST_CALL))
        .with_state(door)
}
