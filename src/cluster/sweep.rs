//! HyperparameterSweeps: read, their workers observed and made, their status written.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::{Cluster, Error, gpus};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus, labels};
use crate::build;
use crate::plan::sweep::{GpuPod, SweepAction, WorkerFacts};
use crate::telemetry::{ObjectKey, SWEEP};

impl Cluster {
    /// Reads a sweep; `None` when it is gone.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn get_sweep(&self, namespace: &str, name: &str) -> Result<Option<HyperparameterSweep>, Error> {
        let found = self.look_at_sweep(namespace, name).await?;
        match &found {
            // Also one that stays as it is: this process may not have seen it before.
            Some(object) => self.show_sweep(object, object.status.as_ref()),
            None => self.forget_sweep(namespace, name),
        }
        Ok(found)
    }

    /// Reads a sweep for somebody else than its reconciler, who alone shows it; `None` when it is gone.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn look_at_sweep(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<HyperparameterSweep>, Error> {
        let api: Api<HyperparameterSweep> = self.api(namespace);
        let what = format!("HyperparameterSweep {namespace}/{name}");
        api.get_opt(name).await.map_err(Error::request("get", what))
    }

    /// The workers of a sweep and its pods that have GPUs, of all its runs.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn workers_of(
        &self,
        sweep: &HyperparameterSweep,
        now: Timestamp,
    ) -> Result<(Vec<WorkerFacts>, Vec<GpuPod>), Error> {
        // Nothing is made before the first run is written down.
        let Some(run) = sweep.status.as_ref().and_then(|status| status.run.as_ref()) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let has_pods = run.gpu.as_ref().is_some_and(|gpu| !gpu.pods.is_empty());
        let (namespace, uid) = (sweep.namespace().unwrap_or_default(), sweep.uid().unwrap_or_default());
        let (jobs, pods) = self.jobs_and_pods(&namespace, &uid, has_pods, now).await?;
        let all: Vec<&Job> = jobs.iter().map(|(job, _)| job).collect();
        let gpus = pods.iter().filter_map(|pod| gpus::pod(pod, &all)).collect();
        Ok((jobs.into_iter().filter_map(|(job, state)| facts(&job, state)).collect(), gpus))
    }

    /// Carries out one action for a sweep; those that are not about Jobs are none of the API server's.
    ///
    /// # Errors
    /// When the API server refuses or can't be reached.
    pub async fn apply_sweep(&self, namespace: &str, action: &SweepAction) -> Result<(), Error> {
        self.fence()?;
        match action {
            SweepAction::CreateWorker(plan) => self.create_job(build::job(plan)).await,
            SweepAction::CreateTrial(plan) => self.create_job(build::trial(plan)).await,
            SweepAction::DeleteWorker(name) => self.delete::<Job>(namespace, name, "Job").await,
            SweepAction::SetTtl { job, seconds } => self.set_ttl(namespace, job, *seconds).await,
            SweepAction::FindTeachers
            | SweepAction::Learn(_)
            | SweepAction::Open(_)
            | SweepAction::Adjust(_)
            | SweepAction::Lose(_)
            | SweepAction::HandOut(_)
            | SweepAction::Settle(_)
            | SweepAction::Report { .. }
            | SweepAction::Keep(_)
            | SweepAction::Pulse { .. }
            | SweepAction::Forget => Ok(()),
        }
    }

    /// Writes the status of a sweep, unless somebody changed the object since it was read.
    ///
    /// # Errors
    /// [`Error::Conflict`], or when the API server can't be reached.
    pub async fn replace_sweep_status(
        &self,
        object: &HyperparameterSweep,
        status: HyperparameterSweepStatus,
    ) -> Result<HyperparameterSweep, Error> {
        self.fence()?;
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let next = HyperparameterSweep { status: Some(status), ..object.clone() };
        let api: Api<HyperparameterSweep> = self.api(&namespace);
        let what = format!("status of HyperparameterSweep {namespace}/{name}");
        let written = api
            .replace_status(&name, &PostParams::default(), &next)
            .await
            .map_err(Error::request("replace", what))?;
        self.show_sweep(&written, object.status.as_ref());
        Ok(written)
    }

    /// Shows a sweep as it stands on the API server; its status was `old` before. A reconcile writes several statuses: here
    /// each step from one to the next is seen once.
    fn show_sweep(&self, object: &HyperparameterSweep, old: Option<&HyperparameterSweepStatus>) {
        let Some(metrics) = &self.metrics else { return };
        let none = HyperparameterSweepStatus::default();
        metrics.sweep(object, old.unwrap_or(&none), object.status.as_ref().unwrap_or(&none));
    }

    fn forget_sweep(&self, namespace: &str, name: &str) {
        let Some(metrics) = &self.metrics else { return };
        metrics.forget(&ObjectKey { kind: SWEEP, namespace: namespace.to_owned(), name: name.to_owned() });
    }
}

/// The labels were written by us; a Job without them is none of ours.
fn facts(job: &Job, state: crate::plan::pipeline::JobState) -> Option<WorkerFacts> {
    let label = |key: &str| job.labels().get(key).cloned();
    Some(WorkerFacts {
        name: job.name_any(),
        run: label(labels::RUN)?,
        number: label(labels::WORKER).or_else(|| label(labels::TRIAL))?.parse().ok()?,
        has_ttl: job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some()),
        seconds: seconds(job),
        state,
    })
}

/// Seconds that an ended Job took.
fn seconds(job: &Job) -> Option<u64> {
    let status = job.status.as_ref()?;
    let failed = status.conditions.iter().flatten().find(|condition| condition.type_ == "Failed");
    let failed = failed.and_then(|condition| condition.last_transition_time.as_ref());
    let ended = status.completion_time.as_ref().or(failed)?;
    u64::try_from(ended.0.duration_since(status.start_time.as_ref()?.0).as_secs()).ok()
}
