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
    let login = Ok(Login::default());
    Reader { mount: mount.to_owned(), limit: 1000, patience, trust: Trust::default(), login }
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

/// A login of a Secret with these keys.
fn login(keys: &[(&str, &str)]) -> Result<Login, String> {
    let names = [
        ("username", "PODIUM_DATA_USERNAME"),
        ("password", "PODIUM_DATA_PASSWORD"),
        ("token", "PODIUM_DATA_TOKEN"),
        ("allowHttp", "PODIUM_DATA_ALLOW_HTTP"),
    ];
    Login::of(|variable| {
        let (key, _) = names.iter().find(|(_, name)| *name == variable)?;
        keys.iter().find(|(name, _)| name == key).map(|(_, value)| (*value).to_owned())
    })
}

const BASIC: [(&str, &str); 3] = [("username", "ann"), ("password", "s3:cret"), ("allowHttp", "true")];
const BEARER: [(&str, &str); 2] = [("token", "t0ken\n"), ("allowHttp", "true")];

/// What servers of a test were sent as a login, by path.
type Seen = Arc<std::sync::Mutex<Vec<(String, Option<String>)>>>;

/// A server that gives rows to those who log in as `wanted` says, and redirects elsewhere.
async fn guarded(wanted: &'static str, elsewhere: Option<SocketAddr>) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let handler = move |uri: axum::http::Uri, headers: HeaderMap| async move {
        let all: Vec<_> =
            headers.get_all("authorization").iter().map(|value| value.to_str().unwrap()).collect();
        let sent = (!all.is_empty()).then(|| all.join(", "));
        noted.lock().unwrap().push((uri.path().to_owned(), sent.clone()));
        match (uri.path(), elsewhere) {
            ("/moved.csv", _) => (StatusCode::FOUND, [("location", "/rows.csv")]).into_response(),
            ("/away.csv", Some(address)) => {
                (StatusCode::FOUND, [("location", format!("http://{address}/rows.csv"))]).into_response()
            }
            ("/round.csv", _) => (StatusCode::FOUND, [("location", "/round.csv")]).into_response(),
            _ if wanted.is_empty() || sent.as_deref() == Some(wanted) => "a\n1\n".into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    };
    (serve(Router::new().fallback(handler)).await, seen)
}

/// Reads with a Secret of these keys.
async fn read_as(keys: &[(&str, &str)], uri: &str) -> Result<Fetched, (&'static str, String)> {
    let reader = Reader { login: login(keys), ..reader(Path::new("/nonexistent")) };
    reader.read(uri).await.map_err(|error| (error.reason(), error.to_string()))
}

#[tokio::test]
async fn http_is_read_with_the_login_of_the_secret_and_a_wrong_or_missing_one_is_told_apart() {
    provider();
    let rows = Ok(Fetched { bytes: "a\n1\n".into(), version: None });
    for (wanted, right) in [("Basic YW5uOnMzOmNyZXQ=", &BASIC[..]), ("Bearer t0ken", &BEARER[..])] {
        let (address, seen) = guarded(wanted, None).await;
        let uri = format!("http://{address}/rows.csv");
        assert_eq!(read_as(right, &uri).await, rows);
        // A login in the URI gives way, and is not sent beside it.
        assert_eq!(read_as(right, &format!("http://bob:b@{address}/rows.csv")).await, rows);
        // On the same host the login goes along.
        assert_eq!(read_as(right, &format!("http://{address}/moved.csv")).await, rows);
        let sent = |path: &str| (path.to_owned(), Some(wanted.to_owned()));
        let all = ["/rows.csv", "/rows.csv", "/moved.csv", "/rows.csv"].map(sent);
        assert_eq!(*seen.lock().unwrap(), all);

        let wrong = [("username", "ann"), ("password", "other"), ("allowHttp", "true")];
        let message = format!(
            "data {uri} can't be read with these credentials: the server answered 401 Unauthorized; check \
             data.credentialsSecret"
        );
        assert_eq!(read_as(&wrong, &uri).await, Err(("DataAccessDenied", message)));
        let message = format!(
            "data {uri} can't be read without a login: the server answered 401 Unauthorized; name a Secret with username \
             and password, or token, as data.credentialsSecret"
        );
        assert_eq!(read_as(&[], &uri).await, Err(("DataAccessDenied", message)));
    }
}

