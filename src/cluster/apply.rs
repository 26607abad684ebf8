//! Apply: plans carried out on the API server. Everything here may be repeated.

use k8s_openapi::api::batch::v1::Job;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::{Cluster, Error};
use crate::api::{HyperparameterSweep, ModelVersion, TrainingPipeline, TrainingPipelineStatus, labels};
use crate::build;
use crate::plan::pipeline::{PipelineAction, VersionPlan};

impl Cluster {
    /// Carries out one action for a pipeline.
    ///
    /// # Errors
    /// When the API server refuses or can't be reached.
    pub async fn apply_pipeline(&self, namespace: &str, action: &PipelineAction) -> Result<(), Error> {
        self.fence()?;
        match action {
            PipelineAction::CreateJob(plan) => self.create_job(build::job(plan)).await,
            PipelineAction::DeleteJob(name) => self.delete::<Job>(namespace, name, "Job").await,
            PipelineAction::SetTtl { job, seconds } => self.set_ttl(namespace, job, *seconds).await,
            PipelineAction::CreateSweep(plan) => self.create_sweep(plan).await,
            PipelineAction::AdjustSweep { name, suspend, parallelism } => {
                self.adjust_sweep(namespace, name, *suspend, *parallelism).await
            }
            PipelineAction::DeleteSweep(name) => {
                self.delete::<HyperparameterSweep>(namespace, name, "HyperparameterSweep").await
            }
            PipelineAction::ApplyVersion(plan) => self.apply_version(plan).await,
            PipelineAction::DeleteVersion(name) => {
                self.delete::<ModelVersion>(namespace, name, "ModelVersion").await
            }
        }
    }

    /// Writes the status of a pipeline, unless somebody changed the object since it was read.
    ///
    /// # Errors
    /// [`Error::Conflict`], or when the API server can't be reached.
    pub async fn replace_pipeline_status(
        &self,
        object: &TrainingPipeline,
        status: TrainingPipelineStatus,
    ) -> Result<TrainingPipeline, Error> {
        self.fence()?;
        let namespace = object.namespace().unwrap_or_default();
        let name = object.name_any();
        let next = TrainingPipeline { status: Some(status), ..object.clone() };
        let api: Api<TrainingPipeline> = self.api(&namespace);
        let what = format!("status of TrainingPipeline {namespace}/{name}");
        api.replace_status(&name, &PostParams::default(), &next)
            .await
            .map_err(Error::request("replace", what))
    }

    /// Created once. A name that exists is ours when its controller and its document are.
    pub(super) async fn create_job(&self, job: Job) -> Result<(), Error> {
        let (namespace, name) = (job.namespace().unwrap_or_default(), job.name_any());
        let api: Api<Job> = self.api(&namespace);
        let what = format!("Job {namespace}/{name}");
        match api.create(&PostParams::default(), &job).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                let found = api.get(&name).await.map_err(Error::request("get", what.clone()))?;
                if is_same(&found, &job) { Ok(()) } else { Err(Error::NameTaken(what)) }
            }
            Err(error) => Err(Error::request("create", what)(error)),
        }
    }

    /// A finished Job may go; the pods of one that still runs must not be touched by this.
    pub(super) async fn set_ttl(&self, namespace: &str, job: &str, seconds: i32) -> Result<(), Error> {
        let api: Api<Job> = self.api(namespace);
        let patch = Patch::Merge(json!({"spec": {"ttlSecondsAfterFinished": seconds}}));
        let what = format!("Job {namespace}/{job}");
        match api.patch(job, &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            done => done.map(|_| ()).map_err(Error::request("patch", what)),
        }
    }

    async fn apply_version(&self, plan: &VersionPlan) -> Result<(), Error> {
        let namespace = &plan.pipeline.namespace;
        let api: Api<ModelVersion> = self.api(namespace);
        let what = format!("ModelVersion {namespace}/{}", plan.name);
        let found = api.get_opt(&plan.name).await.map_err(Error::request("get", what.clone()))?;
        if found.is_some_and(|found| found.labels().get(labels::OWNER_UID) != Some(&plan.pipeline.uid)) {
            return Err(Error::NameTaken(what));
        }
        let version = build::version(plan);
        let params = PatchParams::apply(labels::MANAGER).force();
        api.patch(&plan.name, &params, &Patch::Apply(&version))
            .await
            .map(|_| ())
            .map_err(Error::request("apply", what))
    }

    /// In the background: pods go with their Job, and nobody waits for them.
    pub(super) async fn delete<K>(&self, namespace: &str, name: &str, kind: &str) -> Result<(), Error>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + serde::de::DeserializeOwned,
        K::DynamicType: Default,
    {
        match self.api::<K>(namespace).delete(name, &DeleteParams::background()).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            done => done.map(|_| ()).map_err(Error::request("delete", format!("{kind} {namespace}/{name}"))),
        }
    }
}

fn is_same(found: &Job, ours: &Job) -> bool {
    let controller =
        |job: &Job| job.owner_references().iter().find(|o| o.controller == Some(true)).map(|o| o.uid.clone());
    let document = |job: &Job| job.annotations().get(labels::DOCUMENT_DIGEST).cloned();
    controller(found) == controller(ours) && document(found) == document(ours)
}
