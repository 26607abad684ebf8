//! From a pod by its controller owners to a sweep. Pure.
//!
//! What an owner reference says was written by whoever made the object, and the API server looks at nothing of it: a name there may
//! be any text.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;

use super::Rejection;
use super::review::Claims;
use crate::api::{HyperparameterSweep, labels};
use crate::plan::sweep::worker_job_name;
use crate::plan::{Subject, SubjectKind};

/// Longest name of an object.
const LONGEST: usize = 253;

/// A sweep, as an owner reference names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SweepRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl SweepRef {
    /// The sweep as Events are about it.
    pub fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Sweep, &self.namespace, &self.name, &self.uid)
    }
}

/// The Job that a pod names as its controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl JobRef {
    fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Job, &self.namespace, &self.name, &self.uid)
    }
}

/// Refuses a pod of a namespace that the operator does not serve. There it may tell nobody.
pub(super) fn is_served(claims: &Claims, namespace: Option<&str>) -> Result<(), Rejection> {
    if namespace.is_none_or(|served| served == claims.namespace) {
        return Ok(());
    }
    let Claims { namespace, pod, .. } = claims;
    let message = format!("pod {namespace}/{pod} is of a namespace that this operator does not serve");
    Err(Rejection::forbidden("NotServed", message, None))
}

/// The Job of the pod that a token is bound to.
pub(super) fn job_of(claims: &Claims, pod: Option<&Pod>) -> Result<JobRef, Rejection> {
    let refused = |reason, why: &str| {
        let message = format!("pod {}/{} {why}", claims.namespace, claims.pod);
        let about = Subject::new(SubjectKind::Pod, &claims.namespace, &claims.pod, &claims.uid);
        Err(Rejection::forbidden(reason, message, Some(about)))
    };
    let Some(pod) = pod else { return refused("PodGone", "is gone") };
    if pod.metadata.uid.as_ref() != Some(&claims.uid) {
        return refused("PodGone", "is another one than the token's");
    }
    match controller(&pod.metadata) {
        Some(owner) if (owner.api_version.as_str(), owner.kind.as_str()) == ("batch/v1", "Job") => {
            Ok(JobRef {
                namespace: claims.namespace.clone(),
                name: owner.name.clone(),
                uid: owner.uid.clone(),
            })
        }
        _ => refused("NotOfAJob", "is controlled by no Job; labels prove nothing"),
    }
}

/// The sweep of a Job that the operator made for one of its workers.
pub(super) fn sweep_of(job: &JobRef, found: Option<&ObjectMeta>) -> Result<SweepRef, Rejection> {
    let refused = |reason, why: &str, about| {
        let message = format!("Job {}/{} {why}", job.namespace, job.name);
        Err(Rejection::forbidden(reason, message, Some(about)))
    };
    let Some(found) = found else { return refused("JobGone", "is gone", job.subject()) };
    let owner = controller(found).filter(|owner| is_sweep(owner));
    let sweep = owner.map(|owner| SweepRef {
        namespace: job.namespace.clone(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
    });
    let Some(sweep) = sweep else {
        let why = "is controlled by no HyperparameterSweep; labels prove nothing";
        return refused("NotOfASweep", why, job.subject());
    };
    if found.uid.as_ref() != Some(&job.uid) {
        let why = "is another one than the caller's, which is gone";
        return refused("JobGone", why, sweep.subject());
    }
    if !is_worker(&job.name, found, &sweep) {
        let why = "is none that the operator made for a worker of the sweep that controls it";
        return refused("NotAWorker", why, sweep.subject());
    }
    Ok(sweep)
}

/// Refuses a pod that has ended; whether it is about to. What a pod has to tell in its last seconds still counts.
pub(super) fn stays(pod: Option<&Pod>, sweep: &SweepRef) -> Result<bool, Rejection> {
    let Some(pod) = pod else { return Ok(false) };
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    if let Some(phase @ ("Succeeded" | "Failed")) = phase {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let message =
            format!("pod {}/{name} has ended ({phase}); its token is used elsewhere", sweep.namespace);
        return Err(Rejection::forbidden("PodEnded", message, Some(sweep.subject())));
    }
    Ok(pod.metadata.deletion_timestamp.is_some())
}

/// The controller of an object; one whose name can't be the name of an object is none.
fn controller(object: &ObjectMeta) -> Option<&OwnerReference> {
    let owners = object.owner_references.as_deref()?;
    owners.iter().find(|owner| owner.controller == Some(true)).filter(|owner| is_name(&owner.name))
}

fn is_sweep(owner: &OwnerReference) -> bool {
    owner.api_version == HyperparameterSweep::api_version(&()) && owner.kind == HyperparameterSweep::kind(&())
}

/// Whether a Job is called as the operator calls the one of this worker of this run.
fn is_worker(name: &str, job: &ObjectMeta, sweep: &SweepRef) -> bool {
    let label = |key: &str| job.labels.as_ref()?.get(key);
    let named = label(labels::RUN).zip(label(labels::WORKER));
    named.is_some_and(|(run, number)| worker_job_name(&sweep.name, &sweep.uid, run, number) == name)
}

/// Whether a text may stand in the path of a request, and in the name of an Event.
fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= LONGEST
        && text.bytes().next().is_some_and(is_plain)
        && text.bytes().all(|byte| is_plain(byte) || byte == b'-' || byte == b'.')
}
