//! HyperparameterSweep: observe, validate, plan, apply, report. A plan whose next step follows at once is followed by another
//! one, from what was observed and what was done since.

use std::ops::ControlFlow;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::{Context, Error};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};
use crate::cluster::watch::Key;
use crate::domain::sweep::{HostedSweep, validate_hosted};
use crate::domain::violation::Violation;
use crate::plan::sweep::{Observed, SweepAction, SweepPlan, invalid, pin, plan, trouble};
use crate::plan::trials::Wanted;
use crate::plan::{AT_ONCE, Event, Pin, Trouble};

/// How soon MLflow is tried again.
const TRACKING_RETRY: Duration = Duration::from_secs(5);
/// Most plans in one reconcile.
const STEPS: usize = 12;

pub(super) async fn reconcile(context: &Context, key: &Key) -> Result<Option<Duration>, Error> {
    let now = (context.now)();
    // observe
    let Some(object) = context.cluster.get_sweep(&key.namespace, &key.name).await? else {
        context.trials.forget_named(&key.namespace, &key.name);
        return Ok(None);
    };
    let uid = object.metadata.uid.clone().unwrap_or_default();
    // The desk before the Jobs: a worker that had a trial then had a Job.
    let desk = context.trials.view(&uid, now);
    let (workers, gpus) = context.cluster.workers_of(&object, now).await?;
    let observed = Observed {
        status: object.status.clone().unwrap_or_default(),
        deleted: object.metadata.deletion_timestamp.is_some(),
        desk,
        workers,
        gpus,
        is_dry: false,
        teachers: None,
        lesson: None,
    };
    // validate
    let valid = validate_hosted(&object, &context.settings);
    let mut pass = Pass { context, uid, object, observed, planned: Vec::new(), told: Vec::new(), now };
    let done = match valid {
        Ok(sweep) => pass.run(&sweep).await,
        Err(problems) => pass.refuse(&problems).await.map(|()| None),
    };
    // Last, since pods don't wait for words; and also where a later step failed.
    context.events.publish(&pass.object, &pass.told).await;
    done
}

/// One reconcile of one sweep.
struct Pass<'a> {
    context: &'a Context,
    uid: String,
    /// The object as stored.
    object: HyperparameterSweep,
    /// What was observed, and what was done since; its status is what was last planned.
    observed: Observed,
    /// Events of plans whose status is not written yet: a plan that loses is not told.
    planned: Vec<Event>,
    /// Events of plans whose status is written.
    told: Vec<Event>,
    now: Timestamp,
}

