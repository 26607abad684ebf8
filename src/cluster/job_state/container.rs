//! The container by which a pod is judged. Those before the last one run one after the other, each when the one before it has
//! ended well.

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod};

use crate::build::is_trainer;
use crate::plan::pipeline::By;

/// The first container before the last that has not ended well; else the last.
pub(super) fn current(pod: &Pod) -> Option<&ContainerStatus> {
    let status = pod.status.as_ref()?;
    let open = before(pod).find(|container| exit_code(container) != Some(0));
    open.or_else(|| status.container_statuses.as_ref()?.first())
}

/// Whether one has already ended well.
pub(super) fn has_begun(pod: &Pod) -> bool {
    before(pod).any(|container| exit_code(container) == Some(0))
}

/// Whose program it runs.
pub(super) fn by(container: &ContainerStatus) -> By {
    if is_trainer(&container.name) { By::Ours } else { By::Foreign(container.name.clone()) }
}

/// Whether its termination message may be the end of its log.
pub(super) fn may_end_with_its_log(pod: &Pod, container: &ContainerStatus) -> bool {
    let stated = stated(pod, &container.name);
    let policy = stated.and_then(|container| container.termination_message_policy.as_deref());
    policy == Some("FallbackToLogsOnError")
}

/// Those before the last, but for sidecars, which others put there and which run until the end.
fn before(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let statuses = pod.status.as_ref().and_then(|status| status.init_container_statuses.as_deref());
    let is_sidecar =
        |name: &str| stated(pod, name).is_some_and(|container| container.restart_policy.is_some());
    statuses.unwrap_or_default().iter().filter(move |container| !is_sidecar(&container.name))
}

fn stated<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    let mut all = spec.init_containers.iter().flatten().chain(&spec.containers);
    all.find(|container| container.name == name)
}

fn exit_code(container: &ContainerStatus) -> Option<i32> {
    Some(container.state.as_ref()?.terminated.as_ref()?.exit_code)
}
