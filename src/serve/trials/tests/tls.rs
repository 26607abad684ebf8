use k8s_openapi::jiff::ToSpan;
use podium_contract::ASK_PATH;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::*;

const URI: &str = "https://podium-trials.podium.svc:8443";

async fn running(fake: Fake) -> (Running, TrialService) {
    let prepared = Prepared::new(URI, Authority::make(Timestamp::now()).unwrap()).unwrap();
    let service = prepared.service().clone();
    let running = prepared
        .serve("127.0.0.1:0".parse().unwrap(), Arc::new(fake), Arc::new(Names), Metrics::default())
        .await
        .unwrap();
    (running, service)
}

/// A client as in a worker's pod, where the name of the service leads to this machine.
fn client(authority: &str, address: SocketAddr) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([authority])
        .resolve("podium-trials.podium.svc", address)
        .no_proxy()
        .build()
        .unwrap()
}

async fn call(client: &reqwest::Client, address: SocketAddr) -> Result<Value, reqwest::Error> {
    let uri = format!("https://podium-trials.podium.svc:{}{ASK_PATH}", address.port());
    client.post(uri).bearer_auth("worker").json(&ask()).send().await?.json().await
}

/// The whole chain of what went wrong.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn a_client_that_trusts_the_authority_is_answered_and_one_that_trusts_another_ends_the_handshake() {
    let (running, service) = running(Fake::default()).await;
    assert_eq!(service.uri, URI);
    let worker = client(&service.certificate_authority, running.address());
    assert_eq!(call(&worker, running.address()).await.unwrap()["answer"]["kind"], "Wait");

    let other = Authority::make(Timestamp::now()).unwrap();
    let stranger = client(other.certificate(), running.address());
    let error = causes(&call(&stranger, running.address()).await.unwrap_err());
    assert!(error.contains("certificate"), "{error}");
}

#[tokio::test]
async fn plain_http_is_not_answered() {
    let (running, _) = running(Fake::default()).await;
    let uri = format!("http://{}{ASK_PATH}", running.address());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(client.post(uri).body("{}").send().await.is_err());
}

#[tokio::test]
async fn connections_that_say_nothing_hold_nobody_up() {
    let (running, service) = running(Fake::default()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(running.address()).await.unwrap());
    }
    let worker = client(&service.certificate_authority, running.address());
    let answer = tokio::time::timeout(Duration::from_secs(5), call(&worker, running.address()));
    assert_eq!(answer.await.unwrap().unwrap()["epoch"], 3);
    // They are let go.
    let mut buffer = [0; 1];
    let end = tokio::time::timeout(Duration::from_secs(20), silent[0].read(&mut buffer));
    assert!(matches!(end.await.unwrap(), Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_stopped_service_answers_what_has_begun_and_nothing_new() {
    let (running, service) = running(Fake { slow: Duration::from_millis(300), ..Fake::default() }).await;
    let address = running.address();
    let worker = client(&service.certificate_authority, address);
    let begun = tokio::spawn({
        let worker = worker.clone();
        async move { call(&worker, address).await }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    running.stop().await;
    assert_eq!(begun.await.unwrap().unwrap()["answer"]["kind"], "Wait");
    assert!(call(&worker, address).await.is_err());
}

#[test]
fn the_certificate_is_made_anew_at_half_of_its_life_and_the_authority_stays() {
    let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    let certificate = Certificate::new(Authority::make(now).unwrap(), URI, now).unwrap();
    let trusted = certificate.authority().to_owned();
    assert!(!certificate.renew(now + (14 * 24).hours()).unwrap());
    assert!(certificate.renew(now + (15 * 24).hours()).unwrap());
    assert!(!certificate.renew(now + (29 * 24).hours()).unwrap());
    assert_eq!(certificate.authority(), trusted);
}
