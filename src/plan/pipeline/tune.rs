//! The stage Tune: a HyperparameterSweep for each of the best candidates, on the folds on which they were compared; then one more
//! model where a trial was better. A search that fails costs the run nothing: the candidate as it was is still there.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::draft::Draft;
use super::fit::{self, Fit, Place, is_over};
use super::ranking::better;
use super::{
    Context, FoundTrial, Needs, OwnedSweep, PipelineAction, SweepPlan, SweepState, choice, close, stage,
};
use crate::api::Decimal;
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{RankedBy, Run, RunOutcome, StageName, StepPhase};
use crate::api::tuning::TunedStatus;
use crate::domain::pipeline::{Objective, TrainedBy, ValidCandidate, ValidTuning};
use crate::plan::{AT_ONCE, Event};

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    stage::begin(context, draft, StageName::Tune);
    let (Some(tuning), Some(ranked_by)) = (&context.pipeline.tuning, &run.ranked_by) else {
        stage::finish(context, draft, StageName::Tune, StepPhase::Succeeded, "there is nothing to tune");
        return Ok(());
    };
    if draft.status.tuned.is_empty() {
        choice::choose(context, draft, &run, ranked_by, tuning.top);
    }
    for index in 0..draft.status.tuned.len() {
        search(context, draft, Search { run: &run, ranked_by, tuning }, index);
    }
    if draft.status.run.as_ref().is_some_and(|run| run.outcome.is_some()) {
        return Ok(());
    }
    let fits = fits(context, draft);
    let borrowed: Vec<_> = fits
        .iter()
        .map(|(place, label, candidate)| Fit { place: *place, label, candidate: Cow::Borrowed(candidate) })
        .collect();
    fit::advance(context, draft, &run, &borrowed)?;
    conclude(context, draft);
    Ok(())
}

#[derive(Clone, Copy)]
struct Search<'a> {
    run: &'a Run,
    ranked_by: &'a RankedBy,
    tuning: &'a ValidTuning,
}

/// Moves one search on by one step.
fn search(context: Context<'_>, draft: &mut Draft, search: Search<'_>, index: usize) {
    let Some(tuned) = draft.status.tuned.get(index) else { return };
    if is_over(tuned.phase) || tuned.fit.is_some() {
        return;
    }
    let Some(sweep) = context.observed.sweeps.iter().find(|sweep| sweep.name == tuned.sweep) else {
        create(context, draft, search, index);
        return;
    };
    adjust(context, draft, search.tuning, sweep);
    let Some(tuned) = draft.status.tuned.get_mut(index) else { return };
    if tuned.progress != sweep.progress {
        tuned.progress.clone_from(&sweep.progress);
        tuned.last_progress_time = Some(Time(context.now));
    }
    match &sweep.state {
        SweepState::Open => {
            let suspended = context.pipeline.suspend;
            tuned.phase = if suspended { StepPhase::Suspended } else { StepPhase::Running };
            tuned.message.clone_from(&sweep.message);
        }
        // It is made once more when it is gone.
        SweepState::Deleting => tuned.phase = StepPhase::Pending,
        SweepState::Failed => fail(context, draft, index, &sweep.message),
        SweepState::Succeeded(None) => fail(context, draft, index, "no trial gave a value"),
        SweepState::Succeeded(Some(found)) => ended(context, draft, search, index, found),
    }
}

fn create(context: Context<'_>, draft: &mut Draft, search: Search<'_>, index: usize) {
    let Some(tuned) = draft.status.tuned.get_mut(index) else { return };
    let candidates = &context.pipeline.candidates;
    let place = candidates.iter().position(|candidate| candidate.name == tuned.candidate);
    let objective =
        Objective { metric: &search.ranked_by.metric, higher_is_better: search.ranked_by.higher_is_better };
    let spec = place.and_then(|place| search.tuning.sweep(place, objective));
    let Some(spec) = spec else {
        tuned.phase = StepPhase::Succeeded;
        tuned.finished_at = Some(Time(context.now));
        tuned.message = "its learner has no parameter that is worth searching".to_owned();
        return;
    };
    // Trials are pods too: nothing starts while the pipeline is suspended.
    if context.pipeline.suspend {
        tuned.phase = StepPhase::Suspended;
        return;
    }
    tuned.started_at.get_or_insert(Time(context.now));
    draft.actions.push(PipelineAction::CreateSweep(Box::new(SweepPlan {
        name: tuned.sweep.clone(),
        owner: context.pipeline.owner.clone(),
        run: search.run.key.clone(),
        candidate: tuned.candidate.clone(),
        spec,
    })));
    draft.again(AT_ONCE);
}

/// What may change while it runs. All else of it stays as it was made, so that an operator upgrade searches nothing again.
fn adjust(context: Context<'_>, draft: &mut Draft, tuning: &ValidTuning, sweep: &OwnedSweep) {
    let (suspend, parallelism) = (context.pipeline.suspend, tuning.parallelism);
    let is_open = sweep.state == SweepState::Open;
    if is_open && (sweep.suspend != suspend || sweep.parallelism != parallelism) {
        let name = sweep.name.clone();
        draft.actions.push(PipelineAction::AdjustSweep { name, suspend, parallelism });
    }
}

