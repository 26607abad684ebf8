//! Versions of registered models. Creating is not idempotent: search by run and own tag before.

use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    ArtifactRoot, Class, Client, Error, Invalid, ModelId, Reported, RunId, Tag, VersionNumber, limits,
    request::Request, tags::tag_value,
};

/// State of a model version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ModelVersionStatus {
    /// Being registered.
    PendingRegistration,
    /// Could not be registered.
    FailedRegistration,
    /// Usable; the server does not look whether its files exist.
    Ready,
}

/// A version of a registered model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ModelVersion {
    /// Name of the registered model.
    pub name: String,
    /// Its number.
    pub version: VersionNumber,
    /// When it was created, in milliseconds since 1970.
    #[serde(rename = "creation_timestamp", default)]
    pub created_ms: i64,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// Where it came from, for example `models:/m-...` or `runs:/<run>/model`.
    #[serde(default)]
    pub source: String,
    /// The run it came from.
    #[serde(default, deserialize_with = "filled")]
    pub run_id: Option<RunId>,
    /// Its state.
    pub status: Reported<ModelVersionStatus>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Its aliases; searches leave them out.
    #[serde(default)]
    pub aliases: Vec<String>,
}

impl ModelVersion {
    /// Value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        tag_value(&self.tags, key)
    }

    /// The LoggedModel it came from, if its source is one.
    pub fn model_id(&self) -> Option<ModelId> {
        self.source.strip_prefix("models:/").filter(|id| id.starts_with("m-")).map(ModelId::new)
    }
}

/// The server writes an empty text where a version has no run.
fn filled<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<RunId>, D::Error> {
    let id = Option::<String>::deserialize(deserializer)?;
    Ok(id.filter(|id| !id.is_empty()).map(RunId::new))
}

/// A model version to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateModelVersion {
    /// Name of the registered model.
    pub name: String,
    /// Where it comes from, at most 500 characters.
    pub source: String,
    /// The LoggedModel; must be given exactly when the source is `models:/m-...`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// The run it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Its description, at most 5000 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl CreateModelVersion {
    /// The version of a LoggedModel.
    pub fn of_logged_model(
        name: impl Into<String>,
        model: ModelId,
        run: Option<RunId>,
        tags: Vec<Tag>,
    ) -> Self {
        let source = format!("models:/{model}");
        Self {
            name: name.into(),
            source,
            model_id: Some(model),
            run_id: run,
            description: String::new(),
            tags,
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        limits::check_model_name(&self.name)?;
        limits::check_filled("source of a model version", &self.source, limits::SOURCE)?;
        limits::check_length("description", &self.description, limits::DESCRIPTION)?;
        limits::check_tags_of(&self.tags, limits::VERSION_TAG_VALUE)?;
        let needs = self.source.starts_with("models:/m-");
        let expected = self.model_id.as_ref().map(|id| format!("models:/{id}"));
        if needs && expected.as_deref() != Some(self.source.as_str()) {
            return Err(Invalid::new(
                "source of a model version",
                &self.source,
                "the model_id given with it",
            ));
        }
        Ok(())
    }
}

/// A change of a model version.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateModelVersion {
    /// Its description, at most 5000 characters.
    pub description: String,
}

#[derive(Deserialize)]
pub(crate) struct VersionAnswer {
    pub(crate) model_version: ModelVersion,
}

#[derive(Serialize)]
struct VersionBody<'a, T: Serialize> {
    name: &'a str,
    version: VersionNumber,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct KeyBody<'a> {
    key: &'a str,
}

#[derive(Serialize)]
struct NoBody {}

impl Client {
    /// Creates a model version. Never repeated blindly: two requests would make two versions.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`]: search for the version's run and tag before asking again.
    pub async fn create_model_version(&self, version: &CreateModelVersion) -> Result<ModelVersion, Error> {
        version.check()?;
        let request = Request::create("model-versions/create").json(version)?;
        self.json(request).await.map(|answer: VersionAnswer| answer.model_version)
    }

    /// A model version with its aliases.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn get_model_version(&self, name: &str, version: VersionNumber) -> Result<ModelVersion, Error> {
        let answer: VersionAnswer = self.version_get("model-versions/get", name, version).await?;
        Ok(answer.model_version)
    }

    /// Where the files of a model version lie.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn get_model_version_download_uri(
        &self,
        name: &str,
        version: VersionNumber,
    ) -> Result<ArtifactRoot, Error> {
        #[derive(Deserialize)]
        struct Answer {
            artifact_uri: String,
        }
        let answer: Answer = self.version_get("model-versions/get-download-uri", name, version).await?;
        Ok(ArtifactRoot::parse(&answer.artifact_uri))
    }

    /// Sets a tag of a model version, over an earlier value.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn set_model_version_tag(
        &self,
        name: &str,
        version: VersionNumber,
        tag: &Tag,
    ) -> Result<(), Error> {
        limits::check_tag_of(tag, limits::VERSION_TAG_VALUE)?;
        self.version_done(Method::POST, "model-versions/set-tag", name, version, tag).await
    }

    /// Removes a tag of a model version.
    ///
    /// # Errors
    /// [`Class::NotFound`] if there is no such version.
    pub async fn delete_model_version_tag(
        &self,
        name: &str,
        version: VersionNumber,
        key: &str,
    ) -> Result<(), Error> {
        limits::check_key("tag key", key)?;
        self.version_done(Method::DELETE, "model-versions/delete-tag", name, version, KeyBody { key }).await
    }

    /// Changes a model version's description.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn update_model_version(
        &self,
        name: &str,
        version: VersionNumber,
        update: &UpdateModelVersion,
    ) -> Result<ModelVersion, Error> {
        limits::check_length("description", &update.description, limits::DESCRIPTION)?;
        let request = version_request(Method::PATCH, "model-versions/update", name, version, update)?;
        self.json(request).await.map(|answer: VersionAnswer| answer.model_version)
    }

    /// Deletes a model version, silently also if an alias points at it; done if it is not there.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn delete_model_version(&self, name: &str, version: VersionNumber) -> Result<(), Error> {
        match self.version_done(Method::DELETE, "model-versions/delete", name, version, NoBody {}).await {
            Err(error) if error.class() == Class::NotFound => Ok(()),
            done => done,
        }
    }

    async fn version_get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        name: &str,
        version: VersionNumber,
    ) -> Result<T, Error> {
        limits::check_model_name(name)?;
        self.json(Request::get(operation).query("name", name).query("version", version.to_string())).await
    }

    async fn version_done(
        &self,
        method: Method,
        operation: &'static str,
        name: &str,
        version: VersionNumber,
        rest: impl Serialize,
    ) -> Result<(), Error> {
        self.done(version_request(method, operation, name, version, rest)?).await
    }
}

fn version_request(
    method: Method,
    operation: &'static str,
    name: &str,
    version: VersionNumber,
    rest: impl Serialize,
) -> Result<Request, Error> {
    limits::check_model_name(name)?;
    Request::api(method, operation).json(&VersionBody { name, version, rest })
}
