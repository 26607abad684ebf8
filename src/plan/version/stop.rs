//! How a plan ends early: a question, an unanswered one, or a step that must be done first.

use super::VersionPlan;
use crate::plan::{Need, Query, Reading, Trouble};

/// Why planning goes no further now.
pub enum Stop {
    /// These must be answered first.
    Ask(Vec<Query>),
    /// MLflow did not answer: unknown holds.
    Hold(Trouble),
    /// This must be done first.
    Done(Box<VersionPlan>),
}

/// A value, or why planning goes no further now.
pub type Go<T> = Result<T, Stop>;

/// Stops at a plan.
pub fn stop<T>(plan: VersionPlan) -> Go<T> {
    Err(Stop::Done(Box::new(plan)))
}

/// An answer: `None` when MLflow says that there is none.
pub fn answered<T>(reading: Result<&Reading<T>, Need>) -> Go<Option<&T>> {
    match reading {
        Err(Need(query)) => Err(Stop::Ask(vec![query])),
        Ok(Reading::Unreachable(trouble)) => Err(Stop::Hold(trouble.clone())),
        Ok(Reading::Missing) => Ok(None),
        Ok(Reading::Found(facts)) => Ok(Some(facts)),
    }
}

/// Both, with the questions of both asked in one round.
pub fn both<A, B>(one: Go<A>, other: Go<B>) -> Go<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Stop::Ask(mut queries)), Err(Stop::Ask(more))) => {
            queries.extend(more);
            Err(Stop::Ask(queries))
        }
        (Err(stop), _) | (_, Err(stop)) => Err(stop),
    }
}

/// A question that is asked only where there is something to ask about.
pub fn where_some<K, T>(key: Option<K>, ask: impl FnOnce(K) -> Go<Option<T>>) -> Go<Option<T>> {
    key.map_or(Ok(None), ask)
}
