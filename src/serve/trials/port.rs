//! What the service needs: somebody who knows the trials, and somebody who knows the callers.

use futures::future::BoxFuture;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};

use crate::cluster::workers::{Caller, Rejection, Workers};
use crate::plan::Subject;
use crate::plan::trials::{Refusal, Worker};

/// Those who know the trials. A call that has begun is carried to its end, also when the worker hangs up.
pub trait Trials: Send + Sync {
    /// Whether this replica leads. One that does not spends nothing on a call, and answers [`Refusal::NotLeader`].
    fn leads(&self) -> bool;
    /// How often the lease changed hands.
    fn epoch(&self) -> i32;
    /// A worker asks for a trial.
    fn ask<'a>(&'a self, worker: &'a Worker, call: Ask) -> BoxFuture<'a, Result<Asked, Refusal>>;
    /// A worker reports steps.
    fn report<'a>(&'a self, worker: &'a Worker, call: Report) -> BoxFuture<'a, Result<Reported, Refusal>>;
    /// A worker tells an end.
    fn tell<'a>(&'a self, worker: &'a Worker, call: Tell) -> BoxFuture<'a, Result<Told, Refusal>>;
    /// The open sweep that a pod of this name would work for. Who calls is not known: nothing follows from it but whom it is told.
    fn claimed(&self, namespace: &str, pod: &str) -> Option<Subject>;
    /// A call was not let in, and the people around an object should know; without one, those around the operator. Comes seldom,
    /// whoever calls how often.
    fn refused<'a>(
        &'a self,
        about: Option<&'a Subject>,
        reason: &'static str,
        message: &'a str,
    ) -> BoxFuture<'a, ()>;
}

/// Those who know the callers.
pub trait Callers: Send + Sync {
    /// Whose a token is.
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Rejection>>;
}

impl Callers for Workers {
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Rejection>> {
        Box::pin(self.caller(token))
    }
}
