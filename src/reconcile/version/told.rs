//! Report of a ModelVersion: the status when it differs, then the Events.

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
}

impl<'a> Told<'a> {
    pub fn new(context: &'a Context, object: ModelVersion) -> Self {
        Self { context, object, planned: Vec::new(), done: Vec::new() }
    }

    pub fn stored(&self) -> ModelVersionStatus {
        self.object.status.clone().unwrap_or_default()
    }

    /// Writes the status when it differs from what is stored: an object that is gone with its finalizer has none.
    pub async fn report(&mut self, status: ModelVersionStatus) -> Result<(), Error> {
        let planned = std::mem::take(&mut self.planned);
        if self.stored() != status {
            self.object = self.context.cluster.replace_version_status(&self.object, status).await?;
            self.done.extend(planned);
        }
        Ok(())
    }

    pub async fn tell(&self) {
        self.context.events.publish(&self.object, &self.done).await;
    }
}
