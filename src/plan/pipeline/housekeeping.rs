//! Jobs that nobody needs any more: they get their ttl only once what they found stands in status.

use super::draft::Draft;
use super::{Context, JobFacts, JobState, PipelineAction};
use crate::api::TrainingPipelineStatus;
use crate::api::pipeline_status::{Attempts, StageName, StepPhase};

/// Sets the ttl of settled Jobs and deletes Jobs of other runs that are still active.
pub(super) fn jobs(context: Context<'_>, draft: &mut Draft) {
    let current = draft.status.run.as_ref().map(|run| run.key.clone());
    for job in &context.observed.jobs {
        let old = current.as_ref() != Some(&job.run);
        if old && job.state.is_active() {
            push(draft, PipelineAction::DeleteJob(job.name.clone()));
        } else if is_finished(job) && !job.has_ttl && (old || is_settled(&draft.status, job)) {
            let seconds = context.pipeline.limits.ttl_seconds;
            push(draft, PipelineAction::SetTtl { job: job.name.clone(), seconds });
        }
    }
}

fn push(draft: &mut Draft, action: PipelineAction) {
    if !draft.actions.contains(&action) {
        draft.actions.push(action);
    }
}

fn is_finished(job: &JobFacts) -> bool {
    matches!(job.state, JobState::Succeeded | JobState::Failed(_))
}

/// Whether status no longer needs the Job: its step is done, or its attempt was judged.
fn is_settled(status: &TrainingPipelineStatus, job: &JobFacts) -> bool {
    let judged = |attempts: &Attempts| {
        attempts.number > job.attempt || (attempts.number == job.attempt && attempts.ended)
    };
    let over = |phase: StepPhase| matches!(phase, StepPhase::Succeeded | StepPhase::Failed);
    if job.stage == StageName::Train {
        let candidate =
            status.candidates.iter().find(|candidate| Some(&candidate.name) == job.candidate.as_ref());
        return candidate.is_none_or(|candidate| over(candidate.phase) || judged(&candidate.attempts));
    }
    let stage = status.stages.iter().find(|stage| stage.name == job.stage);
    stage.is_none_or(|stage| over(stage.phase) || stage.attempts.as_ref().is_some_and(judged))
}
