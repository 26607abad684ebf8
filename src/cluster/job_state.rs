//! From a Job and its pods to the state that planners know.

use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, Pod, PodCondition};
use k8s_openapi::jiff::SignedDuration;

use crate::plan::pipeline::{Failure, JobState};

mod container;

/// Most characters of a container's last words.
const WORDS: usize = 300;

/// State of a Job. `None` means: nothing runs and no pod says why; its Events may.
pub(super) fn state(job: &Job, pods: &[Pod]) -> Option<JobState> {
    if job.metadata.deletion_timestamp.is_some() {
        return Some(JobState::Deleting);
    }
    if has_condition(job, "Complete") || has_condition(job, "SuccessCriteriaMet") {
        return Some(JobState::Succeeded);
    }
    // FailureTarget comes at once; Failed only when all pods have ended, which those of a lost node never do.
    if has_condition(job, "Failed") || has_condition(job, "FailureTarget") {
        return Some(JobState::Failed(late(job).unwrap_or_else(|| failure(pods))));
    }
    if job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true) {
        return Some(JobState::Queued);
    }
    let pod = newest(pods)?;
    if let Some(why) = disruption(pod).filter(|_| pod.metadata.deletion_timestamp.is_some()) {
        return Some(JobState::Failed(Failure::Disrupted(why)));
    }
    match container::current(pod).and_then(|container| container.state.as_ref()) {
        Some(ContainerState { running: Some(_), .. }) => Some(JobState::Running),
        // Ended, and the Job controller has not judged it yet.
        Some(ContainerState { terminated: Some(_), .. }) => Some(JobState::Running),
        state => match waiting(state).or_else(|| unschedulable(pod)) {
            Some(why) => Some(JobState::Pending(Some(why))),
            // Between two containers.
            None => container::has_begun(pod).then_some(JobState::Running),
        },
    }
}

fn true_conditions(job: &Job) -> impl Iterator<Item = &JobCondition> {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.filter(|condition| condition.status == "True")
}

fn has_condition(job: &Job, type_: &str) -> bool {
    true_conditions(job).any(|condition| condition.type_ == type_)
}

/// Where the Job controller stopped it at its deadline.
fn late(job: &Job) -> Option<Failure> {
    let is_late =
        true_conditions(job).any(|condition| condition.reason.as_deref() == Some("DeadlineExceeded"));
    let deadline = job.spec.as_ref().and_then(|spec| spec.active_deadline_seconds);
    is_late.then(|| Failure::DeadlineExceeded(deadline.unwrap_or_default()))
}

fn newest(pods: &[Pod]) -> Option<&Pod> {
    pods.iter().max_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0))
}

fn condition<'a>(pod: &'a Pod, type_: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == type_)
}

/// What drained, preempted or lost the pod.
fn disruption(pod: &Pod) -> Option<String> {
    let condition = condition(pod, "DisruptionTarget").filter(|condition| condition.status == "True")?;
    let reason = condition.reason.clone().unwrap_or_default();
    let message = condition.message.clone().unwrap_or_default();
    Some(if message.is_empty() { reason } else { format!("{reason}: {message}") })
}

fn failure(pods: &[Pod]) -> Failure {
    let Some(pod) = newest(pods) else { return Failure::Unknown("no pod of its Job is left".to_owned()) };
    if let Some(why) = disruption(pod) {
        return Failure::Disrupted(why);
    }
    let current = container::current(pod);
    match current.and_then(|status| Some((status, status.state.as_ref()?.terminated.as_ref()?))) {
        Some((_, ended)) if was_deleted(pod, ended) => Failure::Unknown("its pod was deleted".to_owned()),
        Some((status, ended)) => Failure::Exit {
            by: container::by(status),
            code: ended.exit_code,
            out_of_memory: ended.reason.as_deref() == Some("OOMKilled"),
            words: last_words(ended.message.as_deref(), container::may_end_with_its_log(pod, status)),
        },
        None => {
            let status = pod.status.as_ref();
            let reason =
                status.and_then(|status| status.reason.clone()).unwrap_or_else(|| "no exit code".to_owned());
            let message = status.and_then(|status| status.message.clone()).unwrap_or_default();
            Failure::Unknown(format!("its pod failed: {reason} {message}").trim_end().to_owned())
        }
    }
}

/// Whether a container ended because somebody deleted its pod: by a signal, or after the deletion was asked for. A program that is
/// told to stop may end with whatever code it likes; as the first process of its container, Go's own runtime makes it 2.
fn was_deleted(pod: &Pod, ended: &ContainerStateTerminated) -> bool {
    let Some(deletion) = &pod.metadata.deletion_timestamp else { return false };
    if ended.reason.as_deref() == Some("OOMKilled") {
        return false;
    }
    // The stamp is when the grace ends; both times are whole seconds.
    let grace = SignedDuration::from_secs(pod.metadata.deletion_grace_period_seconds.unwrap_or(0));
    let asked = deletion.0.checked_sub(grace).unwrap_or(deletion.0);
    let was_asked = ended.finished_at.as_ref().is_some_and(|finished| finished.0 >= asked);
    was_asked || matches!(ended.exit_code, 137 | 143)
}

/// One line of a termination message, of which a user's image may write whatever it likes: the first, which is the message;
/// of a log the last, where programs say why they end.
fn last_words(message: Option<&str>, is_log: bool) -> String {
    let mut lines = message.unwrap_or_default().trim().lines();
    let line = if is_log { lines.next_back() } else { lines.next() };
    line.unwrap_or_default().trim().chars().take(WORDS).collect()
}

/// Why a container does not start, when the kubelet has said so.
fn waiting(state: Option<&ContainerState>) -> Option<String> {
    let waiting = state?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().unwrap_or_default();
    if matches!(reason, "" | "ContainerCreating" | "PodInitializing") {
        return None;
    }
    Some(match &waiting.message {
        Some(message) => format!("{reason}: {message}"),
        None => reason.to_owned(),
    })
}

fn unschedulable(pod: &Pod) -> Option<String> {
    let condition = condition(pod, "PodScheduled").filter(|condition| condition.status == "False")?;
    let reason = condition.reason.as_deref().unwrap_or("Unschedulable");
    Some(format!("{reason}: {}", condition.message.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests;
