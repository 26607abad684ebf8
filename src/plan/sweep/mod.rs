//! Decisions about a HyperparameterSweep: which run there should be, which workers, and when it is over. What a worker is
//! answered is decided by `plan/trials`; here only its sums are seen.

mod action;
mod close;
mod document;
mod draft;
mod found;
mod gpus;
mod learn;
mod observed;
mod pins;
mod pulse;
mod start;
mod summary;
mod tags;
mod teachers;
mod trial_jobs;
mod trial_plan;
mod workers;

#[cfg(test)]
mod tests;

pub use action::{Opening, SweepAction, Terms};
pub use document::worker_job_name;
pub use gpus::GpuPod;
pub use observed::{Observed, WorkerFacts};
pub use pins::pin;
pub use summary::{invalid, trouble};
pub use teachers::{TeacherFacts, TeacherState};
pub use trial_plan::{TrialPlan, trial_job_name};

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use podium_contract::Service;

use super::{AT_ONCE, Plan};
use crate::api::HyperparameterSweepStatus;
use crate::domain::sweep::{HostedSweep, ValidTrial};
use draft::Draft;

/// What is to be done about a sweep.
pub type SweepPlan = Plan<SweepAction, HyperparameterSweepStatus>;

/// How soon a running sweep is looked at without being woken.
const LOOK: Duration = Duration::from_secs(5);

/// Everything that a decision rests on.
#[derive(Clone, Copy)]
struct Context<'a> {
    sweep: &'a HostedSweep,
    observed: &'a Observed,
    /// Where workers find their trials; without it there are no sweeps, and why.
    service: Result<&'a Service, &'a str>,
    now: Timestamp,
}

/// Decides. Total: every observation leads to a plan. It asks MLflow nothing: what stands there is on the desk.
pub fn plan(
    sweep: &HostedSweep,
    observed: &Observed,
    service: Result<&Service, &str>,
    now: Timestamp,
) -> SweepPlan {
    let context = Context { sweep, observed, service, now };
    let mut draft = Draft::new(observed.status.clone());
    if observed.deleted {
        // Jobs go with their owner; what is open in MLflow is closed by whoever clears what nobody owns.
        draft.actions.push(SweepAction::Forget);
        return draft.into_plan();
    }
    decide(context, &mut draft);
    if !draft.is_undecided {
        summary::summarise(context, &mut draft);
    }
    draft.into_plan()
}

fn decide(context: Context<'_>, draft: &mut Draft) {
    let is_wanted = start::is_wanted(context, draft);
    gpus::note(context, draft);
    match draft.status.run.clone() {
        None => start::begin(context, draft),
        Some(run) if run.outcome.is_none() && is_wanted => close::supersede(context, draft),
        Some(run) if run.outcome.is_none() => advance(context, draft),
        Some(run) if run.closed && is_wanted => start::begin(context, draft),
        Some(_) => {}
    }
    close::ended(context, draft);
    workers::housekeeping(context, draft);
}

/// Moves the open run on.
fn advance(context: Context<'_>, draft: &mut Draft) {
    let Some(run) = draft.status.run.clone() else { return };
    if run.experiment != context.sweep.experiment {
        let message = format!(
            "spec.experiment: {:?} counts from the next run on; the open run stays in {:?}",
            context.sweep.experiment, run.experiment
        );
        draft.hinder(crate::api::conditions::reasons::CHANGE_REFUSED, &message);
    }
    let (Some(experiment_id), Some(parent)) = (&run.experiment_id, &run.parent_run_id) else {
        draft.effects.push(tags::ensure_parent(context, &run));
        return;
    };
    start::count_suspension(context, draft);
    if !learn::is_done(context, draft, &run, parent) {
        return;
    }
    let Some(view) = context.observed.view(&run.key) else {
        draft.actions.push(start::opening(context, draft, experiment_id, parent));
        draft.again(AT_ONCE);
        return;
    };
    start::note(view, draft);
    draft.actions.push(SweepAction::Adjust(start::terms(context, draft)));
    draft.actions.extend(view.full_pages.iter().map(|page| SweepAction::Keep(*page)));
    let is_behind = trial_jobs::is_behind(context, view);
    if let Some(ending) = view.ending.as_ref().filter(|_| !context.sweep.suspend && !is_behind) {
        close::by_itself(context, draft, ending);
        return;
    }
    if !context.sweep.suspend && !is_behind && gpus::end(context, draft) {
        return;
    }
    match &context.sweep.trial {
        ValidTrial::Learner(learner) => workers::advance(context, draft, view, learner),
        ValidTrial::Container(container) => trial_jobs::advance(context, draft, view, container),
    }
    pulse::look(context, view, parent, draft);
    draft.again(LOOK);
}
