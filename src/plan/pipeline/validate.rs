//! The stage Validate: one Job that writes its result into the parent run.

use podium_contract as contract;

use super::attempt::{self, Next};
use super::document::{Order, Program};
use super::draft::Draft;
use super::{Context, Needs, stage};
use crate::api::pipeline_status::{DataFacts, StageName, StepPhase};
use crate::domain::pipeline::ValidResources;
use crate::plan::Event;

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    let Some(run_id) = run.parent_run_id.clone() else { return Ok(()) };
    let stage = StageName::Validate;
    let attempts = draft.stage(stage).and_then(|stage| stage.attempts.clone()).unwrap_or_default();
    let input = stage::input(context, &run.key, &run_id, contract::VALIDATE_RESULT_TAG, stage, &attempts);
    let (next, attempts) = attempt::next(&input, context.known, context.now)?;
    stage::begin(context, draft, stage);
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
                // Data are checked on the CPU: a GPU would only be held, and waited for.
                resources: &ValidResources { gpu: None, ..context.pipeline.resources.clone() },
                program: Program::Trainer { torch: false },
            };
            stage::create(context, draft, &run, order);
        }
        Next::Done(contract::Outcome::Validated(found)) => validated(context, draft, found),
        other => stage::step(context, draft, stage, other),
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
    stage::finish(context, draft, StageName::Validate, StepPhase::Succeeded, &message);
    if !message.is_empty() {
        draft.events.push(Event::normal("DataValidated", message));
    }
}
