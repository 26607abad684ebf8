//! What one namespace may use: an MLflow address, a prefix for its experiments, the models it may own and auto-promote.

use std::sync::Arc;

/// What the configuration gives one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The namespace.
    pub namespace: String,
    /// Address of MLflow as the operator reaches it.
    pub tracking_uri: String,
    /// Address of MLflow as pods reach it.
    pub pod_tracking_uri: String,
    /// Certificate authorities (PEM) that operator and pods trust beside their system's.
    pub certificate_authorities: Option<Arc<str>>,
    /// Workspace in MLflow.
    pub workspace: Option<String>,
    /// Prefix of experiment names.
    pub experiment_prefix: String,
    /// Registered models that the namespace may own, by exact name.
    pub models: Vec<String>,
    /// Registered models that may be promoted without a person, by exact name.
    pub auto_promote: Vec<String>,
    /// The pods' login.
    pub pod_login: Option<PodLogin>,
}

/// Secret of the namespace with the pods' MLflow login: keys `token`, or `username` and `password`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodLogin {
    /// A bearer token in the key `token`.
    Token(String),
    /// The keys `username` and `password`.
    Basic(String),
}

/// A name outside of what the configuration gives a namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// The namespace is not configured.
    #[error(
        "namespace {0:?} is not in the operator's configuration, so it may use no MLflow; add it under namespaces"
    )]
    Namespace(String),
    /// The model belongs to nobody, or to another namespace.
    #[error(
        "registered model {model:?} is not among the models of namespace {namespace:?} ({allowed}); ask for it in the operator's configuration"
    )]
    Model {
        /// Registered model.
        model: String,
        /// The namespace.
        namespace: String,
        /// Those that it may use.
        allowed: String,
    },
    /// A run of an experiment outside the namespace's prefix.
    #[error(
        "run {run} belongs to experiment {experiment:?}, which is not below the prefix {prefix:?} of namespace {namespace:?}"
    )]
    Experiment {
        /// The run.
        run: String,
        /// Its experiment.
        experiment: String,
        /// The prefix.
        prefix: String,
        /// The namespace.
        namespace: String,
    },
}

impl Grant {
    /// Whether the namespace may own a registered model.
    ///
    /// # Errors
    /// When it may not, with those that it may.
    pub fn model(&self, model: &str) -> Result<(), NotGranted> {
        if self.models.iter().any(|name| name == model) {
            return Ok(());
        }
        let allowed = if self.models.is_empty() { "none".to_owned() } else { self.models.join(", ") };
        Err(NotGranted::Model { model: model.to_owned(), namespace: self.namespace.clone(), allowed })
    }

    /// Whether a model may be promoted without a person.
    pub fn may_auto_promote(&self, model: &str) -> bool {
        self.auto_promote.iter().any(|name| name == model)
    }

    /// Full name of an experiment.
    pub fn experiment(&self, name: &str) -> String {
        format!("{}{name}", self.experiment_prefix)
    }

    /// Whether a run may be used as a source.
    ///
    /// # Errors
    /// When its experiment is not below the namespace's prefix.
    pub fn run(&self, run: &str, experiment: &str) -> Result<(), NotGranted> {
        if experiment.starts_with(&self.experiment_prefix) {
            return Ok(());
        }
        Err(NotGranted::Experiment {
            run: run.to_owned(),
            experiment: experiment.to_owned(),
            prefix: self.experiment_prefix.clone(),
            namespace: self.namespace.clone(),
        })
    }
}
