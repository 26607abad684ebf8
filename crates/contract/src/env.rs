//! Environment variables of a trainer pod. The MLflow names are those that MLflow's own client and Kubeflow use.

/// Address of the MLflow server.
pub const MLFLOW_TRACKING_URI: &str = "MLFLOW_TRACKING_URI";
/// Workspace, sent as a header.
pub const MLFLOW_WORKSPACE: &str = "MLFLOW_WORKSPACE";
/// Experiment of the run.
pub const MLFLOW_EXPERIMENT_ID: &str = "MLFLOW_EXPERIMENT_ID";
/// The run that the pod writes to.
pub const MLFLOW_RUN_ID: &str = "MLFLOW_RUN_ID";
/// Bearer token, from the namespace's Secret.
pub const MLFLOW_TRACKING_TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
/// User name for basic authentication, from the namespace's Secret.
pub const MLFLOW_TRACKING_USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
/// Password for basic authentication, from the namespace's Secret.
pub const MLFLOW_TRACKING_PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
/// User name for http(s) data, from the key `username` of the data's Secret.
pub const DATA_USERNAME: &str = "PODIUM_DATA_USERNAME";
/// Password for http(s) data, from the key `password` of the data's Secret.
pub const DATA_PASSWORD: &str = "PODIUM_DATA_PASSWORD";
/// Bearer token for http(s) data, from the key `token` of the data's Secret.
pub const DATA_TOKEN: &str = "PODIUM_DATA_TOKEN";
/// `true`: the login for the data may be sent over plain http; from the key `allowHttp` of the data's Secret.
pub const DATA_ALLOW_HTTP: &str = "PODIUM_DATA_ALLOW_HTTP";
/// File with the rows that a container that is a candidate may learn from.
pub const DATA_FILE: &str = "PODIUM_DATA_FILE";
/// File with the folds of these rows.
pub const FOLDS_FILE: &str = "PODIUM_FOLDS_FILE";
/// File with roles of columns, classes and metric.
pub const TASK_FILE: &str = "PODIUM_TASK_FILE";
/// Folder for what the container makes.
pub const OUTPUT_FOLDER: &str = "PODIUM_OUTPUT_DIR";
