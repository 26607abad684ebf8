//! ModelVersion: observe, validate, plan, apply, report. A plan whose next step follows at once is followed by another one,
//! from what was observed and what was done since; MLflow is asked anew after each write to it or to the record.

mod told;

use std::ops::ControlFlow;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use self::told::Told;
use super::{Context, Error};
use crate::api::model_version::DeletionPolicy;
use crate::api::{ModelVersion, ModelVersionStatus};
use crate::cluster::watch::Key;
use crate::domain::version::{ValidVersion, owner, validate};
use crate::domain::violation::Violation;
use crate::plan::version::{
    Observed, VersionAction, VersionPlan, held_up, pin, plan, plan_invalid, plan_leaving,
};
use crate::plan::{AT_ONCE, Effect, Event, Known, Step, Trouble};
use crate::settings::Grant;
use crate::telemetry::MODEL_VERSION;

/// Most plans in one reconcile: from the source to a moved alias there are nine.
const STEPS: usize = 16;

pub(super) async fn reconcile(context: &Context, key: &Key) -> Result<Option<Duration>, Error> {
    let now = (context.now)();
    // observe
    let Some(object) = context.cluster.model_version(&key.namespace, &key.name).await? else {
        context.forget(MODEL_VERSION, key);
        return Ok(None);
    };
    // validate
    let valid = validate(&object, &context.settings);
    let Ok(grant) = context.settings.grant(&key.namespace) else {
        return without_grant(context, &object, valid.err().unwrap_or_default()).await;
    };
    let installation = &context.settings.installation;
    let epoch = i64::from(context.leadership.epoch());
    let observed = context.cluster.observe_version(&object, grant, installation, epoch).await?;
    let mut pass =
        Pass { told: Told::new(context, object), grant, valid, observed, known: Known::default(), now };
    let done = pass.run().await;
    pass.told.tell().await;
    done
}

/// A namespace that the configuration does not name, or no longer: its objects are told so, and may go.
async fn without_grant(
    context: &Context,
    object: &ModelVersion,
    problems: Vec<Violation>,
) -> Result<Option<Duration>, Error> {
    if object.metadata.deletion_timestamp.is_some() {
        context.cluster.release(object).await?;
        return Ok(None);
    }
    let old = object.status.clone().unwrap_or_default();
    let decided = plan_invalid(&owner(object), &old, &problems, (context.now)());
    let mut told = Told::new(context, object.clone());
    told.planned.extend(decided.events);
    told.report(decided.status).await?;
    told.tell().await;
    Ok(decided.requeue)
}

/// One reconcile of one version.
struct Pass<'a> {
    told: Told<'a>,
    grant: &'a Grant,
    valid: Result<ValidVersion, Vec<Violation>>,
    /// What was observed, and what was done since; its status is what was last planned.
    observed: Observed,
    known: Known,
    now: Timestamp,
}

