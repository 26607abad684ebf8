//! Observe: what stands on the API server about a pipeline, read fresh. A watch's cache may be behind our own writes.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::{Cluster, Error, job_state};
use crate::api::conditions::READY;
use crate::api::pipeline_status::StageName;
use crate::api::{ModelVersion, ModelVersionStatus, TrainingPipeline, TrainingPipelineStatus, labels};
use crate::plan::gate::reasons::BASELINE_MOVED;
use crate::plan::pipeline::{JobFacts, JobState, Observed, OwnedVersion};

/// A Job that has waited this long is asked for its Events.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// A pipeline and what belongs to it.
#[derive(Debug, Clone)]
pub struct PipelineObservation {
    /// The object as stored.
    pub object: TrainingPipeline,
    /// What belongs to it.
    pub observed: Observed,
}

impl Cluster {
    /// Reads a pipeline; `None` when it is gone.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn observe_pipeline(
        &self,
        namespace: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<PipelineObservation>, Error> {
        let what = || format!("TrainingPipeline {namespace}/{name}");
        let api: Api<TrainingPipeline> = self.api(namespace);
        let Some(object) = api.get_opt(name).await.map_err(Error::request("get", what()))? else {
            return Ok(None);
        };
        let uid = object.uid().unwrap_or_default();
        let status = object.status.clone().unwrap_or_default();
        let (jobs, sweeps, versions) = if has_begun(&status) {
            tokio::try_join!(
                self.jobs_of(namespace, &uid, now),
                self.sweeps_of(namespace, &uid),
                self.versions_of(namespace, &uid)
            )?
        } else {
            Default::default()
        };
        let deleted = object.metadata.deletion_timestamp.is_some();
        Ok(Some(PipelineObservation {
            object,
            observed: Observed { status, deleted, jobs, sweeps, versions },
        }))
    }

    async fn jobs_of(&self, namespace: &str, uid: &str, now: Timestamp) -> Result<Vec<JobFacts>, Error> {
        let jobs = self.jobs_with_state(namespace, uid, now).await?;
        Ok(jobs.into_iter().filter_map(|(job, state)| facts(&job, state)).collect())
    }

    /// The Jobs that an object controls, each with its state.
    pub(super) async fn jobs_with_state(
        &self,
        namespace: &str,
        uid: &str,
        now: Timestamp,
    ) -> Result<Vec<(Job, JobState)>, Error> {
        Ok(self.jobs_and_pods(namespace, uid, false, now).await?.0)
    }

    /// As [`Self::jobs_with_state`], with all pods; `orphans` asks for those too that are left when no Job is.
    pub(super) async fn jobs_and_pods(
        &self,
        namespace: &str,
        uid: &str,
        orphans: bool,
        now: Timestamp,
    ) -> Result<(Vec<(Job, JobState)>, Vec<Pod>), Error> {
        let params = ListParams::default().labels(&format!("{}={uid}", labels::OWNER_UID));
        let jobs = self.api::<Job>(namespace).list(&params).await.map_err(Error::request("list", "Jobs"))?;
        if jobs.items.is_empty() && !orphans {
            return Ok((Vec::new(), Vec::new()));
        }
        // After the Jobs, never beside them: the pod of a Job that has failed must be seen as it ended.
        let pods = self.api::<Pod>(namespace).list(&params).await.map_err(Error::request("list", "Pods"))?;
        let mut found = Vec::new();
        for job in jobs.items.into_iter().filter(|job| is_controlled_by(job, uid)) {
            let state = self.job_state(&job, &pods.items, now).await?;
            found.push((job, state));
        }
        Ok((found, pods.items))
    }

    async fn job_state(&self, job: &Job, pods: &[Pod], now: Timestamp) -> Result<JobState, Error> {
        let pods: Vec<Pod> = pods
            .iter()
            .filter(|pod| is_controlled_by(*pod, &job.uid().unwrap_or_default()))
            .cloned()
            .collect();
        Ok(match job_state::state(job, &pods) {
            Some(state) => state,
            None if has_waited(job, now) => JobState::Pending(self.why_pending(job, &pods).await?),
            None => JobState::Pending(None),
        })
    }

    async fn versions_of(&self, namespace: &str, uid: &str) -> Result<Vec<OwnedVersion>, Error> {
        let params = ListParams::default().labels(&format!("{}={uid}", labels::OWNER_UID));
        let api: Api<ModelVersion> = self.api(namespace);
        let versions = api.list(&params).await.map_err(Error::request("list", "ModelVersions"))?;
        Ok(versions.items.into_iter().filter_map(owned_version).collect())
    }
}

/// Whether anything can have been made for a pipeline: nothing is before the first parent run is pinned.
fn has_begun(status: &TrainingPipelineStatus) -> bool {
    let pinned = status.run.as_ref().is_some_and(|run| run.parent_run_id.is_some());
    pinned || !status.history.is_empty()
}

pub(super) fn is_controlled_by(object: &impl ResourceExt, uid: &str) -> bool {
    object.owner_references().iter().any(|owner| owner.uid == uid && owner.controller == Some(true))
}

fn has_waited(job: &Job, now: Timestamp) -> bool {
    let created = job.metadata.creation_timestamp.as_ref().map_or(now, |time| time.0);
    now.duration_since(created) >= PATIENCE
}

/// The labels were written by us; a Job without them is none of ours.
fn facts(job: &Job, state: JobState) -> Option<JobFacts> {
    let label = |key: &str| job.labels().get(key).cloned();
    Some(JobFacts {
        name: job.name_any(),
        run: label(labels::RUN)?,
        stage: stage(&label(labels::STAGE)?)?,
        candidate: label(labels::CANDIDATE),
        attempt: label(labels::ATTEMPT)?.parse().ok()?,
        has_ttl: job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some()),
        state,
    })
}

fn stage(label: &str) -> Option<StageName> {
    [StageName::Validate, StageName::Train, StageName::Tune, StageName::Evaluate]
        .into_iter()
        .find(|stage| format!("{stage:?}") == label)
}

/// The evidence that a version refused because another version holds the alias now.
fn baseline_moved(status: &ModelVersionStatus) -> Option<String> {
    let ready = status.conditions.iter().find(|condition| condition.type_ == READY)?;
    status.evidence_digest.clone().filter(|_| ready.reason == BASELINE_MOVED)
}

fn owned_version(version: ModelVersion) -> Option<OwnedVersion> {
    let status = version.status.as_ref();
    Some(OwnedVersion {
        name: version.name_any(),
        run: version.labels().get(labels::RUN)?.clone(),
        evidence: version.annotations().get(labels::EVIDENCE).cloned(),
        baseline_moved: status.and_then(baseline_moved),
        holds_alias: status.is_some_and(|status| status.alias.is_some() || status.transition.is_some()),
        created_at: version.metadata.creation_timestamp.as_ref().map(|time| time.0)?,
        spec: version.spec,
    })
}
