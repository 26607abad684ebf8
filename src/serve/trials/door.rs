//! One call from its first byte to its answer. Nothing is read of a caller's body, and nothing spent on it, before it is known
//! who calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use podium_contract::Answer;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bearer;
use super::notes::{Notes, POD_LEAVING};
use super::port::{Callers, Trials};
use super::refused::No;
use crate::cluster::workers::{Caller, Rejection};
use crate::plan::trials::{Forbidden, Refusal, Worker};
use crate::telemetry::Metrics;

/// Longest time in which a body must arrive.
const BODY: Duration = Duration::from_secs(30);

/// Names of the calls, in metrics.
pub(super) const ASK: &str = "ask";
pub(super) const REPORT: &str = "report";
pub(super) const TELL: &str = "tell";

/// How a call is put to those who know the trials.
type Put<C, A> = for<'a> fn(&'a dyn Trials, &'a Worker, C) -> BoxFuture<'a, Result<A, Refusal>>;

/// What every call passes.
pub(super) struct Door {
    trials: Arc<dyn Trials>,
    callers: Arc<dyn Callers>,
    metrics: Metrics,
    notes: Notes,
}

impl Door {
    pub(super) fn new(trials: Arc<dyn Trials>, callers: Arc<dyn Callers>, metrics: Metrics) -> Self {
        let notes = Notes::new(Arc::clone(&trials), metrics.clone());
        Self { trials, callers, metrics, notes }
    }

    /// Answers a call.
    pub(super) async fn answer<C, A>(&self, name: &'static str, request: Request, put: Put<C, A>) -> Response
    where
        C: DeserializeOwned + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let begin = Instant::now();
        let response = match self.work(name, request, put).await {
            Ok(answer) => Json(answer).into_response(),
            Err(no) => no.into_response(),
        };
        self.metrics.answered_worker(name, response.status().as_u16(), begin.elapsed());
        response
    }

    async fn work<C, A>(&self, name: &'static str, request: Request, put: Put<C, A>) -> Result<Answer<A>, No>
    where
        C: DeserializeOwned + Send + 'static,
        A: Send + 'static,
    {
        if !self.trials.leads() {
            return Err(Refusal::NotLeader.into());
        }
        let worker = self.worker(name, request.headers()).await?;
        let call: C = read(request).await?;
        // Before the call: an answer that was found under one lease must not carry the epoch of the next.
        let epoch = self.trials.epoch();
        let trials = Arc::clone(&self.trials);
        // On its own, since this future ends when the worker hangs up, and a write to MLflow should not end half-way.
        let work = tokio::spawn(async move { put(&*trials, &worker, call).await });
        match work.await {
            Ok(Ok(answer)) => Ok(Answer { epoch, answer }),
            Ok(Err(refusal)) => Err(self.refused(refusal)),
            Err(error) => Err(No::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal", error.to_string())),
        }
    }

    async fn worker(&self, name: &'static str, headers: &HeaderMap) -> Result<Worker, No> {
        let token = bearer::token(headers).inspect_err(|no| self.notes.unauthenticated(&no.message, None))?;
        let found = self.callers.caller(token).await;
        let worker = found.and_then(|caller| staying(name, caller));
        Ok(worker.inspect_err(|rejection| self.notes.rejected(rejection, token))?)
    }

    fn refused(&self, refusal: Refusal) -> No {
        if let Refusal::Forbidden(forbidden) = &refusal {
            self.notes.forbidden(forbidden);
        }
        refusal.into()
    }
}

/// A pod that is being deleted has seconds left: none for a new trial.
fn staying(name: &str, caller: Caller) -> Result<Worker, Rejection> {
    if name != ASK || !caller.leaving {
        return Ok(caller.worker);
    }
    let message = format!("the pod of Job {} is being deleted and gets no new trial", caller.worker.job);
    let about = Some(caller.sweep.subject());
    Err(Rejection::Forbidden(Box::new(Forbidden { reason: POD_LEAVING, message, about })))
}

async fn read<C: DeserializeOwned>(request: Request) -> Result<C, No> {
    let body = tokio::time::timeout(BODY, Bytes::from_request(request, &())).await;
    let body =
        body.map_err(|_| No::new(StatusCode::SERVICE_UNAVAILABLE, "TooSlow", "the body came too slowly"))?;
    let body = body.map_err(|error| match error.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => No::new(status, "TooLarge", "the body is too large"),
        _ => No::malformed(error.body_text()),
    })?;
    serde_json::from_slice(&body).map_err(|error| No::malformed(error.to_string()))
}
