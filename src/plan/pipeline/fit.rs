//! Models that are fitted side by side, each with a child run and a Job of its own: the candidates, and those with the parameters
//! that tuning found.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use podium_contract as contract;

use super::attempt::{self, Next, StepInput};
use super::document::{Order, Program};
use super::draft::Draft;
use super::{Context, Needs, PipelineAction, document, stage};
use crate::api::pipeline_status::{Attempts, CandidateStatus, RankedBy, Run, StageName, StepPhase};
use crate::api::{Decimal, TrainingPipelineStatus};
use crate::domain::pipeline::{TrainedBy, ValidCandidate};
use crate::plan::{Event, Slot};

/// Where the status of one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A candidate, by its place in the spec.
    Candidate(usize),
    /// A candidate with the parameters that its sweep found, by its place among those that are tuned.
    Tuned(usize),
}

impl Place {
    fn stage(self) -> StageName {
        match self {
            Self::Candidate(_) => StageName::Train,
            Self::Tuned(_) => StageName::Tune,
        }
    }

    pub fn of(self, status: &TrainingPipelineStatus) -> Option<&CandidateStatus> {
        match self {
            Self::Candidate(index) => status.candidates.get(index),
            Self::Tuned(index) => status.tuned.get(index)?.fit.as_ref(),
        }
    }

    fn of_mut(self, status: &mut TrainingPipelineStatus) -> Option<&mut CandidateStatus> {
        match self {
            Self::Candidate(index) => status.candidates.get_mut(index),
            Self::Tuned(index) => status.tuned.get_mut(index)?.fit.as_mut(),
        }
    }
}

/// One that is to be fitted.
#[derive(Debug, Clone)]
pub(super) struct Fit<'a> {
    pub place: Place,
    /// Name of the candidate in the spec, which its Jobs bear.
    pub label: &'a str,
    /// What is fitted.
    pub candidate: Cow<'a, ValidCandidate>,
}

/// The status of one before anything was done.
pub(super) fn untouched(name: String) -> CandidateStatus {
    CandidateStatus {
        name,
        phase: StepPhase::Pending,
        run_id: None,
        attempts: Attempts::default(),
        started_at: None,
        finished_at: None,
        score: None,
        metrics: BTreeMap::new(),
        model_digest: None,
        message: String::new(),
    }
}

pub(super) fn is_over(phase: StepPhase) -> bool {
    matches!(phase, StepPhase::Succeeded | StepPhase::Failed)
}

/// Moves all that are open on by one step: first all child runs at once, before any Job; then their Jobs.
pub(super) fn advance(
    context: Context<'_>,
    draft: &mut Draft,
    run: &Run,
    fits: &[Fit<'_>],
) -> Result<(), Needs> {
    let (Some(experiment), Some(data)) = (run.experiment_id.as_deref(), run.data.clone()) else {
        return Ok(());
    };
    if ensure_runs(context, draft, experiment, fits) {
        return Ok(());
    }
    let pinned = contract::Pinned { data_digest: data.digest, task: data.task };
    for (fit, next, attempts) in moves(context, draft, run, fits)? {
        apply(context, draft, Move { run, pinned: &pinned, fit, next, attempts });
    }
    Ok(())
}

fn open<'a>(draft: &'a Draft, fit: &Fit<'_>) -> Option<&'a CandidateStatus> {
    fit.place.of(&draft.status).filter(|status| !is_over(status.phase))
}

/// Whether some runs are still to be made.
fn ensure_runs(context: Context<'_>, draft: &mut Draft, experiment: &str, fits: &[Fit<'_>]) -> bool {
    let without = |fit: &Fit<'_>| open(draft, fit).filter(|status| status.run_id.is_none());
    let missing: Vec<String> = fits.iter().filter_map(without).map(|status| status.name.clone()).collect();
    for name in &missing {
        let effect = stage::ensure_run(context, draft, Slot::Candidate(name.clone()), experiment);
        draft.effects.extend(effect);
    }
    !missing.is_empty()
}

/// What comes next for each open one; all open questions together.
fn moves<'a>(
    context: Context<'_>,
    draft: &Draft,
    run: &Run,
    fits: &'a [Fit<'a>],
) -> Result<Vec<(&'a Fit<'a>, Next, Attempts)>, Needs> {
    let mut moves = Vec::new();
    let mut needs = Vec::new();
    for fit in fits {
        let Some(status) = open(draft, fit) else { continue };
        let Some(run_id) = status.run_id.as_deref() else { continue };
        match attempt::next(&input(context, run, status, fit, run_id), context.known, context.now) {
            Ok((next, attempts)) => moves.push((fit, next, attempts)),
            Err(need) => needs.push(need.0),
        }
    }
    if needs.is_empty() { Ok(moves) } else { Err(Needs(needs)) }
}