impl Pass<'_> {
    async fn run(&mut self) -> Result<Option<Duration>, Error> {
        for _ in 0..STEPS {
            // plan
            let mut known = std::mem::take(&mut self.known);
            let context = self.told.context;
            let decided = context.decide(self.grant, &mut known, |known| self.plan(known)).await?;
            self.known = known;
            // apply, report
            if let ControlFlow::Break(again) = self.carry_out(decided).await? {
                return Ok(again);
            }
        }
        self.told.report(self.observed.status.clone()).await?;
        Ok(Some(AT_ONCE))
    }

    fn plan(&self, known: &Known) -> Step<VersionPlan> {
        let object = &self.told.object;
        match &self.valid {
            Ok(version) => plan(version, &self.observed, known, self.now),
            Err(_) if self.observed.deleted_at.is_some() => {
                let deletion = object.spec.deletion_policy.unwrap_or(DeletionPolicy::Retain);
                let (owner, model) = (owner(object), &object.spec.registered_model);
                plan_leaving(&owner, model, deletion, &self.observed, known, self.now)
            }
            Err(problems) => {
                Step::Done(plan_invalid(&owner(object), &self.observed.status, problems, self.now))
            }
        }
    }

    /// Carries a plan out; it goes on with another one, or ends with when to look again.
    async fn carry_out(&mut self, plan: VersionPlan) -> Result<ControlFlow<Option<Duration>>, Error> {
        let VersionPlan { effects, actions, mut status, events, requeue } = plan;
        if let Err(trouble) = self.effects(&effects, &mut status).await {
            return self.held_up(&trouble).await.map(ControlFlow::Break);
        }
        if status.version.is_some() && status.version != self.told.stored().version {
            // Nothing may rest on a number before it is written down.
            self.told.planned.extend(events);
            return self.write(status).await.map(ControlFlow::Continue);
        }
        let acts = !(effects.is_empty() && actions.is_empty());
        self.act(&actions, &status, events, acts).await?;
        // After a finalizer was set the object is another one, and its change wakes it.
        let same_object = actions.iter().all(|action| match action {
            VersionAction::PutRecord(_) | VersionAction::CloseIntent(_) => true,
            VersionAction::AddFinalizer | VersionAction::RemoveFinalizer => false,
        });
        if requeue == Some(AT_ONCE) && acts && same_object {
            self.told.passed(&status);
            self.observed.status = status;
            return Ok(ControlFlow::Continue(()));
        }
        if requeue == Some(AT_ONCE) && !acts && status != self.told.stored() {
            // A step that is nothing but a status is what the next one rests on.
            return self.write(status).await.map(ControlFlow::Continue);
        }
        self.told.report(status).await?;
        Ok(ControlFlow::Break(requeue))
    }

    /// Carries out what a plan does to Kubernetes. An intent is closed once what was decided on it stands in status.
    async fn act(
        &mut self,
        actions: &[VersionAction],
        status: &ModelVersionStatus,
        events: Vec<Event>,
        acts: bool,
    ) -> Result<(), Error> {
        let (last, then): (Vec<_>, Vec<_>) =
            actions.iter().partition(|action| matches!(action, VersionAction::CloseIntent(_)));
        for action in then {
            self.apply(action).await?;
        }
        // People are told of a plan by its status; where that stays as it is, by what was done.
        let (by_status, by_deed) =
            if acts && *status == self.told.stored() { (vec![], events) } else { (events, vec![]) };
        self.told.planned.extend(by_status);
        if !last.is_empty() {
            self.write(status.clone()).await?;
        }
        for action in last {
            self.apply(action).await?;
        }
        self.told.done.extend(by_deed);
        Ok(())
    }

    /// One after the other: an alias is moved before what rests on its move.
    async fn effects(&mut self, effects: &[Effect], status: &mut ModelVersionStatus) -> Result<(), Trouble> {
        for effect in effects {
            // What was read before it may be otherwise now.
            self.known = Known::default();
            let id = self.told.context.tracking.carry_out(self.grant, effect).await?;
            id.iter().for_each(|id| pin(status, id));
        }
        Ok(())
    }

    async fn apply(&mut self, action: &VersionAction) -> Result<(), Error> {
        let cluster = &self.told.context.cluster;
        let record = cluster.apply_version_action(&self.told.object, self.grant, action).await?;
        if let Some(record) = record {
            self.observed.record = record;
            // Who holds an alias is read again between an intent and the move.
            self.known = Known::default();
        }
        Ok(())
    }

    async fn write(&mut self, status: ModelVersionStatus) -> Result<(), Error> {
        self.told.report(status).await?;
        self.observed.status = self.told.stored();
        Ok(())
    }

    /// MLflow did not take it: nothing changes but what is said about it.
    async fn held_up(&mut self, trouble: &Trouble) -> Result<Option<Duration>, Error> {
        let now = (self.told.context.now)();
        let held = held_up(&owner(&self.told.object), &self.observed.status, trouble, now);
        self.told.planned.extend(held.events);
        self.told.report(held.status).await?;
        Ok(held.requeue)
    }
}
