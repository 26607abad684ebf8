//! Keys and certificates: an authority, what it signs, and whether the two fit together.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};

const DAY: Duration = Duration::from_secs(86_400);
/// How long an authority lives. rustls, and so our workers, never looks: what is trusted is trusted until the Secret goes.
const AUTHORITY_LIVES: Duration = DAY.saturating_mul(3650);
/// How long a certificate lives.
const LEAF_LIVES: Duration = DAY.saturating_mul(30);
/// How far a worker's clock may be behind.
const SLOW_CLOCK: Duration = DAY;
/// The name of every authority. A new one would make those of older versions useless: what they sign must name it.
const NAME: &str = "Podium trial service";

/// A certificate of the service with its key.
pub struct Leaf {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
    /// From when on there should be another one: at half of its life.
    pub renew_at: Timestamp,
}

/// A new authority: its certificate and its key, PEM.
pub(super) fn authority(now: Timestamp) -> Result<(String, String), Error> {
    let key = KeyPair::generate()?;
    let mut params = authority_params();
    lives(&mut params, now, AUTHORITY_LIVES);
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// What the certificates of an authority repeat of it.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name = name(NAME);
    params
}

/// A certificate for these names, signed by an authority's key.
pub(super) fn issue(authority: &str, names: &[String], now: Timestamp) -> Result<Leaf, Error> {
    let issuer = Issuer::new(authority_params(), KeyPair::from_pem(authority)?);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name("podium");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    lives(&mut params, now, LEAF_LIVES);
    let certificate = params.signed_by(&key, &issuer)?.der().clone();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    Ok(Leaf { certificate, key, renew_at: now.saturating_add(LEAF_LIVES / 2).unwrap_or(now) })
}

/// Whether a client that trusts this authority (PEM) alone takes a certificate for a name; if not, why.
pub(super) fn verify(authority: &str, leaf: &Leaf, name: &str, now: Timestamp) -> Result<(), String> {
    let root = CertificateDer::from_pem_slice(authority.as_bytes()).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    roots.add(root).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| error.to_string())?;
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let seconds = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default());
    let now = UnixTime::since_unix_epoch(seconds);
    let taken = verifier.verify_server_cert(&leaf.certificate, &[], &name, &[], now);
    taken.map(|_| ()).map_err(|error| error.to_string())
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

fn lives(params: &mut CertificateParams, now: Timestamp, life: Duration) {
    let seconds = Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default());
    let now = date_time_ymd(1970, 1, 1) + seconds;
    params.not_before = now - SLOW_CLOCK;
    params.not_after = now + life;
}
