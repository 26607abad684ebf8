//! The stage Evaluate: one Job that looks at the holdout, for the best candidate by cross-validation.

use std::borrow::Cow;

use podium_contract as contract;

use super::attempt::{self, Next, StepInput};
use super::document::{Order, Program};
use super::draft::Draft;
use super::ranking::ranked;
use super::{Context, Needs, close, document, stage, tune};
use crate::api::Decimal;
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{
    Best, CandidateStatus, HoldoutUse, RankedBy, Run, RunOutcome, StageName, StepPhase,
};
use crate::domain::pipeline::{ValidCandidate, ValidRegistration};
use crate::plan::{Event, Reading, Slot, Trouble};

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    let Some(experiment) = run.experiment_id.clone() else { return Ok(()) };
    stage::begin(context, draft, StageName::Evaluate);
    let Some((winner, candidate)) = winner(context, draft, run.ranked_by.as_ref()) else {
        let message = "no candidate has a score: the ranking metric was undefined in all folds";
        stage::finish(context, draft, StageName::Evaluate, StepPhase::Failed, message);
        close::end(context, draft, RunOutcome::Failed, reasons::NO_CANDIDATE, message);
        return Ok(());
    };
    note_best(draft, &winner, run.ranked_by.as_ref());
    let Some(run_id) = run.evaluation_run_id.clone() else {
        let effect = stage::ensure_run(context, draft, Slot::Evaluation, &experiment);
        draft.effects.extend(effect);
        return Ok(());
    };
    let stage = StageName::Evaluate;
    let attempts = draft.stage(stage).and_then(|stage| stage.attempts.clone()).unwrap_or_default();
    let input = StepInput {
        first_attempt: run.evaluation_attempt.max(1),
        ..stage::input(context, &run.key, &run_id, contract::RESULT_TAG, stage, &attempts)
    };
    let (next, attempts) = attempt::next(&input, context.known, context.now)?;
    if let Next::Create(attempt) = next {
        match champion(context)? {
            Err(trouble) => {
                // The attempt was not made: its number stays as it was.
                stage::step(context, draft, stage, Next::Blocked(trouble));
                return Ok(());
            }
            Ok(champion) => {
                let told = told(context, draft, &run, &winner, &candidate, champion);
                order(context, draft, &run, &run_id, &candidate, attempt, told);
            }
        }
    }
    if let Some(stage) = draft.stage(stage) {
        stage.attempts = Some(attempts);
    }
    match next {
        Next::Create(_) => {}
        Next::Done(contract::Outcome::Evaluated(found)) => evaluated(context, draft, found),
        other => stage::step(context, draft, stage, other),
    }
    Ok(())
}

fn order(
    context: Context<'_>,
    draft: &mut Draft,
    run: &Run,
    run_id: &str,
    candidate: &ValidCandidate,
    attempt: i32,
    told: Option<contract::Evaluate>,
) {
    let Some(told) = told else { return };
    let order = Order {
        name: StageName::Evaluate,
        candidate: None,
        attempt,
        run_id,
        stage: contract::Stage::Evaluate(told),
        // The baseline is the winner's learner, so it may need what the winner needed; never a GPU twice.
        resources: &crate::domain::pipeline::ValidResources { gpu: None, ..candidate.resources.clone() },
        program: Program::Trainer { torch: candidate.trained_by.needs_torch() },
    };
    stage::create(context, draft, run, order);
}

/// The best by cross-validation, tuned or not. Of equals the first in the spec, and the untuned one before the tuned.
fn winner<'a>(
    context: Context<'a>,
    draft: &Draft,
    ranked_by: Option<&RankedBy>,
) -> Option<(CandidateStatus, Cow<'a, ValidCandidate>)> {
    let all: Vec<_> = contenders(context, draft);
    let (place, _) = *ranked(all.iter().map(|(status, _)| *status), ranked_by?).first()?;
    let (status, candidate) = all.get(place)?;
    Some(((*status).clone(), candidate.clone()))
}

/// The candidates in the spec's order, then those with the parameters that tuning found.
fn contenders<'a, 'd>(
    context: Context<'a>,
    draft: &'d Draft,
) -> Vec<(&'d CandidateStatus, Cow<'a, ValidCandidate>)> {
    let candidates =
        draft.status.candidates.iter().zip(context.pipeline.candidates.iter().map(Cow::Borrowed));
    let tuned =
        draft.status.tuned.iter().filter_map(|tuned| {
            Some((tuned.fit.as_ref()?, Cow::Owned(tune::tuned_candidate(context, tuned)?)))
        });
    candidates.chain(tuned).collect()
}

fn note_best(draft: &mut Draft, winner: &CandidateStatus, ranked_by: Option<&RankedBy>) {
    if draft.status.best.as_ref().is_some_and(|best| best.candidate == winner.name) {
        return;
    }
    draft.status.best = Some(Best {
        candidate: winner.name.clone(),
        metric: ranked_by.map(|ranked| ranked.metric.clone()).unwrap_or_default(),
        cv_value: winner.score.clone(),
        value: None,
        baseline: None,
        dummy: None,
        improvement_percent: None,
    });
}

