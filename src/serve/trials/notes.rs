//! What becomes of a call that is not let in: it is counted each time; the log and an Event have it once in a while.

use std::sync::Arc;
use std::time::Instant;

use super::claim;
use super::port::Trials;
use super::quiet::{Quiet, Thing};
use crate::cluster::workers::Rejection;
use crate::plan::Subject;
use crate::plan::trials::Forbidden;
use crate::telemetry::Metrics;

/// Reason of every 401.
pub(super) const UNAUTHENTICATED: &str = "Unauthenticated";
/// Reason of the 403 of a pod that is being deleted, which is as it should be.
pub(super) const POD_LEAVING: &str = "PodLeaving";
/// Longest text of somebody else's that the log has.
const LONGEST: usize = 200;

/// Notes of calls that were not let in.
pub(super) struct Notes {
    trials: Arc<dyn Trials>,
    metrics: Metrics,
    quiet: Quiet,
}

impl Notes {
    pub(super) fn new(trials: Arc<dyn Trials>, metrics: Metrics) -> Self {
        Self { trials, metrics, quiet: Quiet::default() }
    }

    /// A call that was rejected, with this token.
    pub(super) fn rejected(&self, rejection: &Rejection, token: &str) {
        match rejection {
            Rejection::Forbidden(forbidden) => self.forbidden(forbidden),
            Rejection::Unauthenticated(why) => self.unauthenticated(why, Some(token)),
            Rejection::Unavailable(_) | Rejection::NotPermitted(_) => {
                if self.is_time("Unavailable", None) {
                    tracing::warn!(%rejection, "callers of the trial service can't be known");
                }
            }
        }
    }

    /// A call of somebody who is known, and is no worker.
    pub(super) fn forbidden(&self, forbidden: &Forbidden) {
        let Forbidden { reason, message, about } = forbidden;
        self.metrics.forbade_worker(403, reason);
        if self.is_time(reason, about.as_ref()) {
            tracing::warn!(reason, message, "a call was forbidden");
            self.tell(about.clone(), reason, message.clone());
        }
    }

    /// A call of somebody whom nobody knows. Nothing that it says stands in an Event: who sends it may write there what they like.
    pub(super) fn unauthenticated(&self, why: &str, token: Option<&str>) {
        self.metrics.forbade_worker(401, UNAUTHENTICATED);
        let claim = token.and_then(claim::of);
        let about = claim.and_then(|claim| self.trials.claimed(&claim.namespace, &claim.pod));
        if !self.is_time(UNAUTHENTICATED, about.as_ref()) {
            return;
        }
        let why: String = why.chars().take(LONGEST).collect();
        let sweep = about.as_ref().map(|sweep| format!("{}/{}", sweep.namespace, sweep.name));
        tracing::warn!(reason = UNAUTHENTICATED, sweep, why, "a call was not authenticated");
        let message = match &about {
            Some(_) => {
                "the trial service was called with a token that the API server does not take: expired, forged, or not meant for \
                 podium; it says that it is of a worker of this sweep, for which nobody vouches"
            }
            None => {
                "the trial service was called without a token that the API server takes: expired, forged, or not meant for podium; \
                 it leads to no open sweep"
            }
        };
        self.tell(about, UNAUTHENTICATED, message.to_owned());
    }

    fn is_time(&self, reason: &'static str, about: Option<&Subject>) -> bool {
        let (namespace, uid) =
            about.map(|about| (about.namespace.clone(), about.uid.clone())).unwrap_or_default();
        self.quiet.may_say(Thing { namespace, uid, reason }, Instant::now())
    }

    /// Nobody waits for it: the caller least of all.
    fn tell(&self, about: Option<Subject>, reason: &'static str, message: String) {
        let trials = Arc::clone(&self.trials);
        tokio::spawn(async move { trials.refused(about.as_ref(), reason, &message).await });
    }
}
