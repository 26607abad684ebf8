//! Events: what people are told. A failed Event never fails a reconcile.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as ApiEvent;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::runtime::events::{Event as KubeEvent, EventType, Recorder, Reporter};
use kube::{Api, Client, Resource};

use crate::plan::{Event, EventKind};

/// Longest note that the API server takes.
const LONGEST: usize = 1024;

/// Longest name of an object whose Events the recorder can name: it adds a dot and 16 digits.
const LONGEST_NAME: usize = 236;

/// Publishes Events; one for the process, since it keeps series together.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
    client: Client,
    identity: String,
}

impl Events {
    /// Events reported as this replica.
    pub fn new(client: Client, identity: &str) -> Self {
        let reporter = Reporter { controller: "podium".to_owned(), instance: Some(identity.to_owned()) };
        let recorder = Recorder::new(client.clone(), reporter);
        Self { recorder, client, identity: identity.to_owned() }
    }

    /// Publishes events about an object.
    pub async fn publish<K: Resource<DynamicType = ()>>(&self, object: &K, events: &[Event]) {
        let reference = object.object_ref(&());
        for event in events {
            let long = reference.name.as_ref().is_some_and(|name| name.len() > LONGEST_NAME);
            let published = match long {
                false => self.recorder.publish(&kube_event(event), &reference).await,
                true => self.create(event, &reference).await,
            };
            if let Err(error) = published {
                tracing::warn!(%error, reason = event.reason, "an Event was not published");
            }
        }
    }

    /// An Event about an object whose name is too long for the recorder; repeated ones are not joined to a series.
    async fn create(&self, event: &Event, about: &ObjectReference) -> Result<(), kube::Error> {
        let told = kube_event(event);
        let object = ApiEvent {
            metadata: ObjectMeta { generate_name: Some("podium-".to_owned()), ..ObjectMeta::default() },
            event_time: Some(MicroTime(Timestamp::now())),
            reporting_controller: Some("podium".to_owned()),
            reporting_instance: Some(self.identity.clone()),
            action: Some(told.action),
            reason: Some(told.reason),
            note: told.note,
            type_: Some(kind(event).to_owned()),
            regarding: Some(about.clone()),
            ..ApiEvent::default()
        };
        let namespace = about.namespace.as_deref().unwrap_or("default");
        let api: Api<ApiEvent> = Api::namespaced(self.client.clone(), namespace);
        api.create(&PostParams::default(), &object).await.map(|_| ())
    }
}

fn kind(event: &Event) -> &'static str {
    match event.kind {
        EventKind::Normal => "Normal",
        EventKind::Warning => "Warning",
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
