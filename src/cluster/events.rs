//! Events: what people are told. A failed Event never fails a reconcile.

use kube::runtime::events::{Event as KubeEvent, EventType, Recorder, Reporter};
use kube::{Client, Resource};

use crate::plan::{Event, EventKind};

/// Longest note that the API server takes.
const LONGEST: usize = 1024;

/// Publishes Events; one for the process, since it keeps series together.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
}

impl Events {
    /// Events reported as this replica.
    pub fn new(client: Client, identity: &str) -> Self {
        let reporter = Reporter { controller: "podium".to_owned(), instance: Some(identity.to_owned()) };
        Self { recorder: Recorder::new(client, reporter) }
    }

    /// Publishes events about an object.
    pub async fn publish<K: Resource<DynamicType = ()>>(&self, object: &K, events: &[Event]) {
        let reference = object.object_ref(&());
        for event in events {
            let published = self.recorder.publish(&kube_event(event), &reference).await;
            if let Err(error) = published {
                tracing::warn!(%error, reason = event.reason, "an Event was not published");
            }
        }
    }
}

fn kube_event(event: &Event) -> KubeEvent {
    let note: String = event.note.chars().take(LONGEST).collect();
    KubeEvent {
        type_: match event.kind {
            EventKind::Normal => EventType::Normal,
            EventKind::Warning => EventType::Warning,
        },
        reason: event.reason.clone(),
        note: Some(note),
        action: "Reconcile".to_owned(),
        secondary: None,
    }
}
