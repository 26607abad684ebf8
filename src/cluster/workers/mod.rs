//! Who calls the trial service: from a bearer token to the worker of a sweep.
//!
//! The API server says whose token it is and which pod it is bound to; from there controller owners lead on: pod, Job, sweep.
//! Labels prove nothing: whoever may make pods can copy them.

mod cache;
mod owners;
mod rejection;
mod review;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::PostParams;
use kube::{Api, Client};
use podium_contract::TRIAL_AUDIENCE;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::plan::trials::Worker;
use cache::Cache;
pub use owners::SweepRef;
use rejection::REVIEW;
pub use rejection::Rejection;

/// How long a caller counts as known.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// How long a refused token is refused without another look: a worker that was too early gets in soon.
const REFUSED_FOR: Duration = Duration::from_secs(3);
/// Callers, and refused tokens, that are remembered.
const MOST_REMEMBERED: usize = 8192;
/// Calls that are looked into at the same time: a flood of tokens must not become a flood on the API server.
const TOGETHER: usize = 16;
/// Longest time that a call waits to be looked into.
const PATIENCE: Duration = Duration::from_secs(10);

/// A caller whose token led to a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The worker.
    pub worker: Worker,
    /// Its sweep.
    pub sweep: SweepRef,
    /// Its pod is being deleted: what it has to tell counts, and it gets no new trial.
    pub leaving: bool,
}

type Key = [u8; 32];

/// Finds out who calls.
pub struct Workers {
    client: Client,
    /// The only namespace whose pods may be read, where there is one.
    namespace: Option<String>,
    known: Cache<Key, Caller>,
    refused: Cache<Key, Rejection>,
    together: Semaphore,
}

impl Workers {
    /// Asks the API server by this client.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            namespace: None,
            known: Cache::new(KNOWN_FOR, MOST_REMEMBERED),
            refused: Cache::new(REFUSED_FOR, MOST_REMEMBERED),
            together: Semaphore::new(TOGETHER),
        }
    }

    /// Knows callers of one namespace alone, where the operator serves only that.
    #[must_use]
    pub fn of(self, namespace: Option<String>) -> Self {
        Self { namespace, ..self }
    }

    /// The worker that a token belongs to.
    ///
    /// # Errors
    /// When it belongs to none, or when nobody can tell.
    pub async fn caller(&self, token: &str) -> Result<Caller, Rejection> {
        // Only the digest is kept: a token in memory longer than its call could leak.
        let key: Key = Sha256::digest(token.as_bytes()).into();
        if let Some(caller) = self.known.get(&key, Instant::now()) {
            return Ok(caller);
        }
        if let Some(rejection) = self.refused.get(&key, Instant::now()) {
            return Err(rejection);
        }
        let found = tokio::time::timeout(PATIENCE, self.look(token))
            .await
            .unwrap_or_else(|_| Err(Rejection::Unavailable("no answer in time".to_owned())));
        match &found {
            Ok(caller) => self.known.put(key, caller.clone(), Instant::now()),
            Err(rejection) if rejection.is_final() => {
                self.refused.put(key, rejection.clone(), Instant::now());
            }
            Err(_) => {}
        }
        found
    }

    async fn look(&self, token: &str) -> Result<Caller, Rejection> {
        let _turn = self.together.acquire().await;
        let claims = review::judge(&self.review(token).await?)?;
        owners::is_served(&claims, self.namespace.as_deref())?;
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &claims.namespace);
        let pod = pods.get_opt(&claims.pod).await.map_err(Rejection::of("get pods"))?;
        let job = owners::job_of(&claims, pod.as_ref())?;
        let jobs: Api<Job> = Api::namespaced(self.client.clone(), &claims.namespace);
        let owner = jobs.get_metadata_opt(&job.name).await.map_err(Rejection::of("get jobs"))?;
        let sweep = owners::sweep_of(&job, owner.as_ref().map(|found| &found.metadata))?;
        let leaving = owners::stays(pod.as_ref(), &sweep)?;
        let worker = Worker {
            namespace: claims.namespace,
            sweep: sweep.name.clone(),
            sweep_uid: sweep.uid.clone(),
            job: job.name,
        };
        Ok(Caller { worker, sweep, leaving })
    }

    async fn review(&self, token: &str) -> Result<TokenReviewStatus, Rejection> {
        let spec = TokenReviewSpec {
            token: Some(token.to_owned()),
            audiences: Some(vec![TRIAL_AUDIENCE.to_owned()]),
        };
        let api: Api<TokenReview> = Api::all(self.client.clone());
        let asked = TokenReview { spec, ..TokenReview::default() };
        let done = api.create(&PostParams::default(), &asked).await;
        done.map(|review| review.status.unwrap_or_default()).map_err(Rejection::of(REVIEW))
    }

    /// Whether the API server lets the operator review tokens: without that there are no sweeps.
    ///
    /// # Errors
    /// [`Rejection::NotPermitted`], or when the API server can't be asked.
    pub async fn may_review(&self) -> Result<(), Rejection> {
        let resource = ResourceAttributes {
            group: Some("authentication.k8s.io".to_owned()),
            resource: Some("tokenreviews".to_owned()),
            verb: Some("create".to_owned()),
            ..ResourceAttributes::default()
        };
        let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(resource), ..Default::default() };
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let asked = SelfSubjectAccessReview { spec, ..Default::default() };
        let done = tokio::time::timeout(PATIENCE, api.create(&PostParams::default(), &asked))
            .await
            .map_err(|_| Rejection::Unavailable("no answer in time".to_owned()))?;
        let review = done.map_err(Rejection::of("create selfsubjectaccessreviews"))?;
        if review.status.is_some_and(|status| status.allowed) {
            Ok(())
        } else {
            Err(Rejection::NotPermitted(REVIEW))
        }
    }
}
