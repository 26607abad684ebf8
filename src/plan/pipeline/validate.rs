//! The stage Validate: one Job that writes its result into the parent run.

use podium_contract as contract;

use super::attempt::{self, Next, StepInput};
use super::document::{self, Order};
use super::draft::Draft;
use super::{Context, Needs, PipelineAction, close, stages};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{Attempts, DataFacts, RunOutcome, StageName, StepPhase};
use crate::plan::Event;

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    let Some(run_id) = run.parent_run_id.clone() else { return Ok(()) };
    let stage = StageName::Validate;
    let attempts = draft.stage(stage).and_then(|stage| stage.attempts.clone()).unwrap_or_default();
    let input = input(context, &run.key, &run_id, contract::VALIDATE_RESULT_TAG, stage, &attempts);
    let (next, attempts) = attempt::next(&input, context.known, context.now)?;
    stages::begin(context, draft, stage);
    if let Some(stage) = draft.stage(stage) {
        stage.attempts = Some(attempts);
    }
    match next {
        Next::Create(attempt) => {
            let order = Order {
                name: stage,
                candidate: None,
                attempt,
                run_id: &run_id,
                stage: contract::Stage::Validate,
                resources: &context.pipeline.resources,
                torch: false,
            };
            create(context, draft, &run, order);
        }
        Next::Done(contract::Outcome::Validated(found)) => validated(context, draft, found),
        other => step(context, draft, stage, other),
    }
    Ok(())
}

fn validated(context: Context<'_>, draft: &mut Draft, found: contract::Validated) {
    if let Some(run) = draft.run() {
        run.data = Some(DataFacts {
            digest: found.data_digest,
            task: found.task,
            rows: i64::try_from(found.rows).unwrap_or(i64::MAX),
            duplicates: i64::try_from(found.duplicates).unwrap_or(i64::MAX),
            features: i64::from(found.features),
            classes: i64::from(found.classes),
            positive_label: found.positive_label,
        });
    }
    let message = found.warnings.join("; ");
    stages::finish(context, draft, StageName::Validate, StepPhase::Succeeded, &message);
    if !message.is_empty() {
        draft.events.push(Event::normal("DataValidated", message));
    }
}

/// A stage with one Job: its Jobs and its attempts.
pub(super) fn input<'a>(
    context: Context<'a>,
    run: &str,
    run_id: &'a str,
    result_tag: &'a str,
    stage: StageName,
    attempts: &'a Attempts,
) -> StepInput<'a> {
    StepInput {
        attempts,
        jobs: context.observed.jobs.iter().filter(|job| job.run == run && job.stage == stage).collect(),
        run_id,
        result_tag,
        first_attempt: 1,
        suspend: context.pipeline.suspend,
        backoff_limit: context.pipeline.limits.backoff_limit,
        memory: &context.pipeline.resources.memory,
    }
}

/// Orders a Job.
pub(super) fn create(
    context: Context<'_>,
    draft: &mut Draft,
    run: &crate::api::pipeline_status::Run,
    order: Order<'_>,
) {
    if let Some(job) = document::job(context, run, order) {
        draft.actions.push(PipelineAction::CreateJob(Box::new(job)));
    }
}

/// What is common to stages with one Job.
pub(super) fn step(context: Context<'_>, draft: &mut Draft, name: StageName, next: Next) {
    match next {
        Next::Wait { phase, message, again } => {
            if let Some(again) = again {
                draft.again(again);
            }
            if phase == StepPhase::Pending && !message.is_empty() {
                draft.hinder(reasons::POD_PENDING, &message);
            }
            if let Some(stage) = draft.stage(name) {
                stage.phase = phase;
                stage.message = message;
            }
        }
        Next::Blocked(trouble) => {
            draft.again(std::time::Duration::from_secs(5));
            draft.hinder(trouble.reason, &trouble.message);
        }
        Next::Stop(job) => {
            draft.actions.push(PipelineAction::DeleteJob(job));
            if let Some(stage) = draft.stage(name) {
                stage.phase = StepPhase::Suspended;
                stage.message = "suspended".to_owned();
            }
        }
        Next::Failed { reason, message } => failed(context, draft, name, &reason, &message),
        Next::Done(outcome) => {
            let message = format!("the result in MLflow is of another stage: {outcome:.80?}");
            failed(context, draft, name, "MalformedResult", &message);
        }
        Next::Create(_) => {}
    }
}

fn failed(context: Context<'_>, draft: &mut Draft, name: StageName, reason: &str, message: &str) {
    stages::finish(context, draft, name, StepPhase::Failed, message);
    close::end(context, draft, RunOutcome::Failed, reason, message);
}
