//! The conversation with MLflow about one run: what is there already, whose turn it is, and how it ends.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podium_artifacts::{Access, Store, of_bytes, of_files};
use podium_contract::{
    ATTEMPT_TAG, CONTRACT_VERSION, JobDocument, MODEL_FOLDER, Outcome, RESULT_TAG, Stage, StageResult,
    VALIDATE_RESULT_TAG,
};
use podium_mlflow::{ArtifactRoot, Client, RetryPolicy, Run, RunId, RunStatus, Settings, Tag, UpdateRun};
use tracing::{info, warn};

use super::marker::{Kept, MARKER_TAG, Marker, RECORD_ARTIFACT};
use super::{Patience, login, result_text, write_termination};
use crate::failure::Failure;

/// One run and this attempt at it.
#[derive(Debug, Clone)]
pub struct Session {
    pub(super) client: Client,
    access: Access,
    pub(super) run: RunId,
    pub(super) attempt: u32,
    /// Earlier attempts than this one don't count.
    first_attempt: u32,
    pub(super) result_tag: &'static str,
    /// The validate stage writes to the parent run, which the operator ends.
    ends_run: bool,
    pub(super) timeout: Duration,
}

/// What stands in the run already.
#[derive(Debug)]
pub enum Found {
    /// A result: nothing is left to do.
    Result,
    /// A whole model, and what is left to deliver.
    Model(Box<Kept>),
    /// Nothing that counts.
    Nothing,
}

impl Session {
    /// A session for the document's run; nothing is sent yet.
    ///
    /// # Errors
    /// An address or a login that can't be used.
    pub fn open(document: &JobDocument) -> Result<Self, Failure> {
        let tracking = &document.tracking;
        let access = Access::of_process(document.certificate_authorities.as_deref());
        let settings = Settings {
            auth: login::from_environment(),
            workspace: tracking.workspace.clone(),
            certificate_authorities: document.certificate_authorities.clone(),
            // This room tries again by itself, with a deadline instead of a count.
            retry: RetryPolicy::once(),
            ..Settings::new(&tracking.uri)
        };
        let client = Client::new(settings)
            .map_err(|error| Failure::specification("InvalidTracking", error.public_message()))?;
        let validate = document.stage == Stage::Validate;
        Ok(Self {
            client,
            access,
            run: RunId::new(&tracking.run_id),
            attempt: document.attempt,
            first_attempt: document.first_attempt,
            result_tag: if validate { VALIDATE_RESULT_TAG } else { RESULT_TAG },
            ends_run: !validate,
            timeout: Duration::from_secs(tracking.timeout_seconds),
        })
    }

    /// The client, for reading what other runs hold.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The run.
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// The store of an artifact root.
    ///
    /// # Errors
    /// See [`Store::of`].
    pub fn store(&self, uri: &str) -> Result<Store, Failure> {
        Store::of(&self.client, ArtifactRoot::parse(uri), &self.access)
            .map_err(|error| Failure::Tracking(error.to_string()))
    }

    /// How long reading is tried again.
    pub fn patience(&self) -> Patience {
        Patience::for_look(self.timeout)
    }

    /// Looks at the run, and takes it over from earlier attempts.
    ///
    /// # Errors
    /// MLflow away for too long; a newer attempt.
    pub async fn look(&self, limit: u64) -> Result<Found, Failure> {
        let patience = self.patience();
        let run = self.read(patience).await?;
        self.check_attempt(&run)?;
        if let Some(text) = self.result_in(&run) {
            self.end_like(patience, &run, text).await?;
            return Ok(Found::Result);
        }
        let tag = Tag::new(ATTEMPT_TAG, self.attempt.to_string());
        patience.until("the attempt's tag", async || self.client.set_tag(&self.run, &tag).await).await?;
        let Some(marker) = run
            .data
            .tag(MARKER_TAG)
            .and_then(|text| serde_json::from_str::<Marker>(text).ok())
            .filter(|m| m.attempt >= self.first_attempt)
        else {
            return Ok(Found::Nothing);
        };
        let store = self.store(&run.info.artifact_uri)?;
        match self.kept(patience, &store, &marker, limit).await? {
            Some(kept) => Ok(Found::Model(Box::new(kept))),
            None => Ok(Found::Nothing),
        }
    }

    /// What an earlier attempt kept, when model and record are those of its marker.
    async fn kept(
        &self,
        patience: Patience,
        store: &Store,
        marker: &Marker,
        limit: u64,
    ) -> Result<Option<Kept>, Failure> {
        let files = patience.until("the model", async || store.get_all(MODEL_FOLDER, limit).await).await?;
        if of_files(&files) != marker.digest {
            warn!(
                attempt = marker.attempt,
                "the model in the run is not the one of its marker, training again"
            );
            return Ok(None);
        }
        let record = patience.until("the record", async || store.get(RECORD_ARTIFACT, limit).await).await?;
        let is_whole = of_bytes(&record) == marker.record;
        Ok(serde_json::from_slice(&record).ok().filter(|_| is_whole))
    }

    /// The result of an attempt that counts. One that can't be read counts: it is the operator's to judge.
    pub(super) fn result_in<'a>(&self, run: &'a Run) -> Option<&'a str> {
        let text = run.data.tag(self.result_tag)?;
        let result = serde_json::from_str::<StageResult>(text).ok();
        result.is_none_or(|result| result.attempt >= self.first_attempt).then_some(text)
    }

    pub(super) async fn read(&self, patience: Patience) -> Result<Run, Failure> {
        patience.until("the run", async || self.client.get_run(&self.run).await).await
    }

    /// A pod that a lost node still runs must not write over a newer one.
    pub(super) fn check_attempt(&self, run: &Run) -> Result<(), Failure> {
        match run.data.tag(ATTEMPT_TAG).and_then(|text| text.parse().ok()) {
            Some(newer) if newer > self.attempt => Err(Failure::Superseded { own: self.attempt, newer }),
            _ => Ok(()),
        }
    }

    pub(super) async fn finish(&self, patience: Patience, outcome: Outcome) -> Result<(), Failure> {
        let status = end_of(&outcome);
        let result = StageResult { version: CONTRACT_VERSION, attempt: self.attempt, outcome };
        let text = result_text(result).map_err(Failure::Temporary)?;
        let tag = Tag::new(self.result_tag, &text);
        patience.until("the result", async || self.client.set_tag(&self.run, &tag).await).await?;
        write_termination(&text);
        self.end(patience, status).await?;
        info!(run = %self.run, attempt = self.attempt, "the result stands in MLflow");
        Ok(())
    }

    /// A run whose result stands may still be open, when the attempt that wrote it was killed right after.
    async fn end_like(&self, patience: Patience, run: &Run, text: &str) -> Result<(), Failure> {
        let open = run.info.status.is(RunStatus::Running) || run.info.status.is(RunStatus::Scheduled);
        match serde_json::from_str::<StageResult>(text) {
            Ok(result) if open => self.end(patience, end_of(&result.outcome)).await,
            _ => Ok(()),
        }
    }

    async fn end(&self, patience: Patience, status: RunStatus) -> Result<(), Failure> {
        if !self.ends_run {
            return Ok(());
        }
        let end = UpdateRun::end(status, now_ms());
        patience
            .until("the run's end", async || self.client.update_run(&self.run, &end).await)
            .await
            .map(drop)
    }
}

const fn end_of(outcome: &Outcome) -> RunStatus {
    match outcome {
        Outcome::Failed(_) => RunStatus::Failed,
        Outcome::Validated(_) | Outcome::Trained(_) | Outcome::Evaluated(_) => RunStatus::Finished,
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
