//! Room `tracking`: the port to MLflow. Answers queries and carries out effects; decides nothing.

mod mlflow;

use futures::future::BoxFuture;

pub use mlflow::{Login, MlflowTracking};

use crate::plan::{Answer, Effect, Pin, Query, Trouble};
use crate::settings::Grant;

/// What the reconcilers need of MLflow; tests put a faulty one in its place.
pub trait Tracking: Send + Sync {
    /// Answers a query with the operator's login, on the server of a namespace.
    fn answer<'a>(&'a self, grant: &'a Grant, query: &'a Query) -> BoxFuture<'a, Answer>;

    /// Carries out an effect. It may be repeated after any failure.
    ///
    /// # Errors
    /// When MLflow did not take it, or may not have.
    fn carry_out<'a>(
        &'a self,
        grant: &'a Grant,
        effect: &'a Effect,
    ) -> BoxFuture<'a, Result<Option<Pin>, Trouble>>;

    /// Closes runs of this installation whose owner is gone, and removes strays: open runs that their owner's status
    /// does not name. Returns how many were closed or removed.
    ///
    /// # Errors
    /// When MLflow can't be searched.
    fn sweep<'a>(&'a self, grant: &'a Grant, living: &'a Living) -> BoxFuture<'a, Result<usize, Trouble>>;
}

/// The owners that exist in a namespace, as they stood before the search of runs began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Living {
    /// Installation of the operator.
    pub installation: String,
    /// Uids of the owners, each with the runs that its status names and the key of its open run.
    pub owners: std::collections::BTreeMap<String, LivingOwner>,
    /// Unix time in ms; only runs that started before are judged, so that one that is about to be pinned is left alone.
    pub before_ms: i64,
    /// Unix time in ms, the end time of what is closed.
    pub now_ms: i64,
}

/// An owner that exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LivingOwner {
    /// Runs that its status names.
    pub pinned: std::collections::BTreeSet<String>,
    /// Key of its run that is not closed yet.
    pub open_run: Option<String>,
}