/// A search has found its best trial: a model is fitted with it, if it is better than the candidate as it is.
fn ended(context: Context<'_>, draft: &mut Draft, search: Search<'_>, index: usize, found: &FoundTrial) {
    let digest = search.run.data.as_ref().map(|data| data.digest.as_str());
    if found.data_digest.as_deref().is_some_and(|found| Some(found) != digest) {
        let message = format!("{}: the trials of the search read other rows", reasons::DATA_CHANGED);
        close::end(context, draft, RunOutcome::Failed, reasons::DATA_CHANGED, &message);
        return;
    }
    let Some(parameters) = found.parameters.clone() else {
        fail(context, draft, index, "the best trial's parameters do not stand in the sweep's status");
        return;
    };
    let Some(tuned) = draft.status.tuned.get_mut(index) else { return };
    let higher = search.ranked_by.higher_is_better;
    let untuned = tuned.untuned.as_ref().and_then(Decimal::value);
    let value = found.value.value();
    tuned.tuned = Some(found.value.clone());
    tuned.parameters = Some(parameters);
    tuned.cv_improvement_percent = improvement(higher, untuned, value);
    tuned.message.clear();
    let is_better = value.zip(untuned).is_some_and(|(value, untuned)| better(higher, value, untuned));
    if is_better {
        tuned.phase = StepPhase::Running;
        tuned.fit = Some(fit::untouched(format!("{} (tuned)", tuned.candidate)));
        draft.again(AT_ONCE);
    } else {
        tuned.phase = StepPhase::Succeeded;
        tuned.finished_at = Some(Time(context.now));
        tuned.message = "no trial was better than the candidate as it is".to_owned();
    }
}

/// Change over the first one's absolute value in per cent, positive when better.
fn improvement(higher: bool, from: Option<f64>, to: Option<f64>) -> Option<Decimal> {
    let (from, to) = (from?, to?);
    let change = if higher { to - from } else { from - to };
    let percent = change / from.abs() * 100.0;
    percent.is_finite().then(|| Decimal::new(format!("{percent:.2}")))
}

fn fail(context: Context<'_>, draft: &mut Draft, index: usize, why: &str) {
    let Some(tuned) = draft.status.tuned.get_mut(index) else { return };
    tuned.phase = StepPhase::Failed;
    tuned.finished_at = Some(Time(context.now));
    tuned.message = why.to_owned();
    let note = format!("candidate {} is not tuned: {why}", tuned.candidate);
    draft.events.push(Event::warning("TuningFailed", note));
}

/// The models that are to be fitted: candidates with the parameters that were found.
fn fits(context: Context<'_>, draft: &Draft) -> Vec<(Place, String, ValidCandidate)> {
    let all = draft.status.tuned.iter().enumerate();
    all.filter_map(|(index, tuned)| {
        Some((Place::Tuned(index), tuned.candidate.clone(), tuned_candidate(context, tuned)?))
    })
    .collect()
}

/// A candidate with the parameters that were found in the place of its own.
pub(super) fn tuned_candidate(context: Context<'_>, tuned: &TunedStatus) -> Option<ValidCandidate> {
    let (fit, found) = (tuned.fit.as_ref()?, tuned.parameters.as_ref()?);
    let candidate = context.pipeline.candidates.iter().find(|candidate| candidate.name == tuned.candidate)?;
    let mut learner = match &candidate.trained_by {
        TrainedBy::Learner(learner) => learner.clone(),
        TrainedBy::Container(_) => return None,
    };
    learner.parameters.extend(found.iter().map(|(name, value)| (name.clone(), value.clone())));
    let trained_by = TrainedBy::Learner(learner);
    Some(ValidCandidate { name: fit.name.clone(), trained_by, resources: candidate.resources.clone() })
}

/// Notes which are done, and ends the stage when all are.
fn conclude(context: Context<'_>, draft: &mut Draft) {
    if let Some(message) = fit::data_changed(draft.status.tuned.iter().filter_map(|tuned| tuned.fit.as_ref()))
    {
        close::end(context, draft, RunOutcome::Failed, reasons::DATA_CHANGED, &message);
        return;
    }
    for tuned in draft.status.tuned.iter_mut().filter(|tuned| !is_over(tuned.phase)) {
        let Some(fit) = &tuned.fit else { continue };
        tuned.phase = fit.phase;
        tuned.message.clone_from(&fit.message);
        tuned.finished_at.clone_from(&fit.finished_at);
    }
    if draft.status.tuned.iter().any(|tuned| !is_over(tuned.phase)) {
        return;
    }
    let message = choice::ended(draft);
    stage::finish(context, draft, StageName::Tune, StepPhase::Succeeded, &message);
}
