//! The service before fakes of those who know trials and callers.

mod calls;
mod tls;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use podium_contract::{Ask, Asked, Report, Reported, Tell, Told};
use serde_json::{Value, json};

use super::*;
use crate::cluster::workers::{Caller, Forbidden, Rejection, SweepRef};
use crate::plan::trials::{Refusal, Worker};

fn sweep() -> SweepRef {
    SweepRef { namespace: "ml".into(), name: "churn".into(), uid: "churn-uid".into() }
}

fn worker() -> Worker {
    Worker { namespace: "ml".into(), sweep_uid: "churn-uid".into(), job: "churn-0".into() }
}

/// A call that goes well.
fn ask() -> Value {
    json!({"run": "r1"})
}

/// Knows tokens by their names.
struct Names;

impl Callers for Names {
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Rejection>> {
        let caller = |leaving| Ok(Caller { worker: worker(), sweep: sweep(), leaving });
        let forbidden = |sweep| {
            let message = "Job ml/churn-0 is gone".to_owned();
            Err(Rejection::Forbidden(Box::new(Forbidden { reason: "JobGone", message, sweep })))
        };
        let known = match token {
            "worker" => caller(false),
            "leaving" => caller(true),
            "forbidden" => forbidden(Some(sweep())),
            "stranger" => forbidden(None),
            "away" => Err(Rejection::Unavailable("etcd".to_owned())),
            "unreviewed" => Err(Rejection::NotPermitted("create tokenreviews")),
            _ => Err(Rejection::Unauthenticated("forged".to_owned())),
        };
        Box::pin(async move { known })
    }
}

/// Answers every call alike, and notes what it was told.
#[derive(Default)]
struct Fake {
    standby: AtomicBool,
    refusal: Mutex<Option<Refusal>>,
    slow: Duration,
    asked: AtomicUsize,
    forbidden: Mutex<Vec<(String, &'static str)>>,
}

impl Fake {
    async fn answer<A>(&self, caller: &Worker, answer: A) -> Result<A, Refusal> {
        assert_eq!(caller, &worker());
        tokio::time::sleep(self.slow).await;
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.refusal.lock().unwrap().clone().map_or(Ok(answer), Err)
    }
}

impl Trials for Fake {
    fn leads(&self) -> bool {
        !self.standby.load(Ordering::Relaxed)
    }

    fn epoch(&self) -> i32 {
        3
    }

    fn ask<'a>(&'a self, worker: &'a Worker, call: Ask) -> BoxFuture<'a, Result<Asked, Refusal>> {
        assert_eq!(call.run, "r1");
        Box::pin(self.answer(worker, Asked::Wait { seconds: 2.0 }))
    }

    fn report<'a>(&'a self, worker: &'a Worker, _: Report) -> BoxFuture<'a, Result<Reported, Refusal>> {
        Box::pin(self.answer(worker, Reported::Stop))
    }

    fn tell<'a>(&'a self, worker: &'a Worker, _: Tell) -> BoxFuture<'a, Result<Told, Refusal>> {
        Box::pin(self.answer(worker, Told::Accepted))
    }

    fn forbidden<'a>(&'a self, sweep: &'a SweepRef, reason: &'static str, _: &'a str) -> BoxFuture<'a, ()> {
        self.forbidden.lock().unwrap().push((sweep.name.clone(), reason));
        Box::pin(async {})
    }
}
