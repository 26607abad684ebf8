//! The addresses behind the name of the service, and which of them leads. A headless Service stands for all replicas.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Url;

/// How a name becomes addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolver {
    /// The system's.
    System,
    /// Always these.
    Fixed(Vec<SocketAddr>),
}

/// Addresses in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Addresses {
    host: String,
    port: u16,
    resolver: Resolver,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    addresses: Vec<SocketAddr>,
    /// Whether the first one has answered as the leader.
    has_leader: bool,
}

impl Addresses {
    pub(super) fn new(url: &Url, resolver: Resolver) -> Result<Self, String> {
        let host = url.host_str().ok_or_else(|| format!("service.uri {url} names no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| format!("service.uri {url} names no port"))?;
        // An IPv6 address stands in brackets in a URL and nowhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, resolver, known: Mutex::default() })
    }

    /// The one that has answered last, if nothing went wrong with it since.
    pub(super) fn leader(&self) -> Option<SocketAddr> {
        let known = self.known();
        known.addresses.first().filter(|_| known.has_leader).copied()
    }

    /// All of them as they are now: known ones in the order that experience gives them, then new ones.
    pub(super) async fn resolve(&self) -> Result<Vec<SocketAddr>, String> {
        let found = match &self.resolver {
            Resolver::Fixed(addresses) => Ok(addresses.clone()),
            Resolver::System => tokio::net::lookup_host((self.host.as_str(), self.port))
                .await
                .map(Iterator::collect::<Vec<_>>)
                .map_err(|error| format!("the name {} can't be resolved: {error}", self.host)),
        };
        let mut known = self.known();
        match found {
            Ok(found) => known.addresses = merged(&known.addresses, found),
            // A name server that is away must not part us from an operator that is there.
            Err(message) if known.addresses.is_empty() => return Err(message),
            Err(_) => {}
        }
        Ok(known.addresses.clone())
    }

    /// Tries this one first from now on.
    pub(super) fn prefer(&self, address: SocketAddr) {
        let mut known = self.known();
        known.addresses.retain(|other| *other != address);
        known.addresses.insert(0, address);
        known.has_leader = true;
    }

    /// Tries this one last from now on.
    pub(super) fn avoid(&self, address: SocketAddr) {
        let mut known = self.known();
        if known.addresses.first() == Some(&address) {
            known.has_leader = false;
        }
        known.addresses.retain(|other| *other != address);
        known.addresses.push(address);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn merged(known: &[SocketAddr], found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut merged: Vec<SocketAddr> =
        known.iter().filter(|address| found.contains(address)).copied().collect();
    for address in found {
        if !merged.contains(&address) {
            merged.push(address);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 8443))
    }

    fn addresses(all: &[u8]) -> Addresses {
        let url = Url::parse("https://trials:8443").unwrap();
        let resolver = Resolver::Fixed(all.iter().map(|last| at(*last)).collect());
        Addresses::new(&url, resolver).unwrap()
    }

    #[tokio::test]
    async fn who_has_answered_is_first_and_who_has_failed_is_last() {
        let addresses = addresses(&[1, 2, 3]);
        assert_eq!(addresses.leader(), None);
        assert_eq!(addresses.resolve().await.unwrap(), [1, 2, 3].map(at));
        addresses.prefer(at(3));
        assert_eq!(addresses.leader(), Some(at(3)));
        assert_eq!(addresses.resolve().await.unwrap(), [3, 1, 2].map(at));
        addresses.avoid(at(3));
        assert_eq!(addresses.leader(), None);
        assert_eq!(addresses.resolve().await.unwrap(), [1, 2, 3].map(at));
    }

    #[test]
    fn who_is_gone_from_the_name_is_not_tried_and_who_is_new_is() {
        assert_eq!(merged(&[at(3), at(1)], vec![at(1), at(2)]), [at(1), at(2)]);
    }

    #[test]
    fn an_address_without_a_host_is_refused() {
        let url = Url::parse("data:text").unwrap();
        assert!(Addresses::new(&url, Resolver::System).unwrap_err().contains("names no host"));
    }
}