#[tokio::test]
async fn a_login_is_not_sent_to_another_host_that_the_first_one_points_to() {
    provider();
    for right in [&BASIC[..], &BEARER[..]] {
        let (open, seen_there) = guarded("", None).await;
        let (address, seen) = guarded("nobody", Some(open)).await;
        let uri = format!("http://{address}/away.csv");
        assert_eq!(read_as(right, &uri).await.unwrap().bytes, "a\n1\n");
        assert!(seen.lock().unwrap()[0].1.is_some());
        assert_eq!(*seen_there.lock().unwrap(), [("/rows.csv".to_owned(), None)]);

        let (closed, seen_there) = guarded("nobody", None).await;
        let (address, _) = guarded("nobody", Some(closed)).await;
        let uri = format!("http://{address}/away.csv");
        let message = format!(
            "data {uri} can't be read with these credentials: http://{closed}/rows.csv, to which it redirects and no login \
             is sent, answered 401 Unauthorized; check data.credentialsSecret"
        );
        assert_eq!(read_as(right, &uri).await, Err(("DataAccessDenied", message)));
        assert_eq!(*seen_there.lock().unwrap(), [("/rows.csv".to_owned(), None)]);
    }
}

#[tokio::test]
async fn a_login_goes_over_plain_http_only_where_the_secret_says_so() {
    provider();
    let (address, seen) = guarded("", None).await;
    let uri = format!("http://{address}/rows.csv");
    let message = format!(
        "data {uri} can't be read with the Secret of data.credentialsSecret: a login is not sent over plain http, where it \
         can be read on the way; use https, or set the key allowHttp to true in the Secret"
    );
    for keys in [&BASIC[..2], &BEARER[..1], &[("token", "t"), ("allowHttp", "false")]] {
        assert_eq!(read_as(keys, &uri).await, Err(("InvalidCredentials", message.clone())));
    }
    assert_eq!(*seen.lock().unwrap(), []);
    // A Secret without a login, for MLflow's bucket perhaps, forbids nothing.
    assert!(read_as(&[], &uri).await.is_ok());
}

/// An https server for 127.0.0.1 that sends everybody to `location`, and the authority that signed its certificate.
async fn encrypted(location: String) -> (SocketAddr, String) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let Ok(mut stream) = acceptor.accept(listener.accept().await.unwrap().0).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (address, authority.pem())
}

#[tokio::test]
async fn with_a_login_nobody_is_followed_from_https_to_http() {
    provider();
    let (open, seen) = guarded("", None).await;
    let (address, pem) = encrypted(format!("http://{open}/rows.csv")).await;
    let uri = format!("https://{address}/rows.csv");
    let read = async |keys: &[(&str, &str)]| {
        let trust = Trust::new(Some(&pem));
        let reader = Reader { login: login(keys), trust, ..reader(Path::new("/nonexistent")) };
        reader.read(&uri).await.map_err(|error| error.to_string())
    };
    let message = format!(
        "data {uri} can't be read: it redirects from https to http, which is not followed with a login"
    );
    assert_eq!(read(&BASIC).await, Err(message));
    assert_eq!(*seen.lock().unwrap(), []);
    assert_eq!(read(&[]).await.unwrap().bytes, "a\n1\n");
}

#[tokio::test]
async fn a_secret_with_half_a_login_or_two_is_refused_with_its_keys() {
    provider();
    let uri = "https://127.0.0.1:9/rows.csv";
    for (keys, wanted) in [
        (&[("username", "ann")][..], "it has the key username and not password"),
        (&[("password", "p4ss")], "it has the key password and not username"),
        (
            &[("username", "ann"), ("password", "p4ss"), ("token", "t0ken")],
            "it has the key token beside username or password; one login is needed",
        ),
        (
            &[("username", "ann"), ("token", "t0ken")],
            "it has the key token beside username or password; one login is needed",
        ),
        (&[("token", "t0ken"), ("allowHttp", "yes")], "its key allowHttp must be true or false"),
    ] {
        let message = format!("data {uri} can't be read with the Secret of data.credentialsSecret: {wanted}");
        assert_eq!(read_as(keys, uri).await, Err(("InvalidCredentials", message)));
    }
    let shown = format!("{:?} {:?}", login(&BASIC).unwrap(), login(&BEARER).unwrap());
    assert_eq!(shown, "Login(basic) Login(bearer)");
}

#[tokio::test]
async fn a_server_that_redirects_for_ever_is_told_at_once() {
    provider();
    let (address, seen) = guarded("", None).await;
    let uri = format!("http://{address}/round.csv");
    let message = format!("data {uri} can't be read: it redirects again and again");
    assert_eq!(read_as(&[], &uri).await, Err(("DataUnreadable", message)));
    assert_eq!(seen.lock().unwrap().len(), 11);
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
