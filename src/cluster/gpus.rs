//! From a pod to the GPUs that it binds, and since when.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use super::observe::is_controlled_by;
use crate::api::labels;
use crate::plan::sweep::GpuPod;

/// The pod, when it binds GPUs; `jobs` are those of its sweep.
pub(super) fn pod(pod: &Pod, jobs: &[&Job]) -> Option<GpuPod> {
    let job = jobs.iter().find(|job| is_controlled_by(pod, &job.uid().unwrap_or_default()));
    let has_ttl = |job: &Job| job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some());
    Some(GpuPod {
        name: pod.name_any(),
        run: pod.labels().get(labels::RUN)?.clone(),
        gpus: Some(gpus(pod)).filter(|gpus| *gpus > 0)?,
        from: bound_at(pod)?,
        until: ended_at(pod),
        is_news: job.is_some_and(|job| !has_ttl(job)),
    })
}

/// Only extended resources have a domain in their name, and our pods ask for no other one than GPUs.
fn gpus(pod: &Pod) -> i32 {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let limits = containers.filter_map(|container| container.resources.as_ref()?.limits.as_ref()).flatten();
    limits.filter(|(name, _)| name.contains('/')).filter_map(|(_, amount)| amount.0.parse::<i32>().ok()).sum()
}

/// When a node was found for it: from then on nobody else gets its GPUs.
fn bound_at(pod: &Pod) -> Option<Timestamp> {
    let conditions = pod.status.as_ref()?.conditions.iter().flatten();
    let mut scheduled = conditions.filter(|one| one.type_ == "PodScheduled" && one.status == "True");
    scheduled.find_map(|condition| condition.last_transition_time.as_ref().map(|time| time.0))
}

/// When its containers ended, or the kubelet put it out without having started them; else, of a pod that is being deleted, the end
/// of its grace: one on a lost node stays for long, and nobody knows what runs there.
fn ended_at(pod: &Pod) -> Option<Timestamp> {
    let deleted = pod.metadata.deletion_timestamp.as_ref().map(|time| time.0);
    let Some(status) = &pod.status else { return deleted };
    if !matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return deleted;
    }
    let statuses = status.container_statuses.iter().flatten();
    let ends =
        statuses.filter_map(|one| Some(one.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref()?.0));
    let changes =
        status.conditions.iter().flatten().filter_map(|one| Some(one.last_transition_time.as_ref()?.0));
    ends.max().or_else(|| changes.max()).or(deleted)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2027-01-01T00:{text}Z").parse().unwrap()
    }

    fn seen(change: impl FnOnce(&mut Value), ttl: Option<i32>) -> Option<GpuPod> {
        let mut object = json!({
            "metadata": {
                "name": "p", "labels": {"podium.dev/run": "run"},
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u", "controller": true}],
            },
            "spec": {"containers": [
                {"name": "trial", "resources": {"limits": {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": "2"}}},
            ]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2027-01-01T00:01:00Z"}],
            },
        });
        change(&mut object);
        let job = json!({"metadata": {"name": "j", "uid": "u"}, "spec": {"template": {}, "ttlSecondsAfterFinished": ttl}});
        let job: Job = serde_json::from_value(job).unwrap();
        pod(&serde_json::from_value(object).unwrap(), &[&job])
    }

    fn held(until: Option<&str>) -> GpuPod {
        GpuPod {
            name: "p".into(),
            run: "run".into(),
            gpus: 2,
            from: at("01:00"),
            until: until.map(at),
            is_news: true,
        }
    }

    #[test]
    fn gpus_are_held_from_the_node_on_and_until_the_containers_end() {
        assert_eq!(seen(|_| {}, None), Some(held(None)));
        let ended = |pod: &mut Value| {
            pod["status"]["phase"] = json!("Succeeded");
            pod["status"]["containerStatuses"] = json!([{
                "name": "trial", "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 0, "finishedAt": "2027-01-01T00:03:00Z"}},
            }]);
        };
        assert_eq!(seen(ended, None), Some(held(Some("03:00"))));
        assert_eq!(seen(ended, Some(300)), Some(GpuPod { is_news: false, ..held(Some("03:00")) }));
    }

    #[test]
    fn a_pod_that_is_deleted_ends_with_its_grace_though_its_node_says_nothing() {
        let deleted = |pod: &mut Value| pod["metadata"]["deletionTimestamp"] = json!("2027-01-01T00:02:00Z");
        assert_eq!(seen(deleted, None), Some(held(Some("02:00"))));
    }

    #[test]
    fn a_pod_without_a_gpu_or_without_a_node_holds_none() {
        let without =
            |pod: &mut Value| pod["spec"]["containers"][0]["resources"]["limits"] = json!({"cpu": "2"});
        assert_eq!(seen(without, None), None);
        let waiting = |pod: &mut Value| pod["status"]["conditions"][0]["status"] = json!("False");
        assert_eq!(seen(waiting, None), None);
    }

    #[test]
    fn what_a_job_that_is_gone_left_is_no_news() {
        let orphan = |pod: &mut Value| pod["metadata"]["ownerReferences"][0]["uid"] = json!("other");
        assert_eq!(seen(orphan, None), Some(GpuPod { is_news: false, ..held(None) }));
    }
}
