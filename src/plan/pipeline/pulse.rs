//! A look at MLflow while pods of a pipeline work.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::draft::Draft;
use super::observed::JobState;
use super::{Context, Need};
use crate::api::TrainingPipelineStatus;
use crate::api::pipeline_status::StepPhase;
use crate::plan::Reading;
use crate::plan::pulse::{AWAY, EVERY};

/// Says that MLflow is away while pods of the open run work. What is to be done at once waits for no look, and what comes
/// during one for seconds.
pub(super) fn look(context: Context<'_>, draft: &mut Draft) -> Result<(), Need> {
    let Some(parent) = at_work(context, draft) else { return Ok(()) };
    if let Some(left) = young(&draft.status, context.now) {
        draft.again(left);
        return Ok(());
    }
    match context.known.pulse(&parent)? {
        Reading::Found(_) | Reading::Missing => draft.again(EVERY),
        Reading::Unreachable(trouble) => {
            draft.hinder(trouble.reason, &trouble.message);
            draft.again(AWAY);
        }
    }
    Ok(())
}

/// The parent run, when pods of the open run work and nothing else is to be done.
fn at_work(context: Context<'_>, draft: &Draft) -> Option<String> {
    let run = draft.status.run.as_ref().filter(|run| run.outcome.is_none())?;
    let works = |job: &&super::JobFacts| job.run == run.key && job.state == JobState::Running;
    let is_quiet = draft.actions.is_empty() && draft.effects.is_empty() && !context.pipeline.suspend;
    context.observed.jobs.iter().find(works).filter(|_| is_quiet)?;
    run.parent_run_id.clone()
}

/// What is left until the open stage has worked long enough for a look.
fn young(status: &TrainingPipelineStatus, now: Timestamp) -> Option<Duration> {
    let open = status.stages.iter().find(|stage| stage.phase != StepPhase::Succeeded)?;
    let started = open.started_at.as_ref().map_or(now, |time| time.0);
    let worked = Duration::try_from(now.duration_since(started)).unwrap_or_default();
    EVERY.checked_sub(worked).filter(|left| !left.is_zero())
}
