//! Runs: creating, reading, closing, deleting, tags. Creating is not idempotent: tag a run and search before.

use serde::{Deserialize, Serialize};

use crate::{
    ArtifactRoot, Client, DatasetInput, Error, ErrorCode, ExperimentId, LifecycleStage, MetricPoint,
    ModelInput, ModelOutput, Param, Reported, RunId, Tag, limits, request::Request, tags::tag_value,
};

/// State of a run. Any change between them is allowed by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunStatus {
    /// Going on.
    Running,
    /// Not begun.
    Scheduled,
    /// Ended well.
    Finished,
    /// Ended by a fault.
    Failed,
    /// Ended from outside.
    Killed,
}

/// A run with all it holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Run {
    /// What it is.
    pub info: RunInfo,
    /// What was logged.
    #[serde(default)]
    pub data: RunData,
    /// Datasets and models that went in.
    #[serde(default)]
    pub inputs: RunInputs,
    /// Models that came out.
    #[serde(default)]
    pub outputs: RunOutputs,
}

/// What a run is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RunInfo {
    /// Its id.
    pub run_id: RunId,
    /// Its experiment.
    pub experiment_id: ExperimentId,
    /// Its name.
    #[serde(default)]
    pub run_name: String,
    /// Its state.
    pub status: Reported<RunStatus>,
    /// Begin in milliseconds since 1970; 0 if it was never given.
    #[serde(rename = "start_time", default)]
    pub start_time_ms: i64,
    /// End in milliseconds since 1970; kept when a run is set back to running.
    #[serde(rename = "end_time")]
    pub end_time_ms: Option<i64>,
    /// Where its artifacts lie.
    #[serde(default)]
    pub artifact_uri: String,
    /// Whether it is deleted.
    pub lifecycle_stage: Reported<LifecycleStage>,
}

/// What was logged to a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct RunData {
    /// Each metric's value at its highest step.
    #[serde(default)]
    pub metrics: Vec<MetricPoint>,
    /// Its parameters.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What went into a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct RunInputs {
    /// Its datasets.
    #[serde(default)]
    pub dataset_inputs: Vec<DatasetInput>,
    /// LoggedModels that it used.
    #[serde(default)]
    pub model_inputs: Vec<ModelInput>,
}

/// What came out of a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct RunOutputs {
    /// LoggedModels that it made.
    #[serde(default)]
    pub model_outputs: Vec<ModelOutput>,
}

impl RunInfo {
    /// Where its artifacts lie.
    pub fn artifact_root(&self) -> ArtifactRoot {
        ArtifactRoot::parse(&self.artifact_uri)
    }
}

impl RunData {
    /// Value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        tag_value(&self.tags, key)
    }

    /// Value of a parameter.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|param| param.key == key).map(|param| param.value.as_str())
    }

    /// A metric's value at its highest step.
    pub fn metric(&self, key: &str) -> Option<&MetricPoint> {
        self.metrics.iter().find(|point| point.key == key)
    }
}

/// A run to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateRun {
    /// Its experiment.
    pub experiment_id: ExperimentId,
    /// Its name; without one the server makes one up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
    /// Begin in milliseconds since 1970.
    #[serde(rename = "start_time")]
    pub start_time_ms: i64,
    /// Its tags; `mlflow.parentRunId` makes it a child run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// A change of a run; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateRun {
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RunStatus>,
    /// End in milliseconds since 1970; the server sets none by itself.
    #[serde(rename = "end_time", skip_serializing_if = "Option::is_none")]
    pub end_time_ms: Option<i64>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
}

impl UpdateRun {
    /// Ends a run.
    pub fn end(status: RunStatus, end_time_ms: i64) -> Self {
        Self { status: Some(status), end_time_ms: Some(end_time_ms), run_name: None }
    }
}

#[derive(Deserialize)]
struct RunAnswer {
    run: Run,
}

#[derive(Serialize)]
struct OfRun<'a> {
    run_id: &'a RunId,
}

impl Client {
    /// Creates a run. Never repeated blindly: two requests would make two runs.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`]: search for the run's tag before asking again. [`Error::is_deleted`] if the
    /// experiment is.
    pub async fn create_run(&self, run: &CreateRun) -> Result<Run, Error> {
        run.tags.iter().try_for_each(limits::check_tag)?;
        if let Some(name) = &run.run_name {
            limits::check_filled("run name", name, limits::KEY)?;
        }
        self.json(Request::create("runs/create").json(run)?).await.map(|answer: RunAnswer| answer.run)
    }

    /// The run of this id, also a deleted one.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound).
    pub async fn get_run(&self, run: &RunId) -> Result<Run, Error> {
        let request = Request::get("runs/get").query("run_id", run.as_str());
        self.json(request).await.map(|answer: RunAnswer| answer.run)
    }

    /// Changes a run and makes sure that the server took the state.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound); [`Error::is_deleted`]; [`Error::Ignored`].
    pub async fn update_run(&self, run: &RunId, update: &UpdateRun) -> Result<RunInfo, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            run_id: &'a RunId,
            #[serde(flatten)]
            update: &'a UpdateRun,
        }
        #[derive(Deserialize)]
        struct Answer {
            run_info: RunInfo,
        }
        if let Some(name) = &update.run_name {
            limits::check_filled("run name", name, limits::KEY)?;
        }
        let request = Request::post("runs/update").json(&Body { run_id: run, update })?;
        let Answer { run_info } = self.json(request).await?;
        match update.status {
            Some(status) if !run_info.status.is(status) => Err(Error::Ignored {
                operation: "runs/update",
                field: "status",
                found: format!("{:?}", run_info.status),
            }),
            _ => Ok(run_info),
        }
    }

    /// Sets a tag of a run, over any earlier value.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn set_tag(&self, run: &RunId, tag: &Tag) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            run_id: &'a RunId,
            #[serde(flatten)]
            tag: &'a Tag,
        }
        limits::check_tag(tag)?;
        self.done(Request::post("runs/set-tag").json(&Body { run_id: run, tag })?).await
    }

    /// Removes a tag of a run; done if it is not there.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run.
    pub async fn delete_tag(&self, run: &RunId, key: &str) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            run_id: &'a RunId,
            key: &'a str,
        }
        limits::check_key("tag key", key)?;
        match self.done(Request::post("runs/delete-tag").json(&Body { run_id: run, key })?).await {
            Err(Error::Api { code: ErrorCode::ResourceDoesNotExist, message, .. })
                if message.starts_with("No tag with name") =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Deletes a run; it can be restored. Done if it is deleted already.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run.
    pub async fn delete_run(&self, run: &RunId) -> Result<(), Error> {
        match self.done(Request::post("runs/delete").json(&OfRun { run_id: run })?).await {
            Err(error) if error.is_deleted() => Ok(()),
            done => done,
        }
    }

    /// Restores a deleted run; done if it is not deleted.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run.
    pub async fn restore_run(&self, run: &RunId) -> Result<(), Error> {
        match self.done(Request::post("runs/restore").json(&OfRun { run_id: run })?).await {
            Err(Error::Api { code: ErrorCode::InvalidParameterValue, message, .. })
                if message.contains("must be in the 'deleted' state") =>
            {
                Ok(())
            }
            done => done,
        }
    }
}
