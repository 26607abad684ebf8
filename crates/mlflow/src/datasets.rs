//! What went into a run and came out of it: datasets and LoggedModels.

use serde::{Deserialize, Serialize};

use crate::{
    Client, Error, Invalid, ModelId, RetryPolicy, RunId, Tag,
    limits::{check_dataset_ref, check_filled, check_length},
    request::Request,
};

/// A dataset, identified by name and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// 1 to 500 characters.
    pub name: String,
    /// 1 to 36 characters.
    pub digest: String,
    /// Kind of its source, for example `s3`; 1 to 36 characters.
    #[serde(default)]
    pub source_type: String,
    /// Its source as JSON text, for example `{"uri": "s3://bucket/key"}`; at most 65535 characters.
    #[serde(default)]
    pub source: String,
    /// Its schema as JSON text, for example `{"mlflow_colspec": [...]}`; at most 1048575 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its profile as JSON text, for example `{"num_rows": 60000}`; at most 16777215 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// A dataset as the input of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetInput {
    /// The dataset.
    pub dataset: Dataset,
    /// How it was used; MLflow shows the tag `mlflow.data.context`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// A LoggedModel that a run used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInput {
    /// Its id.
    pub model_id: ModelId,
}

/// A LoggedModel that a run made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOutput {
    /// Its id.
    pub model_id: ModelId,
    /// Step of the training at which it was made.
    #[serde(default)]
    pub step: i64,
}

impl DatasetInput {
    /// A dataset used in this context, for example `training` or `evaluation`.
    pub fn in_context(dataset: Dataset, context: impl Into<String>) -> Self {
        Self { dataset, tags: vec![Tag::new("mlflow.data.context", context)] }
    }

    fn check(&self) -> Result<(), Invalid> {
        let dataset = &self.dataset;
        check_dataset_ref(&dataset.name, &dataset.digest)?;
        check_filled("dataset source type", &dataset.source_type, 36)?;
        check_length("dataset source", &dataset.source, 65_535)?;
        check_length("dataset schema", dataset.schema.as_deref().unwrap_or_default(), 1_048_575)?;
        check_length("dataset profile", dataset.profile.as_deref().unwrap_or_default(), 16_777_215)?;
        self.tags.iter().try_for_each(|tag| {
            check_filled("dataset tag key", &tag.key, 255)?;
            check_length("dataset tag value", &tag.value, 500)
        })
    }
}

impl Client {
    /// Says which datasets and models went into a run. Safe to repeat for datasets: they count by name and
    /// digest.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run; [`Error::is_deleted`].
    pub async fn log_inputs(
        &self,
        run: &RunId,
        datasets: &[DatasetInput],
        models: &[ModelInput],
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            run_id: &'a RunId,
            #[serde(skip_serializing_if = "<[DatasetInput]>::is_empty")]
            datasets: &'a [DatasetInput],
            #[serde(skip_serializing_if = "<[ModelInput]>::is_empty")]
            models: &'a [ModelInput],
        }
        datasets.iter().try_for_each(DatasetInput::check)?;
        if datasets.is_empty() && models.is_empty() {
            return Ok(());
        }
        self.done(Request::post("runs/log-inputs").json(&Body { run_id: run, datasets, models })?).await
    }

    /// Says which LoggedModels a run made. Safe to repeat: those that the run names already are left out,
    /// since the server refuses the whole list for one of them, in words that look like two writers who met.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run; [`Error::is_deleted`].
    pub async fn log_outputs(&self, run: &RunId, models: &[ModelOutput]) -> Result<(), Error> {
        let named = Request::post("runs/outputs");
        let mut attempts = self.attempts(&named);
        loop {
            match self.log_missing_outputs(&named, run, models).await {
                Ok(()) => return Ok(()),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    async fn log_missing_outputs(
        &self,
        named: &Request,
        run: &RunId,
        models: &[ModelOutput],
    ) -> Result<(), Error> {
        let known = self.with_retry(RetryPolicy::once()).get_run(run).await?.outputs.model_outputs;
        let is_new = |model: &&ModelOutput| known.iter().all(|known| known.model_id != model.model_id);
        let models: Vec<_> = models.iter().filter(is_new).collect();
        if models.is_empty() {
            return Ok(());
        }
        self.once(&named.clone().json(&OutputsBody { run_id: run, models })?).await.map(drop)
    }
}

#[derive(Serialize)]
struct OutputsBody<'a> {
    run_id: &'a RunId,
    models: Vec<&'a ModelOutput>,
}