/// The version to compare with: who holds the alias now.
fn champion(context: Context<'_>) -> Result<Result<Option<contract::Champion>, Trouble>, Needs> {
    let Some(ValidRegistration { model, alias, .. }) = &context.pipeline.registration else {
        return Ok(Ok(None));
    };
    let holder = match context.known.alias(model, alias)? {
        Reading::Found(holder) => holder,
        Reading::Missing => return Ok(Ok(None)),
        Reading::Unreachable(trouble) => return Ok(Err(trouble.clone())),
    };
    let version = match context.known.version(model, &holder.version)? {
        Reading::Found(version) => version,
        Reading::Missing => return Ok(Ok(None)),
        Reading::Unreachable(trouble) => return Ok(Err(trouble.clone())),
    };
    Ok(Ok(Some(contract::Champion {
        model: model.clone(),
        alias: alias.clone(),
        version: version.version.clone(),
        run_id: version.run_id.clone(),
        artifact_uri: version.artifact_uri.clone(),
        model_digest: version.tags.get(contract::MODEL_DIGEST_TAG).cloned(),
    })))
}

fn told(
    context: Context<'_>,
    draft: &Draft,
    run: &Run,
    winner: &CandidateStatus,
    candidate: &ValidCandidate,
    champion: Option<contract::Champion>,
) -> Option<contract::Evaluate> {
    let data = run.data.as_ref()?;
    let summary =
        |(status, candidate): (&CandidateStatus, Cow<'_, ValidCandidate>)| contract::CandidateSummary {
            name: status.name.clone(),
            algorithm: candidate.trained_by.name().to_owned(),
            run_id: status.run_id.clone(),
            phase: format!("{:?}", status.phase),
            message: Some(status.message.clone()).filter(|message| !message.is_empty()),
            metrics: status
                .metrics
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.value()?)))
                .collect(),
        };
    Some(contract::Evaluate {
        pinned: contract::Pinned { data_digest: data.digest.clone(), task: data.task },
        // The pod has no GPU, see above, and must not ask for one.
        winner: contract::Candidate { gpu: None, ..document::told(candidate) },
        winner_run: winner.run_id.clone()?,
        winner_digest: winner.model_digest.clone()?,
        candidates: contenders(context, draft).into_iter().map(summary).collect(),
        champion,
    })
}

fn evaluated(context: Context<'_>, draft: &mut Draft, found: contract::Evaluated) {
    if let Some(best) = draft.status.best.as_mut() {
        best.metric.clone_from(&found.metric);
        best.value = found.score.map(Decimal::from);
        best.baseline = found.baseline.map(Decimal::from);
        best.dummy = found.dummy.map(Decimal::from);
        best.improvement_percent = improvement(&found).map(|percent| Decimal::new(format!("{percent:.2}")));
    }
    let evaluations = match &draft.status.holdout {
        Some(used) if used.evaluation_digest == found.evaluation_digest => used.evaluations + 1,
        _ => 1,
    };
    draft.status.holdout =
        Some(HoldoutUse { evaluation_digest: found.evaluation_digest.clone(), evaluations });
    if let Some(run) = draft.run() {
        run.evaluation_digest = Some(found.evaluation_digest);
        run.evidence_digest = Some(found.evidence_digest);
        run.model_digest = Some(found.model_digest);
    }
    stage::finish(context, draft, StageName::Evaluate, StepPhase::Succeeded, "");
    if context.pipeline.registration.is_none() {
        close::succeed(context, draft);
    }
}

/// Most evaluations that are made again because the champion had moved.
const MOST_REPEATED: i32 = 3;

/// Evaluates again when the champion that the evidence names no longer holds the alias. Nothing is trained again, and the
/// version stays the same: a later attempt writes newer evidence into the same run.
pub(super) fn again(context: Context<'_>, draft: &mut Draft) {
    let Some(run) = draft.status.run.clone() else { return };
    let moved = context.observed.versions.iter().any(|version| {
        version.run == run.key
            && version.baseline_moved.is_some()
            && version.baseline_moved == run.evidence_digest
    });
    let may = run.outcome == Some(RunOutcome::Succeeded) && run.evaluations_repeated < MOST_REPEATED;
    if !moved || !may || context.pipeline.suspend {
        return;
    }
    for name in [StageName::Evaluate, StageName::Register] {
        if let Some(stage) = draft.stage(name) {
            stage.phase = StepPhase::Pending;
            stage.finished_at = None;
        }
    }
    let attempts = draft.stage(StageName::Evaluate).and_then(|stage| stage.attempts.as_mut());
    let next = attempts.map_or(1, |attempts| {
        attempts.ended = true;
        attempts.number + 1
    });
    if let Some(run) = draft.run() {
        run.evaluation_attempt = next;
        run.evaluations_repeated += 1;
        run.outcome = None;
        run.finished_at = None;
        run.closed = false;
    }
    let note = "the champion moved since the evaluation: the model is evaluated again beside the new one";
    draft.events.push(Event::normal("EvaluatedAgain", note));
}

/// Change over the baseline's absolute value in per cent, positive when better.
fn improvement(found: &contract::Evaluated) -> Option<f64> {
    let (score, baseline) = (found.score?, found.baseline?);
    let change = if found.higher_is_better { score - baseline } else { baseline - score };
    let percent = change / baseline.abs() * 100.0;
    percent.is_finite().then_some(percent)
}
