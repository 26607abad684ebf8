//! An API server in memory: what podium asks of a real one, with its rules for names, resourceVersions, subresources,
//! finalizers and owners. It keeps JSON, so that it stores what was sent and not what a type remembers.

mod answer;
mod kinds;
mod request;
mod service;
mod store;
mod write;

pub use request::Request;
pub use service::client;
pub use store::{Id, Store};
