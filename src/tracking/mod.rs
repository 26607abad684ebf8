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
}
