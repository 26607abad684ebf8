//! ModelVersion: observe, validate, plan, apply, report.

use std::time::Duration;

use super::{Context, Error};
use crate::api::model_version::DeletionPolicy;
use crate::api::{ModelVersion, ModelVersionStatus};
use crate::cluster::watch::Key;
use crate::domain::version::{owner, validate};
use crate::domain::violation::Violation;
use crate::plan::version::{VersionPlan, held_up, pin, plan, plan_invalid, plan_leaving};
use crate::plan::{Event, Plan};
use crate::settings::Grant;

pub(super) async fn reconcile(context: &Context, key: &Key) -> Result<Option<Duration>, Error> {
    let now = (context.now)();
    // observe
    let Some(object) = context.cluster.model_version(&key.namespace, &key.name).await? else {
        return Ok(None);
    };
    // validate
    let valid = validate(&object, &context.settings);
    let old = object.status.clone().unwrap_or_default();
    let Ok(grant) = context.settings.grant(&key.namespace) else {
        return without_grant(context, &object, &old, valid.err().unwrap_or_default()).await;
    };
    let installation = &context.settings.installation;
    let epoch = i64::from(context.leadership.epoch());
    let observed = context.cluster.observe_version(&object, grant, installation, epoch).await?;
    // plan
    let decided = match valid {
        Ok(version) => context.decide(grant, |known| plan(&version, &observed, known, now)).await?,
        Err(_) if observed.deleted_at.is_some() => {
            let deletion = object.spec.deletion_policy.unwrap_or(DeletionPolicy::Retain);
            let (owner, model) = (owner(&object), &object.spec.registered_model);
            context
                .decide(grant, |known| plan_leaving(&owner, model, deletion, &observed, known, now))
                .await?
        }
        Err(problems) => plan_invalid(&owner(&object), &old, &problems, now),
    };
    // apply, report
    carry_out(context, &object, &old, grant, decided).await
}

/// A namespace that the configuration does not name, or no longer: its objects are told so, and may go.
async fn without_grant(
    context: &Context,
    object: &ModelVersion,
    old: &ModelVersionStatus,
    problems: Vec<Violation>,
) -> Result<Option<Duration>, Error> {
    if object.metadata.deletion_timestamp.is_some() {
        context.cluster.release(object).await?;
        return Ok(None);
    }
    let decided = plan_invalid(&owner(object), old, &problems, (context.now)());
    report(context, object, old, decided.status, decided.events).await?;
    Ok(decided.requeue)
}

async fn carry_out(
    context: &Context,
    object: &ModelVersion,
    old: &ModelVersionStatus,
    grant: &Grant,
    plan: VersionPlan,
) -> Result<Option<Duration>, Error> {
    let Plan { effects, actions, mut status, events, requeue } = plan;
    // One after the other: an alias is moved before what rests on its move.
    for effect in &effects {
        match context.tracking.carry_out(grant, effect).await {
            Ok(id) => id.iter().for_each(|id| pin(&mut status, id)),
            Err(trouble) => {
                let held = held_up(&owner(object), old, &trouble, (context.now)());
                report(context, object, old, held.status, held.events).await?;
                return Ok(held.requeue);
            }
        }
    }
    if status.version.is_some() && status.version != old.version {
        report(context, object, old, status, events).await?;
        return Ok(Some(Duration::ZERO));
    }
    for action in &actions {
        context.cluster.apply_version_action(object, grant, action).await?;
    }
    report(context, object, old, status, events).await?;
    Ok(requeue)
}

async fn report(
    context: &Context,
    object: &ModelVersion,
    old: &ModelVersionStatus,
    status: ModelVersionStatus,
    events: Vec<Event>,
) -> Result<(), Error> {
    // An object that is gone with its finalizer has no status to write.
    if *old == status {
        return Ok(());
    }
    context.cluster.replace_version_status(object, status).await?;
    context.events.publish(object, &events).await;
    Ok(())
}
