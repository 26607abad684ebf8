//! Decisions about a TrainingPipeline: which run there should be, and what its stages need next.

mod action;
mod attempt;
mod choice;
mod close;
mod document;
mod draft;
mod evaluate;
mod fit;
mod housekeeping;
mod observed;
mod pins;
mod pulse;
mod ranking;
mod register;
mod stage;
mod stages;
mod start;
mod summary;
mod sweeps;
mod train;
mod tune;
mod validate;
mod words;

#[cfg(test)]
mod tests;

pub use action::{JobPlan, JobStage, PipelineAction, SweepPlan, VersionPlan};
pub use observed::{By, Failure, JobFacts, JobState, Observed, OwnedVersion};
pub use pins::pin;
pub use summary::{invalid, trouble};
pub use sweeps::{FoundTrial, OwnedSweep, SweepState};
pub use words::{describe, describe_foreign, permanent_reason};

use k8s_openapi::jiff::Timestamp;

use super::{Known, Need, Plan, Query, Step};
use crate::api::TrainingPipelineStatus;
use crate::domain::pipeline::ValidPipeline;
use draft::Draft;

/// What is to be done about a pipeline.
pub type PipelinePlan = Plan<PipelineAction, TrainingPipelineStatus>;

/// Questions that must be answered first. Several at once, so that 100 candidates cost one round.
struct Needs(Vec<Query>);

impl From<Need> for Needs {
    fn from(need: Need) -> Self {
        Self(vec![need.0])
    }
}

/// Everything that a decision rests on.
#[derive(Clone, Copy)]
struct Context<'a> {
    pipeline: &'a ValidPipeline,
    observed: &'a Observed,
    known: &'a Known,
    now: Timestamp,
}

/// Decides. Total: every observation leads to a plan or to a question.
pub fn plan(
    pipeline: &ValidPipeline,
    observed: &Observed,
    known: &Known,
    now: Timestamp,
) -> Step<PipelinePlan> {
    let context = Context { pipeline, observed, known, now };
    match decide(context) {
        Ok(mut draft) => {
            summary::summarise(context, &mut draft);
            Step::Done(draft.into_plan())
        }
        Err(Needs(queries)) => Step::Need(queries),
    }
}

fn decide(context: Context<'_>) -> Result<Draft, Needs> {
    let mut draft = Draft::new(context.observed.status.clone());
    if context.observed.deleted {
        // Jobs go with their owner; the sweeper closes what is open in MLflow.
        return Ok(draft);
    }
    let wanted = start::wanted(context, &mut draft);
    if wanted.is_none() {
        evaluate::again(context, &mut draft);
    }
    match draft.status.run.clone() {
        None => start::begin(context, wanted, &mut draft),
        Some(run) if run.outcome.is_none() => {
            if !close::overtaken(context, wanted.as_ref(), &mut draft) {
                stages::advance(context, &mut draft)?;
                pulse::look(context, &mut draft)?;
            }
        }
        Some(run) if run.closed => start::begin(context, wanted, &mut draft),
        Some(_) => {}
    }
    close::ended(context, &mut draft);
    register::live(context, &mut draft);
    housekeeping::jobs(context, &mut draft);
    housekeeping::sweeps(context, &mut draft);
    Ok(draft)
}