impl Pass<'_> {
    async fn run(&mut self, sweep: &HostedSweep) -> Result<Option<Duration>, Error> {
        for _ in 0..STEPS {
            // plan
            let service = self.context.service.as_ref().map_err(String::as_str);
            let decided = plan(sweep, &self.observed, service, self.now);
            // apply, report
            if let ControlFlow::Break(again) = self.carry_out(sweep, decided).await? {
                return Ok(again);
            }
        }
        self.report(self.observed.status.clone()).await?;
        Ok(Some(AT_ONCE))
    }

    /// Carries a plan out; it goes on with another one, or ends with when to look again.
    async fn carry_out(
        &mut self,
        sweep: &HostedSweep,
        plan: SweepPlan,
    ) -> Result<ControlFlow<Option<Duration>>, Error> {
        let Order { first, then, last } = Order::of(plan.actions);
        let mut problem = self.apply(sweep, &first).await?;
        let (pins, failed) = self.context.carry_out(&sweep.grant, &plan.effects).await;
        problem = problem.or(failed);
        if problem.is_none() {
            let mut status = plan.status.clone();
            if pins.iter().fold(false, |changed, id| pin(&mut status, id) | changed) {
                self.planned.extend(plan.events);
                // Nothing may rest on an id before it is written down.
                self.report(status).await?;
                return Ok(ControlFlow::Continue(()));
            }
            problem = self.apply(sweep, &then).await?;
        }
        if let Some(problem) = problem {
            self.held_up(&pins, &problem).await?;
            return Ok(ControlFlow::Break(Some(TRACKING_RETRY)));
        }
        self.planned.extend(plan.events);
        if plan.requeue == Some(AT_ONCE) {
            self.observed.status = plan.status;
            return Ok(ControlFlow::Continue(()));
        }
        self.report(plan.status).await?;
        self.apply(sweep, &last).await?;
        Ok(ControlFlow::Break(plan.requeue))
    }

    /// Carries actions out. What MLflow does not take is told; the rest waits for it.
    async fn apply(
        &mut self,
        sweep: &HostedSweep,
        actions: &[SweepAction],
    ) -> Result<Option<Trouble>, Error> {
        for action in actions {
            let done = match action {
                SweepAction::FindTeachers => self.find_teachers(sweep).await?,
                SweepAction::Learn(wanted) => self.learn(sweep, wanted).await,
                SweepAction::Open(opening) => self.context.open_desk(sweep, opening, self.now).await,
                SweepAction::Lose(loss) => self.context.lose(&self.uid, loss, self.now).await,
                SweepAction::Report { run_id } => {
                    self.context.report_sweep(&self.uid, sweep, run_id, self.now).await
                }
                SweepAction::Adjust(terms) => {
                    self.context.trials.adjust(&self.uid, terms);
                    Ok(())
                }
                SweepAction::Forget => {
                    self.context.trials.forget(&self.uid);
                    Ok(())
                }
                SweepAction::Keep(page) => {
                    self.context.keep_page(&self.uid, *page, self.now).await;
                    Ok(())
                }
                SweepAction::Pulse { run_id } => {
                    self.context.feel(&self.uid, run_id).await;
                    Ok(())
                }
                SweepAction::HandOut(most) => self.hand_out(sweep, *most).await,
                SweepAction::Settle(settlement) => {
                    self.context.settle(&self.uid, sweep, settlement, self.now).await
                }
                SweepAction::CreateWorker(_)
                | SweepAction::CreateTrial(_)
                | SweepAction::DeleteWorker(_)
                | SweepAction::SetTtl { .. } => {
                    self.context.cluster.apply_sweep(&sweep.owner.namespace, action).await?;
                    Ok(())
                }
            };
            if let Err(trouble) = done {
                return Ok(Some(trouble));
            }
            self.observed.after(action);
        }
        self.observed.desk = self.context.trials.view(&self.uid, self.now);
        Ok(None)
    }

    async fn find_teachers(&mut self, sweep: &HostedSweep) -> Result<Result<(), Trouble>, Error> {
        let others: Vec<String> =
            sweep.earlier.iter().filter(|name| **name != sweep.owner.name).cloned().collect();
        let found = self.context.cluster.teachers(&sweep.owner.namespace, &others).await?;
        Ok(self.context.remember(sweep, found).await.map(|teachers| self.observed.teachers = Some(teachers)))
    }

    async fn learn(&mut self, sweep: &HostedSweep, wanted: &Wanted) -> Result<(), Trouble> {
        self.observed.lesson = Some(self.context.learn(&sweep.grant, wanted).await?);
        Ok(())
    }

    async fn hand_out(&mut self, sweep: &HostedSweep, most: u32) -> Result<(), Trouble> {
        let given = self.context.hand_out(&self.uid, &sweep.owner, most, self.now).await?;
        self.observed.is_dry = given < most;
        Ok(())
    }

    /// MLflow did not take everything: what it took is pinned, and people are told.
    async fn held_up(&mut self, pins: &[Pin], problem: &Trouble) -> Result<(), Error> {
        let mut status = self.observed.status.clone();
        pins.iter().for_each(|id| {
            pin(&mut status, id);
        });
        let generation = self.object.metadata.generation.unwrap_or_default();
        self.report(trouble(&status, problem, generation, (self.context.now)())).await
    }

    /// The spec can't be carried out: nothing new is done, and it says what is wrong.
    async fn refuse(&mut self, problems: &[Violation]) -> Result<(), Error> {
        let generation = self.object.metadata.generation.unwrap_or_default();
        let status = invalid(&self.observed.status, problems, generation, self.now);
        self.planned.push(Event::warning("InvalidSpec", &status.message));
        self.report(status).await
    }

    /// Writes the status when it differs from what is stored.
    async fn report(&mut self, status: HyperparameterSweepStatus) -> Result<(), Error> {
        let planned = std::mem::take(&mut self.planned);
        if self.object.status.clone().unwrap_or_default() != status {
            self.object = self.context.cluster.replace_sweep_status(&self.object, status).await?;
            self.told.extend(planned);
        }
        // As the API server has it: times, for example, are stored in whole seconds.
        self.observed.status = self.object.status.clone().unwrap_or_default();
        Ok(())
    }
}

/// The order of actions around the effects and the status.
struct Order {
    /// What frees resources waits for nothing, not even for MLflow.
    first: Vec<SweepAction>,
    then: Vec<SweepAction>,
    /// A Job may go once its end was judged in status, and not before. Nobody waits for pages or for a look at MLflow.
    last: Vec<SweepAction>,
}

impl Order {
    fn of(actions: Vec<SweepAction>) -> Self {
        let mut order = Self { first: vec![], then: vec![], last: vec![] };
        for action in actions {
            match action {
                SweepAction::DeleteWorker(_) | SweepAction::Adjust(_) => order.first.push(action),
                SweepAction::SetTtl { .. }
                | SweepAction::Keep(_)
                | SweepAction::Pulse { .. }
                | SweepAction::Forget => order.last.push(action),
                SweepAction::FindTeachers
                | SweepAction::Learn(_)
                | SweepAction::Open(_)
                | SweepAction::Lose(_)
                | SweepAction::CreateWorker(_)
                | SweepAction::HandOut(_)
                | SweepAction::Settle(_)
                | SweepAction::CreateTrial(_)
                | SweepAction::Report { .. } => order.then.push(action),
            }
        }
        order
    }
}
