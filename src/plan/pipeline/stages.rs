//! The stages of an open run in their order: the first that is not done decides what happens next.

use super::draft::Draft;
use super::{Context, Needs, evaluate, register, stage, train, tune, validate};
use crate::api::pipeline_status::{StageName, StepPhase};

/// Moves the open run on by one step.
pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    if run.experiment != context.pipeline.experiment {
        let message = format!(
            "spec.experiment: {:?} counts from the next run on; the open run stays in {:?}",
            context.pipeline.experiment, run.experiment
        );
        draft.hinder(crate::api::conditions::reasons::CHANGE_REFUSED, &message);
    }
    if run.experiment_id.is_none() || run.parent_run_id.is_none() {
        draft.effects.push(stage::ensure_parent(context, &run));
        return Ok(());
    }
    match current(draft) {
        StageName::Validate => validate::advance(context, draft)?,
        StageName::Train => train::advance(context, draft)?,
        StageName::Tune => tune::advance(context, draft)?,
        StageName::Evaluate => evaluate::advance(context, draft)?,
        StageName::Register => register::advance(context, draft),
    }
    Ok(())
}

/// The first stage that has not succeeded. Without one the last is repeated, which changes nothing.
fn current(draft: &Draft) -> StageName {
    let open = draft.status.stages.iter().find(|stage| stage.phase != StepPhase::Succeeded);
    open.or(draft.status.stages.last()).map_or(StageName::Validate, |stage| stage.name)
}
