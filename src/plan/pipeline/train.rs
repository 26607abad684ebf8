//! The stage Train: a child run and a Job for each candidate, all in parallel.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use podium_contract as contract;

use super::attempt::{self, Next, StepInput};
use super::document::Order;
use super::draft::Draft;
use super::{Context, Needs, PipelineAction, close, document, stage};
use crate::api::Decimal;
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{
    Attempts, CandidateStatus, RankedBy, Run, RunOutcome, StageName, StepPhase,
};
use crate::domain::pipeline::ValidCandidate;
use crate::plan::{Event, Slot};

pub(super) fn advance(context: Context<'_>, draft: &mut Draft) -> Result<(), Needs> {
    let Some(run) = draft.status.run.clone() else { return Ok(()) };
    let (Some(experiment), Some(data)) = (run.experiment_id.clone(), run.data.clone()) else { return Ok(()) };
    stage::begin(context, draft, StageName::Train);
    refuse_unfit(context, draft, data.task);
    if ensure_runs(context, draft, &experiment) {
        return Ok(());
    }
    let pinned = contract::Pinned { data_digest: data.digest, task: data.task };
    let moves = moves(context, draft, &run)?;
    for (index, next, attempts) in moves {
        apply(context, draft, &run, &pinned, index, next, attempts);
    }
    conclude(context, draft);
    Ok(())
}

/// A learner that can't do the task, known only now that the data were read.
fn refuse_unfit(context: Context<'_>, draft: &mut Draft, task: contract::Task) {
    let kind = match task {
        contract::Task::Regression => podium_learners::Task::Regression,
        contract::Task::BinaryClassification | contract::Task::MulticlassClassification => {
            podium_learners::Task::Classification
        }
    };
    for (index, candidate) in context.pipeline.candidates.iter().enumerate() {
        let fits = candidate.algorithm.parse::<podium_learners::Algorithm>().is_ok_and(|a| a.supports(kind));
        if !fits && is_open(draft.status.candidates.get(index)) {
            let message = format!("{} can't do {kind}, which the target asks for", candidate.algorithm);
            fail(context, draft, index, "TaskMismatch", &message);
        }
    }
}

fn is_open(candidate: Option<&CandidateStatus>) -> bool {
    candidate.is_some_and(|candidate| !matches!(candidate.phase, StepPhase::Succeeded | StepPhase::Failed))
}

/// All child runs at once, before any Job. Whether some are still to be made.
fn ensure_runs(context: Context<'_>, draft: &mut Draft, experiment: &str) -> bool {
    let missing: Vec<String> = draft
        .status
        .candidates
        .iter()
        .filter(|candidate| candidate.run_id.is_none() && is_open(Some(candidate)))
        .map(|candidate| candidate.name.clone())
        .collect();
    for name in &missing {
        let effect = stage::ensure_run(context, draft, Slot::Candidate(name.clone()), experiment);
        draft.effects.extend(effect);
    }
    !missing.is_empty()
}

type Move = (usize, Next, Attempts);

/// What comes next for each open candidate; all open questions together.
fn moves(context: Context<'_>, draft: &Draft, run: &Run) -> Result<Vec<Move>, Needs> {
    let mut moves = Vec::new();
    let mut needs = Vec::new();
    for (index, (status, candidate)) in
        draft.status.candidates.iter().zip(&context.pipeline.candidates).enumerate()
    {
        let Some(run_id) = status.run_id.as_deref().filter(|_| is_open(Some(status))) else { continue };
        match attempt::next(&input(context, run, status, candidate, run_id), context.known, context.now) {
            Ok((next, attempts)) => moves.push((index, next, attempts)),
            Err(need) => needs.push(need.0),
        }
    }
    if needs.is_empty() { Ok(moves) } else { Err(Needs(needs)) }
}

fn input<'a>(
    context: Context<'a>,
    run: &Run,
    status: &'a CandidateStatus,
    candidate: &'a ValidCandidate,
    run_id: &'a str,
) -> StepInput<'a> {
    let ours = |job: &&super::JobFacts| {
        job.run == run.key
            && job.stage == StageName::Train
            && job.candidate.as_deref() == Some(&candidate.name)
    };
    StepInput {
        attempts: &status.attempts,
        jobs: context.observed.jobs.iter().filter(ours).collect(),
        run_id,
        result_tag: contract::RESULT_TAG,
        first_attempt: 1,
        suspend: context.pipeline.suspend,
        backoff_limit: context.pipeline.limits.backoff_limit,
        memory: &candidate.resources.memory,
    }
}

