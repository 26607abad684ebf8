//! The delivery of a parcel: each step is safe to repeat, and what comes later relies on all that came before.

use podium_artifacts::{Store, of_bytes, of_files};
use podium_contract::{Failed, MODEL_FOLDER, Outcome};
use podium_mlflow::{Batch, Dataset, DatasetInput, MetricPoint, Param, Tag};

use super::marker::{Kept, MARKER_TAG, Marker, RECORD_ARTIFACT};
use super::session::now_ms;
use super::{DatasetNote, Parcel, Patience, Progress, Record, Session};
use crate::failure::Failure;

impl Session {
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
        let store = self.store(&run.info.artifact_uri)?;
        for (path, body) in &parcel.artifacts {
            patience.until(path, async || store.put(path, body.clone()).await).await?;
        }
        if let Some(files) = &parcel.model {
            for (name, body) in files {
                let path = format!("{MODEL_FOLDER}/{name}");
                patience.until(&path, async || store.put(&path, body.clone()).await).await?;
            }
            if parcel.is_training {
                let kept = Kept { record: parcel.record.clone(), outcome: outcome.clone() };
                self.mark(patience, &store, &kept, of_files(files)).await?;
            }
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
        if self.result_in(&run).is_some() {
            return Ok(());
        }
        self.finish(patience, Outcome::Failed(failed)).await
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
