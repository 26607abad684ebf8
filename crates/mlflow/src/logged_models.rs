//! LoggedModels: the model files of a run. Create, put files, say that it is the run's output, then finalise.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactRoot, Client, Error, ErrorCode, ExperimentId, MetricPoint, ModelId, Param, Reported, RunId, Tag,
    limits, request::Request, tags::tag_value,
};

/// State of a LoggedModel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum LoggedModelStatus {
    /// Its files are being stored.
    #[serde(rename = "LOGGED_MODEL_PENDING")]
    Pending,
    /// Complete.
    #[serde(rename = "LOGGED_MODEL_READY")]
    Ready,
    /// Its files could not be stored.
    #[serde(rename = "LOGGED_MODEL_UPLOAD_FAILED")]
    UploadFailed,
}

/// How storing a LoggedModel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FinalStatus {
    /// Complete.
    #[serde(rename = "LOGGED_MODEL_READY")]
    Ready,
    /// Its files could not be stored.
    #[serde(rename = "LOGGED_MODEL_UPLOAD_FAILED")]
    UploadFailed,
}

/// A LoggedModel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LoggedModel {
    /// What it is.
    pub info: LoggedModelInfo,
    /// What was logged about it.
    #[serde(default)]
    pub data: LoggedModelData,
}

/// What a LoggedModel is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LoggedModelInfo {
    /// Its id.
    pub model_id: ModelId,
    /// Its experiment.
    pub experiment_id: ExperimentId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where its files lie.
    #[serde(default)]
    pub artifact_uri: String,
    /// Its state.
    pub status: Reported<LoggedModelStatus>,
    /// Its kind, as its maker named it.
    #[serde(default)]
    pub model_type: String,
    /// The run that made it.
    pub source_run_id: Option<RunId>,
    /// Its tags; the server adds `mlflow.modelVersions` when it is registered.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What was logged about a LoggedModel.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct LoggedModelData {
    /// Its parameters.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Its metrics.
    #[serde(default)]
    pub metrics: Vec<MetricPoint>,
}

impl LoggedModelInfo {
    /// Where its files lie.
    pub fn artifact_root(&self) -> ArtifactRoot {
        ArtifactRoot::parse(&self.artifact_uri)
    }

    /// Value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        tag_value(&self.tags, key)
    }
}

/// A LoggedModel to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateLoggedModel {
    /// Its experiment.
    pub experiment_id: ExperimentId,
    /// Its name, without `/ : . % " '`.
    pub name: String,
    /// Its kind, free text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model_type: String,
    /// The run that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_run_id: Option<RunId>,
    /// Its parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct ModelAnswer {
    model: LoggedModel,
}

impl Client {
    /// Creates a LoggedModel, pending until it is finalised. Never repeated blindly.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`]: search for the model's tag before asking again.
    pub async fn create_logged_model(&self, model: &CreateLoggedModel) -> Result<LoggedModel, Error> {
        limits::check_logged_model_name(&model.name)?;
        limits::check_length("model type", &model.model_type, 500)?;
        model.params.iter().try_for_each(limits::check_param)?;
        limits::check_tags_of(&model.tags, limits::TAG_VALUE)?;
        self.json(Request::create("logged-models").json(model)?).await.map(|answer: ModelAnswer| answer.model)
    }

    /// The LoggedModel of this id.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound).
    pub async fn get_logged_model(&self, model: &ModelId) -> Result<LoggedModel, Error> {
        let request = of_model(Method::GET, "logged-models/get", model, &[]);
        self.json(request).await.map(|answer: ModelAnswer| answer.model)
    }

    /// Says how storing its files ended, and makes sure that the server took it.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound); [`Error::Ignored`].
    pub async fn finalize_logged_model(
        &self,
        model: &ModelId,
        status: FinalStatus,
    ) -> Result<LoggedModel, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            // The server wants the id in the body too.
            model_id: &'a ModelId,
            status: FinalStatus,
        }
        let request = of_model(Method::PATCH, "logged-models/finalize", model, &[]);
        let ModelAnswer { model: now } = self.json(request.json(&Body { model_id: model, status })?).await?;
        let expected = match status {
            FinalStatus::Ready => LoggedModelStatus::Ready,
            FinalStatus::UploadFailed => LoggedModelStatus::UploadFailed,
        };
        if now.info.status.is(expected) {
            return Ok(now);
        }
        let found = format!("{:?}", now.info.status);
        Err(Error::Ignored { operation: "logged-models/finalize", field: "status", found })
    }

    /// Sets tags of a LoggedModel, over earlier values.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound).
    pub async fn set_logged_model_tags(&self, model: &ModelId, tags: &[Tag]) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            model_id: &'a ModelId,
            tags: &'a [Tag],
        }
        limits::check_tags_of(tags, limits::TAG_VALUE)?;
        let request = of_model(Method::PATCH, "logged-models/set-tags", model, &["tags"]);
        self.done(request.json(&Body { model_id: model, tags })?).await
    }

    /// Removes a tag of a LoggedModel; done if it is not there.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such model.
    pub async fn delete_logged_model_tag(&self, model: &ModelId, key: &str) -> Result<(), Error> {
        limits::check_key("tag key", key)?;
        let request = of_model(Method::DELETE, "logged-models/delete-tag", model, &["tags", key]);
        match self.done(request).await {
            Err(Error::Api { code: ErrorCode::ResourceDoesNotExist, message, .. })
                if message.starts_with("No tag with key") =>
            {
                Ok(())
            }
            done => done,
        }
    }

    /// Deletes a LoggedModel; done if it is not there. Its files stay.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn delete_logged_model(&self, model: &ModelId) -> Result<(), Error> {
        match self.done(of_model(Method::DELETE, "logged-models/delete", model, &[])).await {
            Err(Error::Api { code: ErrorCode::ResourceDoesNotExist, .. }) => Ok(()),
            done => done,
        }
    }
}

fn of_model(method: Method, operation: &'static str, model: &ModelId, rest: &[&str]) -> Request {
    let path =
        ["api", "2.0", "mlflow", "logged-models", model.as_str()].into_iter().chain(rest.iter().copied());
    Request::at(method, operation, path)
}
