//! Report of a ModelVersion: the status when it differs, then the Events.

use crate::api::model_version_status::Transition;
use crate::api::{ModelVersion, ModelVersionStatus};
use crate::plan::Event;
use crate::reconcile::{Context, Error};

/// What is stored of an object, and what people are told of it.
pub(super) struct Told<'a> {
    pub context: &'a Context,
    /// The object as stored.
    pub object: ModelVersion,
    /// Events of plans that are not carried out yet: a plan that loses is not told.
    pub planned: Vec<Event>,
    /// Events of plans that are.
    pub done: Vec<Event>,
    /// The move of an alias that was last under way in this reconcile. One that begins and ends in it is in no stored
    /// status, and yet the decision was made here: by this, counters know it.
    transition: Option<Transition>,
}

impl<'a> Told<'a> {
    pub fn new(context: &'a Context, object: ModelVersion) -> Self {
        Self { context, object, planned: Vec::new(), done: Vec::new(), transition: None }
    }

    pub fn stored(&self) -> ModelVersionStatus {
        self.object.status.clone().unwrap_or_default()
    }

    /// Takes note of a status that another plan replaces before it is written.
    pub fn passed(&mut self, status: &ModelVersionStatus) {
        self.transition = status.transition.clone().or(self.transition.take());
    }

    /// Writes the status when it differs from what is stored: an object that is gone with its finalizer has none. One that
    /// stays as it is is shown too: this process may not have seen the object before.
    pub async fn report(&mut self, status: ModelVersionStatus) -> Result<(), Error> {
        let planned = std::mem::take(&mut self.planned);
        let old = self.stored();
        if old != status {
            self.object = self.context.cluster.replace_version_status(&self.object, status).await?;
            self.done.extend(planned);
        }
        let before =
            ModelVersionStatus { transition: old.transition.clone().or(self.transition.clone()), ..old };
        self.context.metrics.version(&self.object, &before, &self.stored());
        Ok(())
    }

    pub async fn tell(&self) {
        self.context.events.publish(&self.object, &self.done).await;
    }
}
