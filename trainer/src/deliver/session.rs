//! The conversation with MLflow about one run: what is there already, and the delivery, in an order that lets a crash at any point be mended.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podium_contract::{
    ATTEMPT_TAG, CONTRACT_VERSION, Failed, JobDocument, MODEL_FOLDER, Outcome, RESULT_TAG, Stage,
    StageResult, VALIDATE_RESULT_TAG,
};
use podium_mlflow::{
    Batch, Client, Dataset, DatasetInput, MetricPoint, Param, RetryPolicy, Run, RunId, RunStatus, Settings,
    Tag, UpdateRun,
};
use tracing::{info, warn};

use super::marker::{Kept, MARKER_TAG, Marker, RECORD_ARTIFACT};
use super::{DatasetNote, Parcel, Patience, Progress, Record, Store, login, result_text, write_termination};
use crate::failure::Failure;
use crate::model::{of_bytes, of_files};

/// One run and this attempt at it.
#[derive(Debug, Clone)]
pub struct Session {
    client: Client,
    run: RunId,
    attempt: u32,
    result_tag: &'static str,
    /// The validate stage writes to the parent run, which the operator ends.
    ends_run: bool,
    timeout: Duration,
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
        let settings = Settings {
            auth: login::from_environment(),
            workspace: tracking.workspace.clone(),
            // This room tries again by itself, with a deadline instead of a count.
            retry: RetryPolicy::once(),
            ..Settings::new(&tracking.uri)
        };
        let client = Client::new(settings)
            .map_err(|error| Failure::specification("InvalidTracking", error.public_message()))?;
        let validate = document.stage == Stage::Validate;
        Ok(Self {
            client,
            run: RunId::new(&tracking.run_id),
            attempt: document.attempt,
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
        if let Some(text) = run.data.tag(self.result_tag) {
            self.end_like(patience, &run, text).await?;
            return Ok(Found::Result);
        }
        let tag = Tag::new(ATTEMPT_TAG, self.attempt.to_string());
        patience.until("the attempt's tag", async || self.client.set_tag(&self.run, &tag).await).await?;
        let Some(marker) =
            run.data.tag(MARKER_TAG).and_then(|text| serde_json::from_str::<Marker>(text).ok())
        else {
            return Ok(Found::Nothing);
        };
        let store = Store::of(&self.client, &run.info.artifact_uri)?;
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

    /// Brings a parcel to MLflow, then the result, then the end of the run.
    ///
    /// # Errors
    /// MLflow away for longer than the document allows; a newer attempt.
    pub async fn deliver(
        &self,
        parcel: Parcel,
        outcome: Outcome,
        progress: Option<Progress>,
    ) -> Result<(), Failure> {
        let patience = Patience::for_result(self.timeout);
        let run = self.read(patience).await?;
        self.check_attempt(&run)?;
        let store = Store::of(&self.client, &run.info.artifact_uri)?;
        for (path, body) in &parcel.artifacts {
            patience.until(path, async || store.put(path, body.clone()).await).await?;
        }
        if let Some(files) = &parcel.model {
            for (name, body) in files {
                let path = format!("{MODEL_FOLDER}/{name}");
                patience.until(&path, async || store.put(&path, body.clone()).await).await?;
            }
            let kept = Kept { record: parcel.record.clone(), outcome: outcome.clone() };
            self.mark(patience, &store, &kept, of_files(files)).await?;
        }
        self.deliver_record(&parcel.record, outcome, progress).await
    }

    /// The marker comes after the model's last byte and the record's, so whoever sees it finds all of both.
    async fn mark(
        &self,
        patience: Patience,
        store: &Store,
        kept: &Kept,
        digest: String,
    ) -> Result<(), Failure> {
        let unwritable = |error: serde_json::Error| Failure::Temporary(error.to_string());
        let record = serde_json::to_vec(kept).map_err(unwritable)?;
        let marker = Marker { attempt: self.attempt, digest, record: of_bytes(&record) };
        let tag = Tag::new(MARKER_TAG, serde_json::to_string(&marker).map_err(unwritable)?);
        let record = bytes::Bytes::from(record);
        patience.until("the record", async || store.put(RECORD_ARTIFACT, record.clone()).await).await?;
        patience.until("the model's marker", async || self.client.set_tag(&self.run, &tag).await).await
    }

    /// Delivers what follows the artifacts.
    ///
    /// # Errors
    /// As [`Session::deliver`].
    pub async fn deliver_record(
        &self,
        record: &Record,
        outcome: Outcome,
        progress: Option<Progress>,
    ) -> Result<(), Failure> {
        let patience = Patience::for_result(self.timeout);
        if let Some(note) = &record.dataset {
            let inputs = [dataset(note)];
            patience
                .until("the dataset", async || self.client.log_inputs(&self.run, &inputs, &[]).await)
                .await?;
        }
        let batch = self.batch(record);
        patience.until("parameters", async || self.log(batch.params.clone(), Vec::new()).await).await?;
        patience.until("metrics", async || self.log(Vec::new(), batch.metrics.clone()).await).await?;
        for tag in &batch.tags {
            patience.until(&tag.key, async || self.client.set_tag(&self.run, tag).await).await?;
        }
        if let Some(progress) = progress {
            progress.close().await;
        }
        self.read_back(patience, &batch).await?;
        self.finish(patience, outcome).await
    }

    /// Says in the run that the stage has failed for good, and ends the run.
    ///
    /// # Errors
    /// MLflow away for too long; a newer attempt.
    pub async fn fail(&self, failed: Failed) -> Result<(), Failure> {
        let patience = Patience::for_result(self.timeout);
        let run = self.read(patience).await?;
        self.check_attempt(&run)?;
        if run.data.tag(self.result_tag).is_some() {
            return Ok(());
        }
        self.finish(patience, Outcome::Failed(failed)).await
    }

    async fn read(&self, patience: Patience) -> Result<Run, Failure> {
        patience.until("the run", async || self.client.get_run(&self.run).await).await
    }

    /// A pod that a lost node still runs must not write over a newer one.
    fn check_attempt(&self, run: &Run) -> Result<(), Failure> {
        match run.data.tag(ATTEMPT_TAG).and_then(|text| text.parse().ok()) {
            Some(newer) if newer > self.attempt => Err(Failure::Superseded { own: self.attempt, newer }),
            _ => Ok(()),
        }
    }

    async fn log(&self, params: Vec<Param>, metrics: Vec<MetricPoint>) -> Result<(), podium_mlflow::Error> {
        self.client.log_all(&self.run, Batch { params, metrics, tags: Vec::new() }).await
    }

    /// The timestamp is taken once: a point that is sent twice is then stored once.
    fn batch(&self, record: &Record) -> Batch {
        let now = now_ms();
        let point =
            |(key, value): (&String, &f64)| MetricPoint::new(key, *value, now, i64::from(self.attempt));
        Batch {
            params: record.params.iter().map(|(key, value)| Param::new(key, value)).collect(),
            metrics: record.metrics.iter().filter(|(_, value)| value.is_finite()).map(point).collect(),
            tags: record.tags.iter().map(|(key, value)| Tag::new(key, value)).collect(),
        }
    }

    /// A success of MLflow does not prove that all was stored: what gates will read is read again.
    async fn read_back(&self, patience: Patience, batch: &Batch) -> Result<(), Failure> {
        let run = self.read(patience).await?;
        self.check_attempt(&run)?;
        for sent in &batch.metrics {
            let stored = run.data.metric(&sent.key).map(|point| (point.value.get(), point.step));
            if stored != Some((sent.value.get(), sent.step)) {
                let wanted = (sent.value.get(), sent.step);
                let message = format!("metric {} was stored as {stored:?}, sent was {wanted:?}", sent.key);
                return Err(Failure::Tracking(message));
            }
        }
        match batch.params.iter().find(|sent| run.data.param(&sent.key) != Some(&sent.value)) {
            Some(lost) => {
                Err(Failure::Tracking(format!("parameter {} was not stored as it was sent", lost.key)))
            }
            None => Ok(()),
        }
    }

    async fn finish(&self, patience: Patience, outcome: Outcome) -> Result<(), Failure> {
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

fn dataset(note: &DatasetNote) -> DatasetInput {
    let dataset = Dataset {
        name: note.name.clone(),
        digest: note.digest.clone(),
        source_type: note.source_type.clone(),
        source: note.source.clone(),
        schema: Some(note.schema.clone()),
        profile: Some(note.profile.clone()),
    };
    DatasetInput::in_context(dataset, &note.context)
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
