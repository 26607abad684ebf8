//! What the trial service asks is answered by the desks.

use futures::FutureExt;
use futures::future::BoxFuture;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};

use super::Trials;
use super::notes::POD_LEAVING;
use crate::plan::trials::{Refusal, Worker};
use crate::plan::{Event, Subject};
use crate::reconcile::Context;

impl Trials for Context {
    fn leads(&self) -> bool {
        self.leadership.leads()
    }

    fn epoch(&self) -> i32 {
        self.leadership.epoch()
    }

    fn ask<'a>(&'a self, worker: &'a Worker, call: Ask) -> BoxFuture<'a, Result<Asked, Refusal>> {
        async move { self.ask(worker, &call).await }.boxed()
    }

    fn report<'a>(&'a self, worker: &'a Worker, call: Report) -> BoxFuture<'a, Result<Reported, Refusal>> {
        async move { self.report(worker, &call).await }.boxed()
    }

    fn tell<'a>(&'a self, worker: &'a Worker, call: Tell) -> BoxFuture<'a, Result<Told, Refusal>> {
        async move { self.tell(worker, &call).await }.boxed()
    }

    fn claimed(&self, namespace: &str, pod: &str) -> Option<Subject> {
        self.trials.claimed(namespace, pod)
    }

    fn refused<'a>(
        &'a self,
        about: Option<&'a Subject>,
        reason: &'static str,
        message: &'a str,
    ) -> BoxFuture<'a, ()> {
        let about = about.map_or_else(|| self.cluster.own_pod(self.events.identity()), Subject::reference);
        let event = match reason {
            POD_LEAVING => Event::normal(reason, message),
            _ => Event::warning(reason, message),
        };
        async move { self.events.publish_about(&about, &[event]).await }.boxed()
    }
}
