//! The port on the server in memory, for one operator process, with the faults of the injector.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use podium::api::conditions::reasons;
use podium::plan::{Answer, Effect, Pin, Query, Trouble};
use podium::settings::Grant;
use podium::tracking::Tracking;

use super::op::{NotTaken, Op};
use super::{effects, read};
use crate::injector::{Fault, Letter};
use crate::operator::Process;
use crate::state::{Moment, Shared, State};

/// MLflow as one process reaches it.
#[derive(Clone)]
pub struct FakeTracking {
    shared: Shared,
    process: Process,
}

/// Why nothing came of a request.
enum Lost {
    Trouble(Trouble),
    /// The process is dead: there is nobody to answer.
    Dead,
}

impl FakeTracking {
    pub fn new(shared: &Shared, process: &Process) -> Self {
        Self { shared: Arc::clone(shared), process: process.clone() }
    }

    /// Reads something.
    pub async fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, Trouble> {
        let seen = {
            let state = self.shared.lock().unwrap();
            if state.injector.dead.contains(&self.process.number) {
                Err(Lost::Dead)
            } else if state.injector.mlflow_down {
                Err(Lost::Trouble(unreachable()))
            } else {
                Ok(look(&state))
            }
        };
        settle(seen).await
    }

    /// Writes once.
    pub async fn write(&self, op: Op) -> Result<String, Trouble> {
        let done = self.attempt(&op);
        settle(done).await
    }

    fn attempt(&self, op: &Op) -> Result<String, Lost> {
        let mut state = self.shared.lock().unwrap();
        if state.injector.dead.contains(&self.process.number) {
            return Err(Lost::Dead);
        }
        if state.injector.mlflow_down {
            return Err(Lost::Trouble(unreachable()));
        }
        let take = |state: &mut State| state.mlflow.apply(op).map_err(|error| Lost::Trouble(refused(&error)));
        match state.injector.count(op.title()) {
            None => take(&mut state),
            Some(Fault::CrashBefore) => Err(self.die(&mut state)),
            Some(Fault::CrashAfter) => {
                let _ = take(&mut state);
                Err(self.die(&mut state))
            }
            Some(Fault::Late) => {
                state.injector.hold_back(Letter::Mlflow(op.clone()));
                Err(self.die(&mut state))
            }
            Some(Fault::Refused) => Err(Lost::Trouble(unreachable())),
            Some(Fault::Conflict) => Err(Lost::Trouble(refused(&NotTaken("changed in between".to_owned())))),
            Some(Fault::AnswerLost) => {
                let _ = take(&mut state);
                Err(Lost::Trouble(unreachable()))
            }
            Some(Fault::Delayed) => {
                state.go_on();
                let done = take(&mut state);
                state.go_on();
                done
            }
            Some(Fault::Deleted) => {
                state.delete_pipeline();
                take(&mut state)
            }
        }
    }

    fn die(&self, state: &mut State) -> Lost {
        state.injector.dead.insert(self.process.number);
        self.process.died.notify_one();
        Lost::Dead
    }
}

async fn settle<T>(result: Result<T, Lost>) -> Result<T, Trouble> {
    match result {
        Ok(value) => Ok(value),
        Err(Lost::Trouble(trouble)) => Err(trouble),
        Err(Lost::Dead) => std::future::pending().await,
    }
}

fn unreachable() -> Trouble {
    Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "MLflow: no answer".to_owned() }
}

fn refused(error: &NotTaken) -> Trouble {
    Trouble { reason: reasons::TRACKING_REFUSED, message: format!("MLflow: {}", error.0) }
}

impl Tracking for FakeTracking {
    fn answer<'a>(&'a self, grant: &'a Grant, query: &'a Query) -> BoxFuture<'a, Answer> {
        async move {
            let answer = match self.read(|state| read::answer(&state.mlflow, grant, query)).await {
                Ok(answer) => answer,
                Err(trouble) => Answer::unreachable(query, trouble),
            };
            if matches!(query, Query::OpenRuns(_)) {
                self.shared.lock().unwrap().happens(Moment::RunsListed);
            }
            answer
        }
        .boxed()
    }

    fn carry_out<'a>(
        &'a self,
        _: &'a Grant,
        effect: &'a Effect,
    ) -> BoxFuture<'a, Result<Option<Pin>, Trouble>> {
        effects::carry_out(self, effect).boxed()
    }
}
