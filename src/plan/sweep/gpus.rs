//! GPU seconds of a run: what each of its pods bound, for as long as it held them. The sum stands in status with the moment up to
//! which it goes and the pods that it knows, so that a leader that comes later goes on from there: no pod is counted twice, and
//! none is lost with its Job.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::draft::Draft;
use super::{Context, LOOK, close};
use crate::api::conditions::reasons;
use crate::api::sweep_status::{GpuHolder, GpuUse, SweepOutcome};

/// How old the sum in status may get while nothing but time goes on: each new one is a write.
const OLD: i64 = 300;

/// A pod that has GPUs, as it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuPod {
    /// Its name.
    pub name: String,
    /// Key of its run.
    pub run: String,
    /// Its GPUs.
    pub gpus: i32,
    /// When they were bound to it.
    pub from: Timestamp,
    /// When it ended, or will have at the latest, where that is known.
    pub until: Option<Timestamp>,
    /// Whether its Job is there and has no ttl yet. What has one stood in the sum before it got it.
    pub is_news: bool,
}

/// Notes which pods hold GPUs, and brings the sum up to now where that changed or the sum is old.
pub(super) fn note(context: Context<'_>, draft: &mut Draft) {
    let Some(run) = draft.status.run.as_ref() else { return };
    let Some(next) = counted(context, &run.key, run.gpu.as_ref()) else { return };
    let is_changed = match &run.gpu {
        None => true,
        Some(known) => {
            let age = next.counted_at.0.duration_since(known.counted_at.0).as_secs();
            known.pods != next.pods || (known.seconds != next.seconds && age >= OLD)
        }
    };
    let holds = next.pods.iter().any(|pod| !pod.ended);
    if let Some(run) = draft.run().filter(|_| is_changed) {
        run.gpu = Some(next);
    }
    if holds {
        draft.again(LOOK);
    }
}

/// Ends the run once its pods have held as much as they may; else it is looked at when they will have. Whether it ended.
pub(super) fn end(context: Context<'_>, draft: &mut Draft) -> bool {
    let Some(limit) = context.sweep.gpu_time_limit else { return false };
    let Some(run) = draft.status.run.as_ref() else { return false };
    let Some(used) = counted(context, &run.key, run.gpu.as_ref()) else { return false };
    let left = limit.saturating_sub(used.seconds);
    if left > 0 {
        let held: i64 = used.pods.iter().filter(|pod| !pod.ended).map(|pod| i64::from(pod.gpus)).sum();
        let rest = (held > 0).then(|| (left + held - 1) / held);
        rest.into_iter().for_each(|rest| draft.again(Duration::from_secs(rest.unsigned_abs())));
        return false;
    }
    let outcome = match draft.status.best {
        Some(_) => SweepOutcome::Succeeded,
        None => SweepOutcome::Failed,
    };
    let message =
        format!("the GPU time limit of {limit} s is over: its pods held {} GPU seconds", used.seconds);
    close::end(context, draft, outcome, reasons::GPU_TIME_LIMIT, &message);
    true
}

/// What the run's pods have held up to now; `None` while none ever had a GPU.
fn counted(context: Context<'_>, run: &str, known: Option<&GpuUse>) -> Option<GpuUse> {
    let pods: Vec<&GpuPod> = context.observed.gpus.iter().filter(|pod| pod.run == run).collect();
    if known.is_none() && pods.is_empty() {
        return None;
    }
    // Times in status are whole seconds; and a clock that went back takes nothing away.
    let now = Timestamp::from_second(context.now.as_second()).unwrap_or(context.now);
    let now = known.map_or(now, |known| now.max(known.counted_at.0));
    let mut next = GpuUse { seconds: 0, counted_at: Time(now), pods: Vec::new() };
    if let Some(known) = known {
        go_on(known, &pods, &mut next);
    }
    let is_known =
        |pod: &GpuPod| known.is_some_and(|known| known.pods.iter().any(|holder| holder.name == pod.name));
    for pod in pods.into_iter().filter(|pod| pod.is_news && !is_known(pod)) {
        next.seconds += held(pod.gpus, pod.from, end_of(pod, now));
        next.pods.push(holder_of(pod, now));
    }
    next.pods.sort_by(|one, other| one.name.cmp(&other.name));
    Some(next)
}

/// Adds what the pods that are in a sum have held since it was made.
fn go_on(known: &GpuUse, pods: &[&GpuPod], next: &mut GpuUse) {
    let (before, now) = (known.counted_at.0, next.counted_at.0);
    next.seconds = known.seconds;
    for holder in &known.pods {
        let pod = pods.iter().find(|pod| pod.name == holder.name);
        if !holder.ended {
            // One that is gone was there when the sum was made: it may have held its GPUs until now.
            let from = pod.map_or(before, |pod| before.max(pod.from));
            next.seconds += held(holder.gpus, from, pod.map_or(now, |pod| end_of(pod, now)));
        }
        next.pods
            .extend(pod.filter(|pod| pod.is_news || !has_ended(pod, now)).map(|pod| holder_of(pod, now)));
    }
}

/// GPU seconds from one moment to another. Below 0 where a pod turns out to have ended before the sum was made: it had too many.
fn held(gpus: i32, from: Timestamp, to: Timestamp) -> i64 {
    i64::from(gpus) * (to.as_second() - from.as_second())
}

fn end_of(pod: &GpuPod, now: Timestamp) -> Timestamp {
    pod.until.unwrap_or(now).min(now).max(pod.from)
}

fn has_ended(pod: &GpuPod, now: Timestamp) -> bool {
    pod.until.is_some_and(|until| until <= now)
}

fn holder_of(pod: &GpuPod, now: Timestamp) -> GpuHolder {
    GpuHolder { name: pod.name.clone(), gpus: pod.gpus, ended: has_ended(pod, now) }
}
