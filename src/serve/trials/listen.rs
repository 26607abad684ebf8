//! TLS connections: accepted one after the other, and then each on its own, so that no slow or hostile one holds up others.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Connections at the same time; a worker holds one. Further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 2048;
/// Longest time of a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest time for the head of a request, and so between two of them: three times the workers' heartbeat.
const HEAD: Duration = Duration::from_secs(30);
/// Longest time that calls get to end when the service stops.
const LAST_CALLS: Duration = Duration::from_secs(10);
/// Wait after a connection could not be accepted, for example because no file descriptor was left.
const BREATH: Duration = Duration::from_millis(200);

/// Serves connections until it is told to stop or the teller is gone; then lets the calls that have begun end.
pub(super) async fn listen(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    router: Router,
    mut stop: oneshot::Receiver<()>,
) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let (stream, place) = tokio::select! {
            _ = &mut stop => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            serve(stream, acceptor, router, watcher).await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(LAST_CALLS, graceful.shutdown()).await.is_err() {
        tracing::warn!("calls of workers were cut off; they repeat them");
    }
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Never closed, so there is always a permit in the end.
    let place = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                sleep(BREATH).await;
            }
        }
    }
}

/// One connection. What goes wrong with it is its client's business.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, router: Router, watcher: Watcher) {
    // Calls are small and answered at once.
    let _ = stream.set_nodelay(true);
    let secured = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(secured)) => secured,
        Ok(Err(error)) => return tracing::debug!(%error, "a handshake failed"),
        Err(_) => return tracing::debug!("a handshake took too long"),
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(secured), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended");
    }
}
