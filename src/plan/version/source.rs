//! Where the model comes from, pinned in status before anything rests on it.

use super::context::Context;
use super::report::{self, Say};
use super::stop::{Go, answered, stop};
use super::{PipelineFacts, reasons, retry};
use crate::api::conditions::reasons::NOT_ALLOWED;
use crate::api::model_version_status::{ResolvedSource, VersionPhase};
use crate::domain::version::ValidSource;
use crate::plan::{RunFacts, RunState};

/// The pinned source; it stops to pin one that is not.
pub fn pinned(context: &Context) -> Go<ResolvedSource> {
    if let Some(source) = &context.status().source {
        return Ok(source.clone());
    }
    let source = match &context.version.source {
        ValidSource::Pipeline(name) => pipeline(context, name)?,
        ValidSource::Run { run_id, artifact_path } => run(context, run_id, artifact_path)?,
        ValidSource::Version(number) => version(context, number)?,
    };
    let mut status = context.status().clone();
    status.source = Some(source);
    let say =
        Say::working(VersionPhase::Pending, reasons::REGISTERING, "the source is found", retry::AT_ONCE);
    stop(report::idle(context, status, say))
}

fn pipeline(context: &Context, name: &str) -> Go<ResolvedSource> {
    match &context.observed.pipeline {
        PipelineFacts::Succeeded { evaluation_run_id } => {
            run(context, evaluation_run_id, podium_contract::MODEL_FOLDER)
        }
        PipelineFacts::NotSucceeded => {
            wait(context, reasons::SOURCE_PENDING, format!("pipeline {name:?} has no succeeded run yet"))
        }
        PipelineFacts::Absent => {
            let namespace = &context.version.owner.namespace;
            wait(
                context,
                reasons::SOURCE_MISSING,
                format!("there is no pipeline {name:?} in namespace {namespace:?}"),
            )
        }
    }
}

fn run(context: &Context, run_id: &str, artifact_path: &str) -> Go<ResolvedSource> {
    let Some(facts) = answered(context.known.run(run_id))?.filter(|facts| !facts.deleted) else {
        return wait(context, reasons::SOURCE_MISSING, format!("there is no run {run_id} in MLflow"));
    };
    if let Err(error) = context.version.grant.run(run_id, &facts.experiment) {
        return fail(context, NOT_ALLOWED, error.to_string());
    }
    finished(context, facts)?;
    Ok(ResolvedSource { run_id: Some(run_id.to_owned()), artifact_path: Some(artifact_path.to_owned()) })
}

fn finished(context: &Context, facts: &RunFacts) -> Go<()> {
    let id = &facts.run_id;
    match facts.state {
        RunState::Finished => Ok(()),
        RunState::Open => wait(context, reasons::SOURCE_PENDING, format!("run {id} has not finished yet")),
        RunState::Failed | RunState::Killed => {
            let message = format!("run {id} ended as {:?}; only a finished run is registered", facts.state);
            fail(context, reasons::SOURCE_FAILED, message)
        }
    }
}

fn version(context: &Context, number: &str) -> Go<ResolvedSource> {
    let model = &context.version.model;
    match answered(context.known.version(model, number))? {
        Some(facts) => Ok(ResolvedSource { run_id: facts.run_id.clone(), artifact_path: None }),
        None => wait(
            context,
            reasons::SOURCE_MISSING,
            format!("model {model:?} has no version {number} in MLflow"),
        ),
    }
}

fn wait<T>(context: &Context, reason: &str, message: String) -> Go<T> {
    let say = Say::working(VersionPhase::Pending, reason, message, retry::STEADY / 2);
    stop(report::idle(context, context.status().clone(), say))
}

fn fail<T>(context: &Context, reason: &str, message: String) -> Go<T> {
    stop(report::idle(context, context.status().clone(), Say::stalled(VersionPhase::Error, reason, message)))
}