fn apply(
    context: Context<'_>,
    draft: &mut Draft,
    run: &Run,
    pinned: &contract::Pinned,
    index: usize,
    next: Next,
    attempts: Attempts,
) {
    let Some(candidate) = context.pipeline.candidates.get(index) else { return };
    let Some(status) = draft.status.candidates.get_mut(index) else { return };
    status.attempts = attempts;
    match next {
        Next::Create(attempt) => {
            status.phase = StepPhase::Pending;
            status.message.clear();
            status.started_at.get_or_insert(Time(context.now));
            let run_id = status.run_id.clone().unwrap_or_default();
            let stage = contract::Stage::Train(contract::Train {
                pinned: pinned.clone(),
                candidate: document::told(candidate),
            });
            let order = Order {
                name: StageName::Train,
                candidate: Some(&candidate.name),
                attempt,
                run_id: &run_id,
                stage,
                resources: &candidate.resources,
                torch: candidate.torch,
            };
            stage::create(context, draft, run, order);
        }
        Next::Wait { phase, message, again } => {
            status.phase = phase;
            status.message.clone_from(&message);
            if let Some(reason) = stage::without_pod(phase).filter(|_| !message.is_empty()) {
                draft.hinder(reason, &format!("candidate {}: {message}", candidate.name));
            }
            again.into_iter().for_each(|again| draft.again(again));
        }
        Next::Blocked(trouble) => {
            draft.again(Duration::from_secs(5));
            draft.hinder(trouble.reason, &trouble.message);
        }
        Next::Stop(job) => {
            status.phase = StepPhase::Suspended;
            status.message = "suspended".to_owned();
            draft.actions.push(PipelineAction::DeleteJob(job));
        }
        Next::Done(contract::Outcome::Trained(trained)) => done(context, draft, index, trained),
        Next::Done(_) => {
            fail(context, draft, index, "MalformedResult", "the result in MLflow is of another stage")
        }
        Next::Failed { reason, message } => fail(context, draft, index, &reason, &message),
    }
}

fn done(context: Context<'_>, draft: &mut Draft, index: usize, trained: contract::Trained) {
    let Some(status) = draft.status.candidates.get_mut(index) else { return };
    status.phase = StepPhase::Succeeded;
    status.finished_at = Some(Time(context.now));
    status.score = trained.score.map(Decimal::from);
    status.metrics = decimals(&trained.metrics);
    status.model_digest = Some(trained.model_digest);
    status.message = trained.warnings.join("; ");
    if let Some(run) = draft.run() {
        run.ranked_by
            .get_or_insert(RankedBy { metric: trained.metric, higher_is_better: trained.higher_is_better });
    }
}

/// Metrics as status holds them.
pub(super) fn decimals(metrics: &BTreeMap<String, f64>) -> BTreeMap<String, Decimal> {
    metrics.iter().map(|(name, value)| (name.clone(), Decimal::from(*value))).collect()
}

fn fail(context: Context<'_>, draft: &mut Draft, index: usize, reason: &str, message: &str) {
    let Some(status) = draft.status.candidates.get_mut(index) else { return };
    status.phase = StepPhase::Failed;
    status.finished_at = Some(Time(context.now));
    status.message = format!("{reason}: {message}");
    let note = format!("candidate {} failed: {message}", status.name);
    draft.events.push(Event::warning(reason, note));
}

/// Ends the stage when no candidate is open any more.
fn conclude(context: Context<'_>, draft: &mut Draft) {
    if draft.status.candidates.iter().any(|candidate| is_open(Some(candidate))) {
        return;
    }
    let changed = format!("{}:", reasons::DATA_CHANGED);
    if let Some(candidate) = draft.status.candidates.iter().find(|c| c.message.starts_with(&changed)) {
        let message = candidate.message.clone();
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
