//! TrainingPipeline: observe, validate, plan, apply, report. A plan whose next step follows at once is followed by another
//! one, from what was observed and what was done since.

use std::ops::ControlFlow;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::{Context, Error};
use crate::api::{TrainingPipeline, TrainingPipelineStatus};
use crate::cluster::watch::Key;
use crate::domain::pipeline::{ValidPipeline, validate};
use crate::domain::violation::Violation;
use crate::plan::pipeline::{Observed, PipelineAction, PipelinePlan, invalid, pin, plan, trouble};
use crate::plan::{AT_ONCE, Event, Known, Pin, Trouble};
use crate::telemetry::PIPELINE;

/// How soon MLflow is tried again.
const TRACKING_RETRY: Duration = Duration::from_secs(5);
/// Most plans in one reconcile: from a run that is overtaken to the first Job of the next there are five.
const STEPS: usize = 12;

pub(super) async fn reconcile(context: &Context, key: &Key) -> Result<Option<Duration>, Error> {
    let now = (context.now)();
    // observe
    let Some(found) = context.cluster.observe_pipeline(&key.namespace, &key.name, now).await? else {
        context.forget(PIPELINE, key);
        return Ok(None);
    };
    let (object, observed) = (found.object, found.observed);
    // validate
    let valid = validate(&object, &context.settings);
    let generation = object.metadata.generation.unwrap_or_default();
    let mut pass = Pass {
        context,
        generation,
        object,
        observed,
        known: Known::default(),
        planned: Vec::new(),
        told: Vec::new(),
        now,
    };
    let done = match valid {
        Ok(pipeline) => pass.run(&pipeline).await,
        Err(problems) => pass.refuse(&problems).await.map(|()| None),
    };
    // Last, since pods don't wait for words; and also where a later step failed.
    context.events.publish(&pass.object, &pass.told).await;
    done
}

/// One reconcile of one pipeline.
struct Pass<'a> {
    context: &'a Context,
    generation: i64,
    /// The object as stored.
    object: TrainingPipeline,
    /// What was observed, and what was done since; its status is what was last planned.
    observed: Observed,
    known: Known,
    /// Events of plans whose status is not written yet: a plan that loses is not told.
    planned: Vec<Event>,
    /// Events of plans whose status is written.
    told: Vec<Event>,
    now: Timestamp,
}

impl Pass<'_> {
    async fn run(&mut self, pipeline: &ValidPipeline) -> Result<Option<Duration>, Error> {
        for _ in 0..STEPS {
            // plan
            let decide = |known: &Known| plan(pipeline, &self.observed, known, self.now);
            let decided = self.context.decide(&pipeline.grant, &mut self.known, decide).await?;
            // apply, report
            if let ControlFlow::Break(again) = self.carry_out(pipeline, decided).await? {
                return Ok(again);
            }
        }
        self.report(self.observed.status.clone()).await?;
        Ok(Some(AT_ONCE))
    }

    /// Carries a plan out; it goes on with another one, or ends with when to look again.
    async fn carry_out(
        &mut self,
        pipeline: &ValidPipeline,
        plan: PipelinePlan,
    ) -> Result<ControlFlow<Option<Duration>>, Error> {
        let Order { first, then, last } = Order::of(plan.actions);
        self.apply(&first).await?;
        let (pins, failed) = self.context.carry_out(&pipeline.grant, &plan.effects).await;
        if let Some(problem) = failed {
            self.held_up(&pins, &problem).await?;
            return Ok(ControlFlow::Break(Some(TRACKING_RETRY)));
        }
        self.planned.extend(plan.events);
        let mut status = plan.status;
        if self.pin(&mut status, &pins) {
            // Nothing may rest on an id before it is written down.
            self.report(status).await?;
            return Ok(ControlFlow::Continue(()));
        }
        self.apply(&then).await?;
        if plan.requeue == Some(AT_ONCE) {
            self.observed.status = status;
            return Ok(ControlFlow::Continue(()));
        }
        self.report(status).await?;
        self.apply(&last).await?;
        Ok(ControlFlow::Break(plan.requeue))
    }

    async fn apply(&mut self, actions: &[PipelineAction]) -> Result<(), Error> {
        let namespace = self.object.metadata.namespace.clone().unwrap_or_default();
        for action in actions {
            self.context.cluster.apply_pipeline(&namespace, action).await?;
            self.observed.after(action, self.now);
        }
        Ok(())
    }

    /// Notes ids in a status; whether it changed.
    fn pin(&mut self, status: &mut TrainingPipelineStatus, pins: &[Pin]) -> bool {
        self.known.fresh.extend(pins.iter().filter_map(Pin::fresh_run).map(str::to_owned));
        pins.iter().fold(false, |changed, id| pin(status, id) | changed)
    }

    /// MLflow did not take everything: what it took is pinned, and people are told.
    async fn held_up(&mut self, pins: &[Pin], problem: &Trouble) -> Result<(), Error> {
        let mut status = self.observed.status.clone();
        self.pin(&mut status, pins);
        self.report(trouble(&status, problem, self.generation, (self.context.now)())).await
    }

    /// The spec can't be carried out: nothing is done, and it says what is wrong.
    async fn refuse(&mut self, problems: &[Violation]) -> Result<(), Error> {
        let status = invalid(&self.observed.status, problems, self.generation, self.now);
        self.planned.push(Event::warning("InvalidSpec", &status.message));
        self.report(status).await
    }

    /// Writes the status when it differs from what is stored. One that stays as it is is shown too: this process may not have
    /// seen the object before.
    async fn report(&mut self, status: TrainingPipelineStatus) -> Result<(), Error> {
        let planned = std::mem::take(&mut self.planned);
        let old = self.object.status.clone().unwrap_or_default();
        if old != status {
            self.object = self.context.cluster.replace_pipeline_status(&self.object, status).await?;
            self.told.extend(planned);
        }
        // As the API server has it: times, for example, are stored in whole seconds.
        self.observed.status = self.object.status.clone().unwrap_or_default();
        self.context.metrics.pipeline(&self.object, &old, &self.observed.status);
        Ok(())
    }
}

/// The order of actions around the effects and the status.
struct Order {
    /// What frees resources waits for nothing, not even for MLflow.
    first: Vec<PipelineAction>,
    then: Vec<PipelineAction>,
    /// A Job may go once what it found stands in status, and not before.
    last: Vec<PipelineAction>,
}

impl Order {
    fn of(actions: Vec<PipelineAction>) -> Self {
        let mut order = Self { first: vec![], then: vec![], last: vec![] };
        for action in actions {
            match action {
                PipelineAction::DeleteJob(_) | PipelineAction::DeleteSweep(_) => order.first.push(action),
                PipelineAction::AdjustSweep { suspend: true, .. } => order.first.push(action),
                PipelineAction::SetTtl { .. } => order.last.push(action),
                PipelineAction::CreateJob(_)
                | PipelineAction::CreateSweep(_)
                | PipelineAction::AdjustSweep { suspend: false, .. }
                | PipelineAction::ApplyVersion(_)
                | PipelineAction::DeleteVersion(_) => order.then.push(action),
            }
        }
        order
    }
}
