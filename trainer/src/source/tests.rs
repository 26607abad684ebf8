//! Sources with their faults: what is missing, refused, silent, too large, or named wrongly.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Router, response::IntoResponse};

use super::*;

fn reader(mount: &Path) -> Reader {
    let patience = Patience { total: Duration::from_millis(300), first: Duration::from_millis(20) };
    Reader { mount: mount.to_owned(), limit: 1000, patience, trust: Trust::default() }
}

async fn refused(uri: &str) -> (&'static str, String) {
    let error = reader(Path::new("/nonexistent")).read(uri).await.unwrap_err();
    (error.reason(), error.to_string())
}

#[tokio::test]
async fn a_uri_of_no_known_form_is_named_with_the_form() {
    for (uri, wanted) in [
        ("data.csv", "has no known scheme"),
        ("ftp://host/data.csv", "has no known scheme"),
        ("configmap://only-a-name", "configmap://name/key"),
        ("configmap://name/a/b", "configmap://name/key"),
        ("pvc://claim/", "pvc://claim/path"),
        ("pvc://claim/../other/data.csv", "must not have empty, `.` or `..` parts"),
        ("pvc://../claim", "must not have empty, `.` or `..` parts"),
        ("s3://bucket", "s3://bucket/key"),
        ("https://", "https://host/path"),
    ] {
        let (reason, message) = refused(uri).await;
        assert_eq!(reason, "InvalidUri", "{uri}");
        assert!(message.contains(wanted) && message.contains(uri), "{message}");
    }
}

#[tokio::test]
async fn mounted_files_are_read_and_their_absence_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("configmap/data")).unwrap();
    std::fs::create_dir_all(folder.path().join("pvc/lake/2026")).unwrap();
    std::fs::write(folder.path().join("configmap/data/iris.csv"), "a,b\n1,2\n").unwrap();
    std::fs::write(folder.path().join("pvc/lake/2026/big.csv"), vec![b'x'; 1001]).unwrap();
    let reader = reader(folder.path());

    let read = reader.read("configmap://data/iris.csv").await.unwrap();
    assert_eq!(read, Fetched { bytes: "a,b\n1,2\n".into(), version: None });
    let reason = |uri: &'static str| async { reader.read(uri).await.unwrap_err().reason() };
    assert_eq!(reason("configmap://data/wine.csv").await, "DataNotFound");
    assert_eq!(reason("pvc://lake/2026").await, "DataUnreadable");
    assert_eq!(reason("pvc://lake/2026/big.csv").await, "DataTooLarge");
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn provider() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

#[tokio::test]
async fn http_is_read_with_its_etag_and_each_refusal_has_its_reason() {
    provider();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let flaky = move || async move {
        match counted.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => ([("etag", "\"v7\"")], "a\n1\n").into_response(),
        }
    };
    let secret = |headers: HeaderMap| async move {
        if headers.contains_key("authorization") { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    };
    let router = Router::new()
        .route("/flaky.csv", get(flaky))
        .route("/secret.csv", get(secret))
        .route("/down.csv", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/odd.csv", get(|| async { StatusCode::IM_A_TEAPOT }))
        .route("/big.csv", get(|| async { vec![b'x'; 1001] }));
    let address = serve(router).await;
    let reader = reader(Path::new("/nonexistent"));

    // Long enough for whatever else the machine does; it ends with the first good answer.
    let patient =
        Reader { patience: Patience { total: Duration::from_secs(60), ..reader.patience }, ..reader.clone() };
    let read = patient.read(&format!("http://{address}/flaky.csv?X-Amz-Signature=abc")).await.unwrap();
    assert_eq!(read, Fetched { bytes: "a\n1\n".into(), version: Some("\"v7\"".to_owned()) });
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    for (path, reason) in [
        ("none.csv", "DataNotFound"),
        ("secret.csv", "DataAccessDenied"),
        ("down.csv", "DataUnreachable"),
        ("odd.csv", "DataUnreadable"),
        ("big.csv", "DataTooLarge"),
    ] {
        let error = reader.read(&format!("http://{address}/{path}?token=hidden")).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_unreachable_after_a_while() {
    provider();
    let (reason, message) = refused("http://127.0.0.1:9/data.csv").await;
    assert_eq!(reason, "DataUnreachable");
    assert!(message.contains("refused"), "{message}");
}

#[tokio::test]
async fn an_s3_endpoint_without_tls_must_be_allowed() {
    provider();
    let variables = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let store = s3::store("s3://b/k", "b", &Access { authorities: None, variables }).unwrap();
    let error = s3::read("s3://b/k", &store, "k", 1000).await.unwrap_err();
    assert!(error.to_string().contains("AWS_ALLOW_HTTP"), "{error}");
}
