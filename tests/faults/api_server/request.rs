//! A request as it arrives, and what it is about.

use http::Method;
use serde_json::Value;

use super::store::Id;

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    pub verb: Verb,
    pub plural: String,
    pub namespace: String,
    /// Absent for a list or a creation.
    pub name: Option<String>,
    /// Whether it is about the subresource status.
    pub status: bool,
    pub labels: Vec<(String, String)>,
    pub fields: Vec<(String, String)>,
    /// Whether only metadata are wanted.
    pub metadata_only: bool,
    pub body: Value,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    List,
    Create,
    Replace,
    Apply,
    Merge,
    Delete,
}

impl Request {
    /// Reads a request of kube's client.
    pub fn read(head: &http::request::Parts, body: &[u8]) -> Self {
        let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
        let at = path.iter().position(|part| *part == "namespaces").expect("all kinds are namespaced");
        let part = |offset: usize| path.get(at + offset).map(|part| (*part).to_owned());
        let name = part(3);
        let header = |key: &str| {
            head.headers.get(key).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        Self {
            verb: verb(&head.method, name.is_some(), &header("content-type")),
            namespace: part(1).unwrap(),
            plural: part(2).unwrap(),
            name,
            status: part(4).as_deref() == Some("status"),
            labels: selector(head.uri.query(), "labelSelector"),
            fields: selector(head.uri.query(), "fieldSelector"),
            metadata_only: header("accept").contains("PartialObjectMetadata"),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    /// The object that it is about.
    pub fn id(&self) -> Id {
        let stated = || self.body["metadata"]["name"].as_str().map(str::to_owned);
        Id {
            plural: self.plural.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone().or_else(stated).unwrap_or_default(),
        }
    }

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        !matches!(self.verb, Verb::Get | Verb::List)
    }

    /// What it does, for messages of tests.
    pub fn title(&self) -> String {
        let status = if self.status { "/status" } else { "" };
        format!("{:?} {}{status} {}", self.verb, self.plural, self.id().name)
    }
}

fn verb(method: &Method, named: bool, content: &str) -> Verb {
    match (method.as_str(), named) {
        ("GET", true) => Verb::Get,
        ("GET", false) => Verb::List,
        ("POST", _) => Verb::Create,
        ("PUT", _) => Verb::Replace,
        ("PATCH", _) if content.contains("apply-patch") => Verb::Apply,
        ("PATCH", _) => Verb::Merge,
        ("DELETE", _) => Verb::Delete,
        (other, _) => panic!("no verb for {other}"),
    }
}

/// The pairs of an equality selector.
fn selector(query: Option<&str>, name: &str) -> Vec<(String, String)> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let text = pairs.filter(|(key, _)| *key == name).map(|(_, value)| decode(value)).next();
    let text = text.unwrap_or_default();
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    text.split(',').filter_map(pair).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let hex = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                rest = tail;
            }
            (b'+', tail) => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, tail) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