fn input<'a>(
    context: Context<'a>,
    run: &Run,
    status: &'a CandidateStatus,
    fit: &'a Fit<'_>,
    run_id: &'a str,
) -> StepInput<'a> {
    let ours = |job: &&super::JobFacts| {
        job.run == run.key && job.stage == fit.place.stage() && job.candidate.as_deref() == Some(fit.label)
    };
    StepInput {
        attempts: &status.attempts,
        jobs: context.observed.jobs.iter().filter(ours).collect(),
        run_id,
        result_tag: contract::RESULT_TAG,
        first_attempt: 1,
        suspend: context.pipeline.suspend,
        backoff_limit: context.pipeline.limits.backoff_limit,
        memory: &fit.candidate.resources.memory,
    }
}

struct Move<'a> {
    run: &'a Run,
    pinned: &'a contract::Pinned,
    fit: &'a Fit<'a>,
    next: Next,
    attempts: Attempts,
}

fn apply(context: Context<'_>, draft: &mut Draft, step: Move<'_>) {
    let Move { run, pinned, fit, next, attempts } = step;
    let Some(status) = fit.place.of_mut(&mut draft.status) else { return };
    status.attempts = attempts;
    match next {
        Next::Create(attempt) => {
            status.phase = StepPhase::Pending;
            status.message.clear();
            status.started_at.get_or_insert(Time(context.now));
            let run_id = status.run_id.clone().unwrap_or_default();
            order(context, draft, run, pinned, fit, (attempt, &run_id));
        }
        Next::Wait { phase, message, again, notice } => {
            status.phase = phase;
            let before = std::mem::replace(&mut status.message, message.clone());
            let told = format!("candidate {}: {message}", fit.candidate.name);
            draft.events.extend(notice.and_then(|notice| notice.event(&before, &told)));
            if let Some(reason) = stage::without_pod(phase).filter(|_| !message.is_empty()) {
                draft.hinder(reason, &told);
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
        Next::Done(contract::Outcome::Trained(trained)) => done(context, draft, fit.place, trained),
        Next::Done(_) => {
            fail(context, draft, fit.place, "MalformedResult", "the result in MLflow is of another stage");
        }
        Next::Failed { reason, message } => fail(context, draft, fit.place, &reason, &message),
    }
}

fn order(
    context: Context<'_>,
    draft: &mut Draft,
    run: &Run,
    pinned: &contract::Pinned,
    fit: &Fit<'_>,
    (attempt, run_id): (i32, &str),
) {
    let (stage, program) = work(&fit.candidate, pinned.clone());
    let order = Order {
        name: fit.place.stage(),
        candidate: Some(fit.label),
        attempt,
        run_id,
        stage,
        resources: &fit.candidate.resources,
        program,
    };
    stage::create(context, draft, run, order);
}

/// What our trainer does in the pod, and what else runs there.
fn work(candidate: &ValidCandidate, pinned: contract::Pinned) -> (contract::Stage, Program<'_>) {
    match &candidate.trained_by {
        TrainedBy::Learner(learner) => {
            let train = contract::Train { pinned, candidate: document::told(candidate) };
            (contract::Stage::Train(train), Program::Trainer { torch: learner.torch })
        }
        TrainedBy::Container(stated) => {
            let (candidate, image) = (candidate.name.clone(), stated.image.clone());
            let judge = contract::Judge { pinned, candidate, image };
            (contract::Stage::Judge(judge), Program::Container(stated))
        }
    }
}

fn done(context: Context<'_>, draft: &mut Draft, place: Place, trained: contract::Trained) {
    let Some(status) = place.of_mut(&mut draft.status) else { return };
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
fn decimals(metrics: &BTreeMap<String, f64>) -> BTreeMap<String, Decimal> {
    metrics.iter().map(|(name, value)| (name.clone(), Decimal::from(*value))).collect()
}

/// Notes that one can't be fitted.
pub(super) fn fail(context: Context<'_>, draft: &mut Draft, place: Place, reason: &str, message: &str) {
    let Some(status) = place.of_mut(&mut draft.status) else { return };
    status.phase = StepPhase::Failed;
    status.finished_at = Some(Time(context.now));
    status.message = format!("{reason}: {message}");
    let note = format!("candidate {} failed: {message}", status.name);
    draft.events.push(Event::warning(reason, note));
}

/// What a pod that found other data than the run's said, if one did.
pub(super) fn data_changed<'a>(fits: impl IntoIterator<Item = &'a CandidateStatus>) -> Option<String> {
    let changed = format!("{}:", crate::api::conditions::reasons::DATA_CHANGED);
    let found = fits.into_iter().find(|status| status.message.starts_with(&changed));
    found.map(|status| status.message.clone())
}
