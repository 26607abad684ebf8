//! Typed MLflow REST client (MLflow 3.17): used by the operator and by the trainer. It decides nothing about
//! models or runs; it must not cut, repeat or drop anything that its caller could not know of.
//!
//! ```no_run
//! use podium_mlflow::{Auth, Client, Filter, RunQuery, Secret, Settings};
//! # async fn example() -> Result<(), podium_mlflow::Error> {
//! let settings = Settings { auth: Auth::Bearer(Secret::new("token")), ..Settings::new("http://mlflow:5000") };
//! let client = Client::new(settings)?;
//! let experiment = client.get_or_create_experiment("churn", &[]).await?;
//! let query = RunQuery::of([experiment.experiment_id]).filter(Filter::tag("k8s.uid").eq("7b1c"));
//! let runs = client.search_all_runs(&query, 100).await?;
//! # Ok(()) }
//! ```

mod answer;
mod artifact_root;
mod artifacts;
mod auth;
mod batch;
mod class;
mod client;
mod datasets;
mod error;
mod experiment_search;
mod experiments;
mod filter;
mod ids;
mod limits;
mod logged_model_search;
mod logged_models;
mod message;
mod metric_value;
mod metrics;
mod model_version_search;
mod model_versions;
mod observer;
mod page;
mod registered_models;
mod reported;
mod request;
mod retry;
mod run_search;
mod runs;
mod server;
mod settings;
mod spool;
mod tags;
mod tls;
mod transport;
mod verify;

pub use artifact_root::{ArtifactPath, ArtifactRoot};
pub use artifacts::FileInfo;
pub use auth::{Auth, Secret};
pub use batch::Batch;
pub use class::Class;
pub use client::Client;
pub use datasets::{Dataset, DatasetInput, ModelInput, ModelOutput};
pub use error::{Error, ErrorCode, Unsent};
pub use experiments::{Experiment, LifecycleStage};
pub use filter::{Filter, Operand};
pub use ids::{ExperimentId, ModelId, RunId, VersionNumber};
pub use limits::{
    Invalid, check_alias, check_experiment_name, check_key, check_logged_model_name, check_model_name,
};
pub use logged_model_search::{LoggedModelOrder, LoggedModelQuery};
pub use logged_models::{
    CreateLoggedModel, FinalStatus, LoggedModel, LoggedModelData, LoggedModelInfo, LoggedModelStatus,
};
pub use metric_value::MetricValue;
pub use metrics::{DatasetRef, MetricPoint};
pub use model_version_search::ModelVersionQuery;
pub use model_versions::{CreateModelVersion, ModelVersion, ModelVersionStatus, UpdateModelVersion};
pub use observer::{Observation, Observer};
pub use page::Page;
pub use registered_models::{RegisteredModel, RegisteredModelAlias};
pub use reported::Reported;
pub use retry::RetryPolicy;
pub use run_search::{RunQuery, RunView};
pub use runs::{CreateRun, Run, RunData, RunInfo, RunInputs, RunOutputs, RunStatus, UpdateRun};
pub use server::ServerInfo;
pub use settings::Settings;
pub use spool::{Counts, FlushError, LoggerSettings, MetricLogger, Rejected};
pub use tags::{Param, Tag};
