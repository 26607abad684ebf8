//! From a pod by its controller owners to a sweep. Pure.

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::Resource;

use super::Rejection;
use super::review::Claims;
use crate::api::HyperparameterSweep;

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
    /// The sweep as Events name it.
    pub fn object_ref(&self) -> ObjectReference {
        ObjectReference {
            api_version: Some(HyperparameterSweep::api_version(&()).into_owned()),
            kind: Some(HyperparameterSweep::kind(&()).into_owned()),
            namespace: Some(self.namespace.clone()),
            name: Some(self.name.clone()),
            uid: Some(self.uid.clone()),
            ..ObjectReference::default()
        }
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

/// The Job of the pod that a token is bound to.
pub(super) fn job_of(claims: &Claims, pod: Option<&Pod>) -> Result<JobRef, Rejection> {
    let named = format!("pod {}/{}", claims.namespace, claims.pod);
    let Some(pod) = pod else {
        return Err(Rejection::forbidden("PodGone", format!("{named} is gone")));
    };
    if pod.metadata.uid.as_ref() != Some(&claims.uid) {
        return Err(Rejection::forbidden("PodGone", format!("{named} is another one than the token's")));
    }
    match controller(&pod.metadata) {
        Some(owner) if (owner.api_version.as_str(), owner.kind.as_str()) == ("batch/v1", "Job") => {
            Ok(JobRef {
                namespace: claims.namespace.clone(),
                name: owner.name.clone(),
                uid: owner.uid.clone(),
            })
        }
        Some(owner) => Err(Rejection::forbidden(
            "NotOfAJob",
            format!(
                "{named} is controlled by {} {} and by no Job; labels prove nothing",
                owner.kind, owner.name
            ),
        )),
        None => Err(Rejection::forbidden(
            "NotOfAJob",
            format!("{named} is controlled by no Job; labels prove nothing"),
        )),
    }
}

/// The sweep of a Job.
pub(super) fn sweep_of(job: &JobRef, found: Option<&ObjectMeta>) -> Result<SweepRef, Rejection> {
    let named = format!("Job {}/{}", job.namespace, job.name);
    let Some(found) = found else {
        return Err(Rejection::forbidden("JobGone", format!("{named} is gone")));
    };
    let owner = controller(found).filter(|owner| is_sweep(owner));
    let sweep = owner.map(|owner| SweepRef {
        namespace: job.namespace.clone(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
    });
    let Some(sweep) = sweep else {
        let message = format!("{named} is controlled by no HyperparameterSweep; labels prove nothing");
        return Err(Rejection::forbidden("NotOfASweep", message));
    };
    if found.uid.as_ref() != Some(&job.uid) {
        let message = format!("{named} is another one than the caller's, which is gone");
        return Err(Rejection::of_sweep("JobGone", message, &sweep));
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
        return Err(Rejection::of_sweep("PodEnded", message, sweep));
    }
    Ok(pod.metadata.deletion_timestamp.is_some())
}

fn controller(object: &ObjectMeta) -> Option<&OwnerReference> {
    object.owner_references.as_deref()?.iter().find(|owner| owner.controller == Some(true))
}

fn is_sweep(owner: &OwnerReference) -> bool {
    owner.api_version == HyperparameterSweep::api_version(&()) && owner.kind == HyperparameterSweep::kind(&())
}
