//! Why a Job has no running pod, from Events: a quota that refuses it, a volume that can't be mounted.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Api;
use kube::api::ListParams;

use super::{Cluster, Error};

impl Cluster {
    /// The newest Warning about the Job or its pods.
    pub(super) async fn why_pending(&self, job: &Job, pods: &[Pod]) -> Result<Option<String>, Error> {
        let namespace = job.metadata.namespace.clone().unwrap_or_default();
        let api: Api<Event> = self.api(&namespace);
        let uids = pods.iter().filter_map(|pod| pod.metadata.uid.clone()).chain(job.metadata.uid.clone());
        let mut newest: Option<Event> = None;
        for uid in uids {
            let params = ListParams::default().fields(&format!("involvedObject.uid={uid},type=Warning"));
            let events = api.list(&params).await.map_err(Error::request("list", "Events of a Job"))?;
            newest = events.items.into_iter().chain(newest).max_by_key(time);
        }
        Ok(newest.map(|event| {
            let reason = event.reason.unwrap_or_default();
            format!("{reason}: {}", event.message.unwrap_or_default())
        }))
    }
}

/// When an Event was last seen, by whichever of its times is set.
fn time(event: &Event) -> Option<k8s_openapi::jiff::Timestamp> {
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let series =
        event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let first = event.event_time.as_ref().map(|time| time.0);
    last.max(series).max(first)
}
