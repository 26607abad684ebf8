//! A proxy between trainer and MLflow that refuses, loses answers, or holds them while the trainer is killed.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::Notify;

/// What the proxy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing but count.
    Pass,
    /// The first of each distinct request never reaches MLflow.
    RefuseFirst,
    /// The first of each distinct request is carried out, and its answer lost.
    LoseFirst,
    /// The write of this number (from 0) is carried out, and its answer never given.
    HoldAfter(usize),
}

struct Inner {
    upstream: String,
    client: reqwest::Client,
    mode: Mode,
    seen: Mutex<HashSet<u64>>,
    requests: AtomicUsize,
    /// Those among them that may change something.
    writes: AtomicUsize,
    held: Notify,
}

pub struct Proxy {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Proxy {
    pub async fn start(upstream: &str, mode: Mode) -> Self {
        let inner = Arc::new(Inner {
            upstream: upstream.to_owned(),
            client: reqwest::Client::new(),
            mode,
            seen: Mutex::default(),
            requests: AtomicUsize::new(0),
            writes: AtomicUsize::new(0),
            held: Notify::new(),
        });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.inner.requests.load(Ordering::SeqCst)
    }

    pub fn writes(&self) -> usize {
        self.inner.writes.load(Ordering::SeqCst)
    }

    /// Until an answer is held.
    pub async fn held(&self) {
        self.inner.held.notified().await;
    }
}

async fn forward(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    inner.requests.fetch_add(1, Ordering::SeqCst);
    let write = (parts.method != Method::GET).then(|| inner.writes.fetch_add(1, Ordering::SeqCst));
    let is_first = {
        let mut hasher = DefaultHasher::new();
        (parts.method.as_str(), &path, &body).hash(&mut hasher);
        inner.seen.lock().unwrap().insert(hasher.finish())
    };
    let away = || (StatusCode::BAD_GATEWAY, "away").into_response();
    if inner.mode == Mode::RefuseFirst && is_first {
        return away();
    }
    let mut sent = inner.client.request(parts.method, format!("{}{path}", inner.upstream)).body(body);
    for name in ["content-type", "authorization"] {
        if let Some(value) = parts.headers.get(name) {
            sent = sent.header(name, value);
        }
    }
    let Ok(answer) = sent.send().await else { return away() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    if inner.mode == Mode::LoseFirst && is_first {
        return away();
    }
    if write.is_some_and(|number| inner.mode == Mode::HoldAfter(number)) {
        inner.held.notify_one();
        std::future::pending::<()>().await;
    }
    let mut response = Response::builder().status(status);
    if let Some(kind) = headers.get("content-type") {
        response = response.header("content-type", kind);
    }
    response.body(Body::from(bytes)).unwrap()
}
