//! Which cluster this is.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};

use super::Error;

/// Uid of the namespace kube-system: the usual identity of a cluster.
///
/// # Errors
/// When it can't be read.
pub async fn cluster_id(client: &Client) -> Result<String, Error> {
    let api: Api<Namespace> = Api::all(client.clone());
    let namespace = api.get("kube-system").await.map_err(Error::request("get", "namespace kube-system"))?;
    Ok(namespace.metadata.uid.unwrap_or_default())
}
