//! One call to one address.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use podium_contract::{Answer, Service};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;

use super::trouble::Trouble;
use crate::causes::causes;
use crate::worker::Pace;

/// Replicas come and go, and each new one has a new address.
const MOST_CLIENTS: usize = 16;

/// Clients of the service, one for each address: a client keeps its connections, and its certificate is checked for the
/// service's name wherever that leads.
#[derive(Debug)]
pub(super) struct Http {
    url: Url,
    /// The only authorities that are trusted, where some are stated.
    authorities: Option<Vec<Certificate>>,
    pace: Pace,
    clients: Mutex<HashMap<SocketAddr, Client>>,
}

impl Http {
    pub(super) fn new(service: &Service, pace: Pace) -> Result<Self, String> {
        let uri = &service.uri;
        let url = Url::parse(uri).map_err(|error| format!("service.uri {uri:?} is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("service.uri {uri:?} is neither http:// nor https://"));
        }
        let authorities = service.certificate_authority.as_deref().map(authorities).transpose()?;
        Ok(Self { url, authorities, pace, clients: Mutex::default() })
    }

    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    /// Sends a call. The answer may be anybody's who has the service's certificate: whether it counts is not decided here.
    pub(super) async fn post<A: DeserializeOwned>(
        &self,
        address: SocketAddr,
        path: &str,
        body: &Bytes,
        token: Option<&str>,
    ) -> Result<Answer<A>, Trouble> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        let request = self.client(address)?.post(url).header(CONTENT_TYPE, "application/json");
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let away = |error: reqwest::Error| Trouble::Away(causes(&error));
        let response = request.body(body.clone()).send().await.map_err(away)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(away)?;
        if status != StatusCode::OK {
            return Err(Trouble::of(status, &bytes));
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::Away(format!("its answer makes no sense: {error}")))
    }

    fn client(&self, address: SocketAddr) -> Result<Client, Trouble> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&address) {
            return Ok(client.clone());
        }
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        let client = self.build(address).map_err(|error| Trouble::Malformed(causes(&error)))?;
        clients.insert(address, client.clone());
        Ok(client)
    }

    fn build(&self, address: SocketAddr) -> reqwest::Result<Client> {
        let mut builder = Client::builder()
            .connect_timeout(self.pace.connect)
            .timeout(self.pace.answer)
            // The token is for the operator alone: no proxy, and nowhere that an answer might point to.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .user_agent(concat!("podium-trainer/", env!("CARGO_PKG_VERSION")));
        if let Some(host) = self.url.host_str() {
            builder = builder.resolve(host, address);
        }
        if let Some(authorities) = &self.authorities {
            builder = builder.tls_certs_only(authorities.iter().cloned());
        }
        builder.build()
    }
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, String> {
    let unusable = |what: &str| format!("service.certificateAuthority {what}");
    let found = Certificate::from_pem_bundle(pem.as_bytes())
        .map_err(|error| unusable(&format!("can't be read: {}", causes(&error))))?;
    if found.is_empty() { Err(unusable("holds no certificate in PEM form")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(uri: &str, authority: Option<&str>) -> String {
        let service = Service {
            uri: uri.to_owned(),
            certificate_authority: authority.map(str::to_owned),
            timeout_seconds: 1,
        };
        Http::new(&service, Pace::default()).unwrap_err()
    }

    #[test]
    fn addresses_and_authorities_that_are_none_are_refused() {
        assert!(refused("trials", None).contains("is no address"));
        assert!(refused("ftp://trials", None).contains("neither http:// nor https://"));
        assert!(refused("https://trials", Some("no PEM")).contains("no certificate in PEM form"));
    }
}
