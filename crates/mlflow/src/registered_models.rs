//! Registered models and their aliases. An alias is moved by one request without any comparison: who may move
//! it is decided elsewhere.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    Class, Client, Error, ErrorCode, Filter, ModelVersion, Tag, VersionNumber, limits,
    model_versions::VersionAnswer, request::Request, tags::tag_value,
};

/// A registered model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RegisteredModel {
    /// Its name.
    pub name: String,
    /// When it was created, in milliseconds since 1970.
    #[serde(rename = "creation_timestamp", default)]
    pub created_ms: i64,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Its aliases; searches leave them out, [`Client::get_registered_model`] does not.
    #[serde(default)]
    pub aliases: Vec<RegisteredModelAlias>,
}

/// An alias and the version that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RegisteredModelAlias {
    /// Its name.
    pub alias: String,
    /// The version.
    pub version: VersionNumber,
}

impl RegisteredModel {
    /// Value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        tag_value(&self.tags, key)
    }

    /// The version that holds an alias.
    pub fn alias(&self, alias: &str) -> Option<VersionNumber> {
        self.aliases.iter().find(|held| held.alias == alias).map(|held| held.version)
    }
}

#[derive(Deserialize)]
struct ModelAnswer {
    registered_model: RegisteredModel,
}

#[derive(Serialize)]
struct AliasBody<'a> {
    name: &'a str,
    alias: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<VersionNumber>,
}

impl Client {
    /// Creates a registered model.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`]; [`Error::OutcomeUnknown`].
    pub async fn create_registered_model(
        &self,
        name: &str,
        description: &str,
        tags: &[Tag],
    ) -> Result<RegisteredModel, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            description: &'a str,
            tags: &'a [Tag],
        }
        limits::check_model_name(name)?;
        limits::check_length("description", description, limits::DESCRIPTION)?;
        limits::check_tags_of(tags, limits::MODEL_TAG_VALUE)?;
        let request = Request::create("registered-models/create").json(&Body { name, description, tags })?;
        self.json(request).await.map(|answer: ModelAnswer| answer.registered_model)
    }

    /// The registered model of this name, with its aliases.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn get_registered_model(&self, name: &str) -> Result<RegisteredModel, Error> {
        limits::check_model_name(name)?;
        let request = Request::get("registered-models/get").query("name", name);
        match self.json(request).await {
            Ok(ModelAnswer { registered_model }) => Ok(registered_model),
            Err(error) => Err(self.or_missing(name, error).await),
        }
    }

    /// A server with logins and workspaces forbids everybody but an administrator to look at a model that is not there, since
    /// nothing says whose it would be. What is forbidden and is not listed either is missing.
    async fn or_missing(&self, name: &str, error: Error) -> Error {
        match error {
            Error::Forbidden { operation, .. } if matches!(self.is_listed(name).await, Ok(false)) => {
                Error::Api {
                    operation,
                    status: 404,
                    code: ErrorCode::ResourceDoesNotExist,
                    message: format!("Registered Model with name={name} not found"),
                }
            }
            other => other,
        }
    }

    /// Whether a search finds the registered model: one that the login may not read is not found.
    async fn is_listed(&self, name: &str) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            registered_models: Vec<RegisteredModel>,
        }
        let request = Request::get("registered-models/search")
            .query("filter", Filter::attribute("name").eq(name).render()?)
            .query("max_results", "1");
        self.json(request).await.map(|answer: Answer| !answer.registered_models.is_empty())
    }

    /// The registered model of this name, created with description and tags if it is missing. An existing one
    /// is left alone. Any number of callers at once get the same one.
    ///
    /// # Errors
    /// Those of the requests.
    pub async fn get_or_create_registered_model(
        &self,
        name: &str,
        description: &str,
        tags: &[Tag],
    ) -> Result<RegisteredModel, Error> {
        match self.get_registered_model(name).await {
            Err(error) if error.class() == Class::NotFound => {}
            found => return found,
        }
        match self.create_registered_model(name, description, tags).await {
            Err(error) if matches!(error.class(), Class::AlreadyExists | Class::OutcomeUnknown) => {
                self.get_registered_model(name).await
            }
            created => created,
        }
    }

    /// Sets a tag of a registered model, over an earlier value.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn set_registered_model_tag(&self, name: &str, tag: &Tag) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            #[serde(flatten)]
            tag: &'a Tag,
        }
        limits::check_model_name(name)?;
        limits::check_tag_of(tag, limits::MODEL_TAG_VALUE)?;
        self.done(Request::post("registered-models/set-tag").json(&Body { name, tag })?).await
    }

    /// Removes a tag of a registered model.
    ///
    /// # Errors
    /// [`Class::NotFound`] if there is no such model.
    pub async fn delete_registered_model_tag(&self, name: &str, key: &str) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            key: &'a str,
        }
        limits::check_model_name(name)?;
        limits::check_key("tag key", key)?;
        self.done(Request::api(Method::DELETE, "registered-models/delete-tag").json(&Body { name, key })?)
            .await
    }

    /// Deletes a registered model with all its versions; done if it is not there.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn delete_registered_model(&self, name: &str) -> Result<(), Error> {
        limits::check_model_name(name)?;
        let body = serde_json::json!({"name": name});
        match self.done(Request::api(Method::DELETE, "registered-models/delete").json(&body)?).await {
            Err(error) if error.class() == Class::NotFound => Ok(()),
            done => done,
        }
    }

    /// Points an alias at a version, away from any other. Safe to repeat; there is no compare-and-swap.
    ///
    /// # Errors
    /// [`Class::NotFound`] if there is no such version; the alias then stays where it is.
    pub async fn set_registered_model_alias(
        &self,
        name: &str,
        alias: &str,
        version: VersionNumber,
    ) -> Result<(), Error> {
        limits::check_model_name(name)?;
        limits::check_alias(alias)?;
        let body = AliasBody { name, alias, version: Some(version) };
        self.done(Request::post("registered-models/alias").json(&body)?).await
    }

    /// Removes an alias; done if it is not set.
    ///
    /// # Errors
    /// [`Class::NotFound`] if there is no such model.
    pub async fn delete_registered_model_alias(&self, name: &str, alias: &str) -> Result<(), Error> {
        limits::check_model_name(name)?;
        limits::check_alias(alias)?;
        let body = AliasBody { name, alias, version: None };
        self.done(Request::api(Method::DELETE, "registered-models/alias").json(&body)?).await
    }

    /// The version that holds an alias; `None` if the alias is not set.
    ///
    /// # Errors
    /// [`Class::NotFound`] if there is no such model.
    pub async fn get_model_version_by_alias(
        &self,
        name: &str,
        alias: &str,
    ) -> Result<Option<ModelVersion>, Error> {
        limits::check_model_name(name)?;
        limits::check_alias(alias)?;
        let request = Request::get("registered-models/alias").query("name", name).query("alias", alias);
        match self.json(request).await {
            Ok(VersionAnswer { model_version }) => Ok(Some(model_version)),
            // The server calls an alias that is not set an invalid parameter.
            Err(Error::Api { code: ErrorCode::InvalidParameterValue, message, .. })
                if message.starts_with("Registered model alias") && message.ends_with("not found.") =>
            {
                Ok(None)
            }
            Err(error) => Err(self.or_missing(name, error).await),
        }
    }
}
