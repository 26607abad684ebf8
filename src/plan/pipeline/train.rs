//! The stage Train: a child run and a Job for each candidate, all in parallel.

use std::borrow::Cow;

use podium_contract as contract;

use super::draft::Draft;
use super::fit::{self, Fit, Place, is_over};
use super::{Context, Needs, close, stage};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{RunOutcome, StageName, StepPhase};
use crate::domain::pipeline::TrainedBy;

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    let Some(data) = &run.data else { return Ok(()) };
    stage::begin(context, draft, StageName::Train);
    refuse_unfit(context, draft, data.task);
    let candidates = context.pipeline.candidates.iter().enumerate();
    let fits: Vec<_> = candidates
        .map(|(index, candidate)| Fit {
            place: Place::Candidate(index),
            label: &candidate.name,
            candidate: Cow::Borrowed(candidate),
        })
        .collect();
    fit::advance(context, draft, &run, &fits)?;
    conclude(context, draft);
    Ok(())
}

/// A learner that can't do the task, known only now that the data were read. What a container can do, it must know itself.
fn refuse_unfit(context: Context<'_>, draft: &mut Draft, task: contract::Task) {
    let kind = match task {
        contract::Task::Regression => podium_learners::Task::Regression,
        contract::Task::BinaryClassification | contract::Task::MulticlassClassification => {
            podium_learners::Task::Classification
        }
    };
    for (index, candidate) in context.pipeline.candidates.iter().enumerate() {
        let learner = match &candidate.trained_by {
            TrainedBy::Learner(learner) => learner,
            TrainedBy::Container(_) => continue,
        };
        let fits = learner.algorithm.supports(kind);
        if !fits && draft.status.candidates.get(index).is_some_and(|status| !is_over(status.phase)) {
            let message = format!("{} can't do {kind}, which the target asks for", learner.algorithm.name());
            fit::fail(context, draft, Place::Candidate(index), "TaskMismatch", &message);
        }
    }
}

/// Ends the stage when no candidate is open any more.
fn conclude(context: Context<'_>, draft: &mut Draft) {
    if draft.status.candidates.iter().any(|candidate| !is_over(candidate.phase)) {
        return;
    }
    if let Some(message) = fit::data_changed(&draft.status.candidates) {
        close::end(context, draft, RunOutcome::Failed, reasons::DATA_CHANGED, &message);
        return;
    }
    let succeeded = draft.status.candidates.iter().filter(|c| c.phase == StepPhase::Succeeded).count();
    if succeeded > 0 {
        let message = format!("{succeeded} of {} candidates succeeded", draft.status.candidates.len());
        stage::finish(context, draft, StageName::Train, StepPhase::Succeeded, &message);
        return;
    }
    let first = draft.status.candidates.first().map(|c| c.message.clone()).unwrap_or_default();
    let message = format!("no candidate succeeded; the first: {first}");
    stage::finish(context, draft, StageName::Train, StepPhase::Failed, &message);
    close::end(context, draft, RunOutcome::Failed, reasons::NO_CANDIDATE, &message);
}
