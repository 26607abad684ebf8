//! Whom a client trusts, and why it does not trust a server. Nothing is sent here.

use std::error::Error as _;

use reqwest::{Certificate, ClientBuilder};
use rustls::CertificateError;

use crate::Error;

/// Trusts these certificate authorities (PEM) besides the system's.
pub(crate) fn trust(builder: ClientBuilder, authorities: &str) -> Result<ClientBuilder, Error> {
    let unusable = |message: String| Error::Tls { message };
    let certificates = Certificate::from_pem_bundle(authorities.as_bytes()).map_err(|error| {
        unusable(format!("the certificate authorities can't be read: {}", innermost(&error)))
    })?;
    if certificates.is_empty() {
        return Err(unusable("the certificate authorities hold no certificate in PEM form".to_owned()));
    }
    Ok(builder.tls_certs_merge(certificates))
}

/// Why the server's certificate was refused, if that is what went wrong, and what helps.
pub(crate) fn refusal(error: &reqwest::Error) -> Option<String> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = tls_error(cause) {
            return Some(advice(why));
        }
        next = cause.source();
    }
    None
}

/// An error of the handshake. The network's errors around it hide it from `source`, one in another.
fn tls_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    match cause.downcast_ref::<std::io::Error>() {
        Some(network) => tls_error(network.get_ref()?),
        None => cause.downcast_ref(),
    }
}

fn advice(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "an authority signed it that is not trusted; add that authority to certificateAuthorities".to_owned()
        }
        CertificateError::BadSignature => {
            "a trusted authority has the name of the one that signed it, and another key; was the authority renewed?".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            format!("it is for {} only; call the server by that name", presented.join(", "))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired; renew it".to_owned()
        }
        other => other.to_string(),
    }
}

/// The innermost cause says most: "Connection refused" rather than "error sending request".
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_that_are_none_are_refused() {
        let refused =
            |text: &str| trust(reqwest::Client::builder(), text).err().map(|error| error.to_string());
        assert!(refused("").unwrap().contains("hold no certificate in PEM form"));
        assert!(refused("no PEM").unwrap().contains("hold no certificate in PEM form"));
        let broken = "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n";
        assert!(refused(broken).unwrap().contains("can't be read"));
    }
}
