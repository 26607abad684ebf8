//! The least that a kube-rs controller can be: it watches one kind in all namespaces and does nothing. The operator's
//! memory is measured beside it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::controller::{Action, Controller};
use kube::runtime::watcher;
use kube::{Api, Client, CustomResource};
use serde::{Deserialize, Serialize};

/// Any pipeline, unread.
#[derive(CustomResource, Debug, Clone, Serialize, Deserialize)]
#[kube(
    group = "podium.dev",
    version = "v1alpha1",
    kind = "TrainingPipeline",
    namespaced,
    schema = "disabled"
)]
struct Spec {
    #[serde(flatten)]
    any: serde_json::Map<String, serde_json::Value>,
}

/// Nothing can go wrong.
#[derive(Debug, thiserror::Error)]
enum Never {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pipelines: Api<TrainingPipeline> = Api::all(Client::try_default().await?);
    Controller::new(pipelines, watcher::Config::default())
        .run(
            |_, _| async { Ok::<_, Never>(Action::await_change()) },
            |_, _, _: Arc<()>| Action::requeue(Duration::from_secs(5)),
            Arc::new(()),
        )
        .for_each(|_| std::future::ready(()))
        .await;
    Ok(())
}
