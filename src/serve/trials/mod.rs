//! The trial service: HTTPS for the workers of sweeps. It knows who calls and how a call looks; what is answered is decided
//! behind [`Trials`].

mod bearer;
mod certificate;
mod claim;
mod desks;
mod door;
mod listen;
mod notes;
mod port;
mod quiet;
mod refused;
mod router;

use std::net::SocketAddr;
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::cluster::authority::{Authority, AuthorityError};
use crate::settings::TrialService;
use crate::telemetry::Metrics;
use certificate::Certificate;
use door::Door;
pub use port::{Callers, Trials};

/// Why there is no trial service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address that pods call.
    #[error("{0:?} is no address of a trial service")]
    Uri(String),
    /// The certificate authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS.
    #[error("failed to set up TLS for the trial service: {0}")]
    Tls(#[from] rustls::Error),
    /// The address that it listens on.
    #[error("failed to serve trials on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
}

/// A service that has its certificate and does not listen yet: pods can be told of it.
pub struct Prepared {
    service: TrialService,
    certificate: Arc<Certificate>,
}

impl Prepared {
    /// A service that pods call at `uri`.
    ///
    /// # Errors
    /// When the authority can't sign for it.
    pub fn new(uri: &str, authority: Authority) -> Result<Self, Error> {
        let certificate = Certificate::new(authority, uri, Timestamp::now())?;
        let service = TrialService {
            uri: uri.trim_end_matches('/').to_owned(),
            certificate_authority: certificate.authority().to_owned(),
        };
        Ok(Self { service, certificate: Arc::new(certificate) })
    }

    /// What pods are told.
    pub fn service(&self) -> &TrialService {
        &self.service
    }

    /// Listens, until it is stopped or dropped.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn serve(
        self,
        address: SocketAddr,
        trials: Arc<dyn Trials>,
        callers: Arc<dyn Callers>,
        metrics: Metrics,
    ) -> Result<Running, Error> {
        let acceptor = TlsAcceptor::from(Arc::new(self.certificate.tls()?));
        let unbound = |error| Error::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let router = router::router(Arc::new(Door::new(trials, callers, metrics)));
        let (stop, stopped) = oneshot::channel();
        tracing::info!(%address, uri = self.service.uri, "serving trials");
        let work = tokio::spawn(async move {
            tokio::select! {
                () = listen::listen(listener, acceptor, router, stopped) => {}
                () = self.certificate.renew_forever() => {}
            }
        });
        Ok(Running { address, stop, work })
    }
}

/// A service that listens.
pub struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    work: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more calls, and returns once those that have begun are answered, or after 10 s.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.work.await;
    }
}

#[cfg(test)]
mod tests;
