//! Pipelines that go: a controller is woken by what is there, so those that are no more need a watch of their own.

use futures::StreamExt;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt};

use super::watch::{Key, Scope};
use crate::api::TrainingPipeline;

/// Tells of each pipeline that is deleted. One that goes while the watch is interrupted is not told of, so whoever listens
/// must look by itself too. Never ends.
pub async fn deletions(client: Client, scope: Scope, tell: impl Fn(Key)) {
    let api = scope.api::<PartialObjectMeta<TrainingPipeline>>(&client);
    let events = watcher(api, watcher::Config::default().any_semantic()).default_backoff();
    let mut events = std::pin::pin!(events);
    // The controllers' own watches say what interrupts them; it would be said twice here.
    while let Some(event) = events.next().await {
        if let Ok(Event::Delete(object)) = event {
            tell(Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() });
        }
    }
}
