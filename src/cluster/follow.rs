//! Reads what `podium follow` shows: one pipeline or version, and the versions of the same registered model; or one sweep.

use kube::api::ListParams;
use kube::{Api, Client, Config};

use crate::api::{HyperparameterSweep, ModelVersion, TrainingPipeline};

/// Reads one namespace with the rights of the user's own kubeconfig.
pub struct Reader {
    pipelines: Api<TrainingPipeline>,
    versions: Api<ModelVersion>,
    sweeps: Api<HyperparameterSweep>,
    /// The namespace.
    pub namespace: String,
}

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No cluster is configured.
    #[error("no cluster: {0}; set KUBECONFIG")]
    Config(#[from] kube::config::InferConfigError),
    /// The API server did not answer as hoped.
    #[error("the API server: {0}")]
    Api(#[from] kube::Error),
}

impl Reader {
    /// Connects; without a namespace that of the current context.
    ///
    /// # Errors
    /// When no cluster is configured.
    pub async fn connect(namespace: Option<String>) -> Result<Self, ReadError> {
        let config = Config::infer().await?;
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config)?;
        let pipelines = Api::namespaced(client.clone(), &namespace);
        let versions = Api::namespaced(client.clone(), &namespace);
        Ok(Self { pipelines, versions, sweeps: Api::namespaced(client, &namespace), namespace })
    }

    /// A pipeline; `None` when there is none of this name.
    ///
    /// # Errors
    /// When the API server can't be asked.
    pub async fn pipeline(&self, name: &str) -> Result<Option<TrainingPipeline>, ReadError> {
        Ok(self.pipelines.get_opt(name).await?)
    }

    /// All versions of the namespace.
    ///
    /// # Errors
    /// When the API server can't be asked.
    pub async fn versions(&self) -> Result<Vec<ModelVersion>, ReadError> {
        Ok(self.versions.list(&ListParams::default()).await?.items)
    }

    /// A sweep; `None` when there is none of this name.
    ///
    /// # Errors
    /// When the API server can't be asked.
    pub async fn sweep(&self, name: &str) -> Result<Option<HyperparameterSweep>, ReadError> {
        Ok(self.sweeps.get_opt(name).await?)
    }
}
