//! Experiments: the folders of runs. A deleted one keeps its name.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactRoot, Class, Client, Error, ErrorCode, ExperimentId, Reported, Tag, limits,
    request::{Repeat, Request},
};

/// An experiment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Experiment {
    /// Its id.
    pub experiment_id: ExperimentId,
    /// Its name, unique in its workspace also against deleted ones.
    pub name: String,
    /// Where its artifacts lie.
    #[serde(default)]
    pub artifact_location: String,
    /// Whether it is deleted.
    pub lifecycle_stage: Reported<LifecycleStage>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Whether an experiment or run is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifecycleStage {
    /// In use.
    Active,
    /// Deleted, and restorable.
    Deleted,
}

impl Experiment {
    /// Where its artifacts lie.
    pub fn artifact_root(&self) -> ArtifactRoot {
        ArtifactRoot::parse(&self.artifact_location)
    }

    /// Value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        crate::tags::tag_value(&self.tags, key)
    }
}

#[derive(Deserialize)]
struct ExperimentAnswer {
    experiment: Experiment,
}

/// Rounds of get, restore and create before it is given up: others may delete and create meanwhile.
const ROUNDS: u32 = 4;

fn is_shown_by_looking(error: &Error) -> bool {
    matches!(error.class(), Class::AlreadyExists | Class::OutcomeUnknown | Class::NotFound)
        || matches!(error, Error::Api { code: ErrorCode::InvalidParameterValue, .. })
}

impl Client {
    /// Creates an experiment.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`] also if a deleted one has the name; [`Error::OutcomeUnknown`].
    pub async fn create_experiment(&self, name: &str, tags: &[Tag]) -> Result<ExperimentId, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            name: &'a str,
            tags: &'a [Tag],
        }
        #[derive(Deserialize)]
        struct Answer {
            experiment_id: ExperimentId,
        }
        limits::check_experiment_name(name)?;
        limits::check_tags_of(tags, limits::EXPERIMENT_TAG_VALUE)?;
        let answer: Answer =
            self.json(Request::create("experiments/create").json(&Body { name, tags })?).await?;
        Ok(answer.experiment_id)
    }

    /// The experiment of this id.
    ///
    /// # Errors
    /// [`Class::NotFound`].
    pub async fn get_experiment(&self, id: &ExperimentId) -> Result<Experiment, Error> {
        let request = Request::get("experiments/get").query("experiment_id", id.as_str());
        self.json(request).await.map(|answer: ExperimentAnswer| answer.experiment)
    }

    /// The experiment of this name, also a deleted one; `None` if there is none.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn get_experiment_by_name(&self, name: &str) -> Result<Option<Experiment>, Error> {
        limits::check_experiment_name(name)?;
        let request = Request::get("experiments/get-by-name").query("experiment_name", name);
        match self.json(request).await {
            Ok(ExperimentAnswer { experiment }) => Ok(Some(experiment)),
            Err(Error::Api { code: ErrorCode::ResourceDoesNotExist, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The experiment of this name: created with these tags if it is missing, restored if it is deleted. The
    /// tags of an existing one are left alone. Any number of callers at once get the same one.
    ///
    /// # Errors
    /// Those of the requests.
    pub async fn get_or_create_experiment(&self, name: &str, tags: &[Tag]) -> Result<Experiment, Error> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let changed = match self.get_experiment_by_name(name).await? {
                Some(found) if found.lifecycle_stage.is(LifecycleStage::Deleted) => {
                    self.restore_experiment(&found.experiment_id).await
                }
                Some(found) => return Ok(found),
                None => self.create_experiment(name, tags).await.map(drop),
            };
            // What another caller did meanwhile, or a lost answer hides, the next look shows.
            match changed {
                Err(error) if !is_shown_by_looking(&error) => return Err(error),
                changed => last = changed.err(),
            }
        }
        Err(last.unwrap_or(Error::Ignored {
            operation: "experiments/create",
            field: "the experiment",
            found: "deleted again by someone else".to_owned(),
        }))
    }

    /// Sets a tag of an experiment.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn set_experiment_tag(&self, id: &ExperimentId, tag: &Tag) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            experiment_id: &'a ExperimentId,
            #[serde(flatten)]
            tag: &'a Tag,
        }
        limits::check_tag_of(tag, limits::EXPERIMENT_TAG_VALUE)?;
        self.done(Request::post("experiments/set-experiment-tag").json(&Body { experiment_id: id, tag })?)
            .await
    }

    /// Deletes an experiment; it can be restored.
    ///
    /// # Errors
    /// [`Class::NotFound`] also if it is deleted already.
    pub async fn delete_experiment(&self, id: &ExperimentId) -> Result<(), Error> {
        self.switch_experiment("experiments/delete", id).await
    }

    /// Restores a deleted experiment.
    ///
    /// # Errors
    /// The server's refusal if it is not deleted.
    pub async fn restore_experiment(&self, id: &ExperimentId) -> Result<(), Error> {
        self.switch_experiment("experiments/restore", id).await
    }

    async fn switch_experiment(&self, operation: &'static str, id: &ExperimentId) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            experiment_id: &'a ExperimentId,
        }
        let request = Request { repeat: Repeat::Safe, ..Request::api(Method::POST, operation) };
        self.done(request.json(&Body { experiment_id: id })?).await
    }
}
