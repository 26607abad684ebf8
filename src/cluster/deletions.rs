//! Owners of runs that go: a controller is woken by what is there, so those that are no more need a watch of their own.

use std::fmt::Debug;

use futures::StreamExt;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, ResourceExt};

use super::watch::{Key, Scope};
use crate::api::{HyperparameterSweep, TrainingPipeline};

/// Tells of each pipeline and sweep that is deleted. One that goes while the watch is interrupted is not told of, so whoever
/// listens must look by itself too. Never ends.
pub async fn deletions(client: Client, scope: Scope, tell: impl Fn(Key)) {
    let pipelines = of_kind(scope.api::<PartialObjectMeta<TrainingPipeline>>(&client), &tell);
    let sweeps = of_kind(scope.api::<PartialObjectMeta<HyperparameterSweep>>(&client), &tell);
    tokio::join!(pipelines, sweeps);
}

async fn of_kind<K>(api: Api<PartialObjectMeta<K>>, tell: &impl Fn(Key))
where
    K: kube::Resource<DynamicType = ()> + Clone + Send + Sync + Debug + 'static,
{
    let events = watcher(api, watcher::Config::default().any_semantic()).default_backoff();
    let mut events = std::pin::pin!(events);
    // The controllers' own watches say what interrupts them; it would be said twice here.
    while let Some(event) = events.next().await {
        if let Ok(Event::Delete(object)) = event {
            tell(Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() });
        }
    }
}
