//! Which of our kinds the API server serves, read from what it tells every client of itself: that needs no right of ours.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use serde_json::Value;

use super::Error;
use crate::plan::definitions::{Kind, lacking};

/// What is wrong with the definitions on the API server; `None` when they will do.
///
/// # Errors
/// When the API server can't be read.
pub async fn problem(client: &Client, ours: &[CustomResourceDefinition]) -> Result<Option<String>, Error> {
    let kinds = kinds(ours);
    let Some(first) = kinds.first() else { return Ok(None) };
    let served = document(client, &first.group, &first.version).await?;
    Ok(lacking(&kinds, served.as_ref()))
}

/// The OpenAPI v3 document of a group and version; `None` when the API server does not know it.
async fn document(client: &Client, group: &str, version: &str) -> Result<Option<Value>, Error> {
    let what = format!("the OpenAPI document of {group}/{version}");
    let request = kube::core::Request::new(format!("/openapi/v3/apis/{group}"))
        .get(version, &kube::api::GetParams::default())
        .map_err(|error| Error::request("ask for", what.clone())(kube::Error::BuildRequest(error)))?;
    match client.request::<Value>(request).await {
        Ok(document) => Ok(Some(document)),
        // By its code: what answers here is no resource, and gives no reason.
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(Error::request("read", what)(error)),
    }
}

fn kinds(definitions: &[CustomResourceDefinition]) -> Vec<Kind> {
    let kinds = definitions.iter().flat_map(|definition| {
        definition.spec.versions.iter().map(|version| Kind {
            group: definition.spec.group.clone(),
            version: version.name.clone(),
            kind: definition.spec.names.kind.clone(),
            // A schema is JSON already, so it always serialises.
            schema: serde_json::to_value(version.schema.as_ref().map(|schema| &schema.open_api_v3_schema))
                .unwrap_or_default(),
        })
    });
    kinds.collect()
}
