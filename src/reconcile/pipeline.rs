//! TrainingPipeline: observe, validate, plan, apply, report.

use std::time::Duration;

use super::{Context, Error};
use crate::api::{TrainingPipeline, TrainingPipelineStatus};
use crate::cluster::watch::Key;
use crate::domain::pipeline::{ValidPipeline, validate};
use crate::plan::Event;
use crate::plan::pipeline::{PipelineAction, PipelinePlan, invalid, pin, plan, trouble};

/// How soon MLflow is tried again.
const TRACKING_RETRY: Duration = Duration::from_secs(5);

pub(super) async fn reconcile(context: &Context, key: &Key) -> Result<Option<Duration>, Error> {
    let now = (context.now)();
    // observe
    let Some(found) = context.cluster.observe_pipeline(&key.namespace, &key.name, now).await? else {
        return Ok(None);
    };
    // validate
    let pipeline = match validate(&found.object, &context.settings) {
        Ok(pipeline) => pipeline,
        Err(problems) => {
            let generation = found.object.metadata.generation.unwrap_or_default();
            let status = invalid(&found.observed.status, &problems, generation, now);
            let events = vec![Event::warning("InvalidSpec", &status.message)];
            report(context, &found.object, &found.observed.status, status, events).await?;
            return Ok(None);
        }
    };
    // plan
    let decided =
        context.decide(&pipeline.grant, |known| plan(&pipeline, &found.observed, known, now)).await?;
    // apply, report
    carry_out(context, &pipeline, &found.object, &found.observed.status, decided).await
}

async fn carry_out(
    context: &Context,
    pipeline: &ValidPipeline,
    object: &TrainingPipeline,
    old: &TrainingPipelineStatus,
    plan: PipelinePlan,
) -> Result<Option<Duration>, Error> {
    let namespace = &pipeline.owner.namespace;
    // What frees resources waits for nothing, not even for MLflow.
    let (deletes, others): (Vec<_>, Vec<_>) =
        plan.actions.into_iter().partition(|action| matches!(action, PipelineAction::DeleteJob(_)));
    for action in &deletes {
        context.cluster.apply_pipeline(namespace, action).await?;
    }
    let (pins, failed) = context.carry_out(&pipeline.grant, &plan.effects).await;
    if let Some(problem) = failed {
        let mut status = old.clone();
        pins.into_iter().for_each(|id| {
            pin(&mut status, id);
        });
        let status = trouble(&status, &problem, pipeline.owner.generation, (context.now)());
        report(context, object, old, status, vec![]).await?;
        return Ok(Some(TRACKING_RETRY));
    }
    let mut status = plan.status;
    let mut pinned = false;
    for id in pins {
        pinned |= pin(&mut status, id);
    }
    if pinned {
        // Nothing may rest on an id before it is written down.
        report(context, object, old, status, plan.events).await?;
        return Ok(Some(Duration::ZERO));
    }
    for action in &others {
        context.cluster.apply_pipeline(namespace, action).await?;
    }
    report(context, object, old, status, plan.events).await?;
    Ok(plan.requeue)
}

/// Writes the status when it differs, then tells people. Events follow the write, so that a plan that lost is not told.
async fn report(
    context: &Context,
    object: &TrainingPipeline,
    old: &TrainingPipelineStatus,
    status: TrainingPipelineStatus,
    events: Vec<Event>,
) -> Result<(), Error> {
    if *old == status {
        return Ok(());
    }
    context.cluster.replace_pipeline_status(object, status).await?;
    context.events.publish(object, &events).await;
    Ok(())
}
