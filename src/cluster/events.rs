//! Events: what people are told. A failed Event never fails a reconcile.
//!
//! Each is an object of its own. kube's recorder joins all that share object and reason to a series with the note of the
//! first one: of two candidates that failed, the second would never be named. Podium tells of changes and not of states,
//! so there is little to join.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as ApiEvent;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client, Resource};

use crate::plan::{Event, EventKind};

/// Longest note that the API server takes, in bytes.
const LONGEST: usize = 1024;

/// What of an object's name stands in the names of its Events, beside a dot and 16 digits; a name has at most 253.
const READABLE: usize = 236;

/// Publishes Events.
#[derive(Clone)]
pub struct Events {
    client: Client,
    identity: String,
}

impl Events {
    /// Events reported as this replica.
    pub fn new(client: Client, identity: &str) -> Self {
        Self { client, identity: identity.to_owned() }
    }

    /// The replica that reports.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Publishes events about an object.
    pub async fn publish<K: Resource<DynamicType = ()>>(&self, object: &K, events: &[Event]) {
        self.publish_about(&object.object_ref(&()), events).await;
    }

    /// Publishes events about an object that is known by its reference alone.
    pub async fn publish_about(&self, about: &ObjectReference, events: &[Event]) {
        for event in events {
            if let Err(error) = self.create(event, about).await {
                tracing::warn!(%error, reason = event.reason, "an Event was not published");
            }
        }
    }

    async fn create(&self, event: &Event, about: &ObjectReference) -> Result<(), kube::Error> {
        let namespace = about.namespace.as_deref().unwrap_or("default");
        let api: Api<ApiEvent> = Api::namespaced(self.client.clone(), namespace);
        let object = object(event, about, &self.identity, Timestamp::now());
        api.create(&PostParams::default(), &object).await.map(|_| ())
    }
}

fn object(event: &Event, about: &ObjectReference, identity: &str, now: Timestamp) -> ApiEvent {
    ApiEvent {
        metadata: ObjectMeta {
            name: Some(name(about.name.as_deref().unwrap_or_default(), now)),
            namespace: about.namespace.clone(),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(now)),
        reporting_controller: Some("podium".to_owned()),
        reporting_instance: Some(identity.to_owned()),
        action: Some("Reconcile".to_owned()),
        reason: Some(event.reason.clone()),
        note: Some(cut(&event.note, LONGEST).to_owned()),
        type_: Some(kind(event).to_owned()),
        regarding: Some(about.clone()),
        ..ApiEvent::default()
    }
}

/// The object's name as far as it fits, and the time.
fn name(object: &str, now: Timestamp) -> String {
    let readable = cut(object, READABLE).trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    format!("{readable}.{:x}", now.as_nanosecond())
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

fn kind(event: &Event) -> &'static str {
    match event.kind {
        EventKind::Normal => "Normal",
        EventKind::Warning => "Warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_whatever_the_object_is_called_and_ends_in_the_time() {
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        assert_eq!(name("churn", now), "churn.1898f75582430000");
        let long = name(&"a-".repeat(126), now);
        assert!(long.len() <= 253 && long.contains("a.1"), "{long}");
    }

    #[test]
    fn a_note_is_cut_at_1024_bytes_and_never_inside_a_character() {
        let event = Event::normal("Reason", "я".repeat(600));
        let note = object(&event, &ObjectReference::default(), "us", Timestamp::UNIX_EPOCH).note.unwrap();
        assert_eq!(note, "я".repeat(512));
    }
}
