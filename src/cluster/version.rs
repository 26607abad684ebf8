//! ModelVersions: observed and written.

use std::collections::BTreeSet;

use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::core::PartialObjectMeta;
use kube::{Api, ResourceExt};
use serde_json::json;

use super::{Cluster, Error};
use crate::api::{ModelVersion, ModelVersionStatus, TrainingPipeline, labels};
use crate::plan::version::{Observed, PipelineFacts, RecordState, VersionAction};
use crate::settings::Grant;

impl Cluster {
    /// Reads a ModelVersion; `None` when it is gone.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn model_version(&self, namespace: &str, name: &str) -> Result<Option<ModelVersion>, Error> {
        let api: Api<ModelVersion> = self.api(namespace);
        let what = format!("ModelVersion {namespace}/{name}");
        api.get_opt(name).await.map_err(Error::request("get", what))
    }

    /// Everything else that a decision about a ModelVersion rests on.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn observe_version(
        &self,
        object: &ModelVersion,
        grant: &Grant,
        installation: &str,
        epoch: i64,
    ) -> Result<Observed, Error> {
        let pipeline = async {
            match &object.spec.source.pipeline_ref {
                Some(reference) => self.pipeline_facts(&grant.namespace, &reference.name).await,
                None => Ok(PipelineFacts::Absent),
            }
        };
        // The record before the siblings: an intent is an orphan only when its object is gone after it was read.
        let record = async {
            let record = self.record(grant, &object.spec.registered_model).await?;
            Ok::<_, Error>((record, self.siblings(&grant.namespace).await?))
        };
        let (pipeline, (record, siblings)) = tokio::try_join!(pipeline, record)?;
        Ok(Observed {
            status: object.status.clone().unwrap_or_default(),
            record,
            pipeline,
            deleted_at: object.metadata.deletion_timestamp.as_ref().map(|time| time.0),
            finalizer: object.finalizers().iter().any(|name| name == labels::FINALIZER),
            siblings,
            epoch,
            installation: installation.to_owned(),
        })
    }

    async fn siblings(&self, namespace: &str) -> Result<BTreeSet<String>, Error> {
        let api: Api<ModelVersion> = self.api(namespace);
        let all = api
            .list_metadata(&ListParams::default())
            .await
            .map_err(Error::request("list", "ModelVersions"))?;
        Ok(all.items.iter().filter_map(PartialObjectMeta::uid).collect())
    }

    async fn pipeline_facts(&self, namespace: &str, name: &str) -> Result<PipelineFacts, Error> {
        let api: Api<TrainingPipeline> = self.api(namespace);
        let what = format!("TrainingPipeline {namespace}/{name}");
        let Some(pipeline) = api.get_opt(name).await.map_err(Error::request("get", what))? else {
            return Ok(PipelineFacts::Absent);
        };
        Ok(pipeline.status.as_ref().map_or(PipelineFacts::NotSucceeded, PipelineFacts::of))
    }

    /// Carries out one action for a ModelVersion. Returns the model's record when the action wrote it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else decided, or when the API server refuses.
    pub async fn apply_version_action(
        &self,
        object: &ModelVersion,
        grant: &Grant,
        action: &VersionAction,
    ) -> Result<Option<RecordState>, Error> {
        self.fence()?;
        match action {
            VersionAction::PutRecord(write) | VersionAction::CloseIntent(write) => {
                self.put_record(grant, write).await.map(Some)
            }
            VersionAction::AddFinalizer => self.set_finalizer(object, true).await.map(|()| None),
            VersionAction::RemoveFinalizer => self.set_finalizer(object, false).await.map(|()| None),
        }
    }

    /// Takes our finalizer from an object that is being deleted.
    ///
    /// # Errors
    /// When the API server refuses or can't be reached.
    pub async fn release(&self, object: &ModelVersion) -> Result<(), Error> {
        self.fence()?;
        if object.finalizers().iter().any(|name| name == labels::FINALIZER) {
            self.set_finalizer(object, false).await?;
        }
        Ok(())
    }

    /// At the resourceVersion read, so that no other finalizer is lost.
    async fn set_finalizer(&self, object: &ModelVersion, wanted: bool) -> Result<(), Error> {
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let mut finalizers = object.finalizers().to_vec();
        finalizers.retain(|name| name != labels::FINALIZER);
        finalizers.extend(wanted.then(|| labels::FINALIZER.to_owned()));
        let patch =
            json!({"metadata": {"resourceVersion": object.resource_version(), "finalizers": finalizers}});
        let what = format!("finalizers of ModelVersion {namespace}/{name}");
        let api: Api<ModelVersion> = self.api(&namespace);
        let patched = api.patch_metadata(&name, &PatchParams::default(), &Patch::Merge(patch)).await;
        match patched {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            done => done.map(|_| ()).map_err(Error::request("replace", what)),
        }
    }

    /// Writes the status of a ModelVersion, unless somebody changed the object since it was read.
    ///
    /// # Errors
    /// [`Error::Conflict`], or when the API server can't be reached.
    pub async fn replace_version_status(
        &self,
        object: &ModelVersion,
        status: ModelVersionStatus,
    ) -> Result<ModelVersion, Error> {
        self.fence()?;
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let next = ModelVersion { status: Some(status), ..object.clone() };
        let api: Api<ModelVersion> = self.api(&namespace);
        let what = format!("status of ModelVersion {namespace}/{name}");
        let written = api.replace_status(&name, &PostParams::default(), &next).await;
        written.map_err(Error::request("replace", what))
    }
}
