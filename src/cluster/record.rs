//! The model's record: one ConfigMap a model in the operator's namespace, replaced only at the resourceVersion read.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, ResourceExt};

use super::{Cluster, Error};
use crate::api::labels;
use crate::domain::names::digest;
use crate::domain::version::ModelRecord;
use crate::plan::version::{RecordState, RecordWrite};
use crate::settings::Grant;

/// Key of the JSON in the ConfigMap.
const KEY: &str = "record.json";

impl Cluster {
    /// Reads the record of a model.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub(super) async fn record(&self, grant: &Grant, model: &str) -> Result<RecordState, Error> {
        let name = name(grant, model);
        let api: Api<ConfigMap> = self.api(&self.home);
        let what = format!("ConfigMap {}/{name}", self.home);
        let found = api.get_opt(&name).await.map_err(Error::request("get", what))?;
        Ok(found.map_or(RecordState::Absent, |found| state(&found)))
    }

    /// Writes the record: created when `expected` is absent, else replaced at exactly that resourceVersion. Returns it as
    /// it stands then.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else decided in between.
    pub(super) async fn put_record(&self, grant: &Grant, write: &RecordWrite) -> Result<RecordState, Error> {
        let RecordWrite { model, record, expected } = write;
        let name = name(grant, model);
        let what = format!("ConfigMap {}/{name}", self.home);
        let Ok(json) = record.to_json() else { return Err(Error::Unwritable(what)) };
        let object = ConfigMap {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(self.home.clone()),
                resource_version: expected.clone(),
                labels: Some(BTreeMap::from([
                    (labels::MANAGED_BY.to_owned(), labels::MANAGED_BY_VALUE.to_owned()),
                    (labels::MODEL_RECORD.to_owned(), "true".to_owned()),
                ])),
                annotations: Some(BTreeMap::from([(labels::MODEL.to_owned(), model.clone())])),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([(KEY.to_owned(), json)])),
            ..ConfigMap::default()
        };
        let api: Api<ConfigMap> = self.api(&self.home);
        let written = match expected {
            None => api.create(&PostParams::default(), &object).await,
            Some(_) => api.replace(&name, &PostParams::default(), &object).await,
        };
        match written {
            Ok(written) => Ok(state(&written)),
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
                Err(Error::Conflict(what))
            }
            Err(error) => Err(Error::request("write", what)(error)),
        }
    }
}

fn state(found: &ConfigMap) -> RecordState {
    let text = found.data.as_ref().and_then(|data| data.get(KEY)).map(String::as_str).unwrap_or_default();
    match ModelRecord::parse(text) {
        Ok(record) => RecordState::Present {
            record: Box::new(record),
            resource_version: found.resource_version().unwrap_or_default(),
        },
        Err(error) => RecordState::Unreadable(error),
    }
}

/// Name of the record of a model of one server and workspace.
fn name(grant: &Grant, model: &str) -> String {
    let hash = digest(&[&grant.tracking_uri, grant.workspace.as_deref().unwrap_or_default(), model]);
    format!("podium-model-{}", hash.chars().take(20).collect::<String>())
}
