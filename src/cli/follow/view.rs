//! A pipeline or a version that is followed, as it was read: pure from here on.

use super::target::Target;
use crate::api::{ModelVersion, ModelVersionStatus, TrainingPipeline, TrainingPipelineStatus};

/// Alias of the version in production when the spec names none.
const DEFAULT_ALIAS: &str = "champion";

/// One look at a pipeline, its version and the model's other versions.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// The pipeline, when one is followed.
    pub pipeline: Option<TrainingPipeline>,
    /// The version that is followed, or that of the pipeline's run.
    pub version: Option<ModelVersion>,
    versions: Vec<ModelVersion>,
}

impl View {
    /// `None` when what is followed is not there.
    pub fn new(
        target: &Target,
        pipeline: Option<TrainingPipeline>,
        versions: Vec<ModelVersion>,
    ) -> Option<Self> {
        let wanted = match target {
            Target::Pipeline(_) => {
                pipeline.as_ref()?.status.as_ref().and_then(|status| status.model_version.clone())
            }
            Target::Version(name) => Some(name.clone()),
            Target::Sweep(_) => return None,
        };
        let version =
            versions.iter().find(|version| version.metadata.name == wanted && wanted.is_some()).cloned();
        if matches!(target, Target::Version(_)) && version.is_none() {
            return None;
        }
        Some(Self { pipeline, version, versions })
    }

    /// Status of the pipeline, once it is about the spec as it stands.
    pub fn pipeline_status(&self) -> Option<&TrainingPipelineStatus> {
        let pipeline = self.pipeline.as_ref()?;
        pipeline.status.as_ref().filter(|status| status.observed_generation == pipeline.metadata.generation)
    }

    /// Status of the version, once it is about the spec as it stands.
    pub fn version_status(&self) -> Option<&ModelVersionStatus> {
        let version = self.version.as_ref()?;
        version.status.as_ref().filter(|status| status.observed_generation == version.metadata.generation)
    }

    /// Registered model, when there is one.
    pub fn model(&self) -> Option<&str> {
        let of_version = self.version.as_ref().map(|version| version.spec.registered_model.as_str());
        let registration = || self.pipeline.as_ref()?.spec.registration.as_ref();
        of_version.or_else(|| registration().map(|registration| registration.registered_model.as_str()))
    }

    /// The alias that the version may get.
    pub fn alias(&self) -> &str {
        let registration = || self.pipeline.as_ref()?.spec.registration.as_ref()?.promotion.as_ref();
        let promotion = match &self.version {
            Some(version) => version.spec.promotion.as_ref(),
            None => registration(),
        };
        promotion.and_then(|promotion| promotion.alias.as_deref()).unwrap_or(DEFAULT_ALIAS)
    }

    /// Version number that holds the alias, as far as the namespace's ModelVersions know.
    pub fn holder(&self) -> Option<String> {
        let model = self.model()?;
        let holds = |version: &&ModelVersion| {
            let alias = version.status.as_ref().and_then(|status| status.alias.as_deref());
            version.spec.registered_model == model && alias == Some(self.alias())
        };
        self.versions.iter().find(holds).and_then(|version| version.status.as_ref()?.version.clone())
    }
}
