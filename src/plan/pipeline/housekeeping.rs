//! Jobs and sweeps that nobody needs any more: Jobs get their ttl only once what they found stands in status.

use super::draft::Draft;
use super::fit::is_over;
use super::{Context, JobFacts, JobState, PipelineAction, SweepState};
use crate::api::TrainingPipelineStatus;
use crate::api::pipeline_status::{Attempts, StageName};

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

/// Deletes the sweeps of other runs; what they found stands in MLflow.
pub(super) fn sweeps(context: Context<'_>, draft: &mut Draft) {
    let current = draft.status.run.as_ref().map(|run| run.key.clone());
    for sweep in &context.observed.sweeps {
        if current.as_ref() != Some(&sweep.run) && sweep.state != SweepState::Deleting {
            push(draft, PipelineAction::DeleteSweep(sweep.name.clone()));
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
    let is_ours = |name: &String| Some(name) == job.candidate.as_ref();
    let fit = match job.stage {
        StageName::Train => status.candidates.iter().find(|candidate| is_ours(&candidate.name)),
        StageName::Tune => {
            status.tuned.iter().find(|tuned| is_ours(&tuned.candidate)).and_then(|tuned| tuned.fit.as_ref())
        }
        StageName::Validate | StageName::Evaluate | StageName::Register => {
            let stage = status.stages.iter().find(|stage| stage.name == job.stage);
            return stage
                .is_none_or(|stage| is_over(stage.phase) || stage.attempts.as_ref().is_some_and(judged));
        }
    };
    fit.is_none_or(|fit| is_over(fit.phase) || judged(&fit.attempts))
}
