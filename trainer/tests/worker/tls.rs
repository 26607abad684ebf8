//! The certificate authority of the service: the one that the document names, and no other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::serve::Listener;
use podium_contract::Service;
use podium_trainer::run::Stop;
use podium_trainer::worker::{Resolver, TrialService, Worker};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::runner::{always, brief, pace, score};
use super::service::TrialServer;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A listener with a certificate for `trials.test`.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Encrypted {
    async fn of(authority: &Authority) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["trials.test".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, authority).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_stated_authority_is_trusted() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (own, other) = (authority(), authority());
    let server = TrialServer::with(0..2);
    let listener = Encrypted::of(&own).await;
    let address = listener.local_addr().unwrap();
    let router = server.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let hired = |authority: &Authority, timeout_seconds| {
        let service = Service {
            uri: format!("https://trials.test:{}", address.port()),
            certificate_authority: Some(authority.pem()),
            timeout_seconds,
        };
        let resolver = Resolver::Fixed(vec![address]);
        let service = TrialService::new(&service, PathBuf::from("/nowhere"), resolver, pace()).unwrap();
        Worker::new(service, always(|| score(1.0)), brief(), Stop::pair().1)
    };
    let failure = hired(&other, 1).work().await.unwrap_err();
    assert!(failure.to_string().contains("invalid peer certificate"), "{failure}");
    assert!(server.ledger().calls.is_empty());
    hired(&own, 20).work().await.unwrap();
    assert_eq!(server.ledger().tells().len(), 2);
}
