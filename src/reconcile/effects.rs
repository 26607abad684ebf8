//! Questions to MLflow and effects on it, several at a time.

use futures::StreamExt;

use super::{Context, Error};
use crate::plan::{Effect, Known, Pin, Query, Step, Trouble};
use crate::settings::Grant;

/// Requests at once; the client has the same cap.
const AT_ONCE: usize = 8;
/// Most rounds of questions before a decision.
const ROUNDS: usize = 8;

impl Context {
    /// Plans, answers what the planner asks, and plans again. What is answered is added to `known`.
    pub(super) async fn decide<P>(
        &self,
        grant: &Grant,
        known: &mut Known,
        plan: impl Fn(&Known) -> Step<P>,
    ) -> Result<P, Error> {
        for _ in 0..ROUNDS {
            match plan(known) {
                Step::Done(plan) => return Ok(plan),
                Step::Need(queries) => self.answer(grant, queries, known).await,
            }
        }
        Err(Error::Rounds(ROUNDS))
    }

    /// Answers questions, several at a time.
    pub(super) async fn answer(&self, grant: &Grant, queries: Vec<Query>, known: &mut Known) {
        let mut answers = futures::stream::iter(queries)
            .map(|query| async move {
                let answer = self.tracking.answer(grant, &query).await;
                (query, answer)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((query, answer)) = answers.next().await {
            known.note(query, answer);
        }
    }

    /// Carries out effects that don't depend on each other. Returns the ids, and the first trouble if there was one.
    pub(super) async fn carry_out(&self, grant: &Grant, effects: &[Effect]) -> (Vec<Pin>, Option<Trouble>) {
        let effects: Vec<_> = effects.iter().map(|effect| self.tracking.carry_out(grant, effect)).collect();
        let mut done = futures::stream::iter(effects).buffered(AT_ONCE);
        let mut pins = Vec::new();
        let mut trouble = None;
        while let Some(result) = done.next().await {
            match result {
                Ok(pin) => pins.extend(pin),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        (pins, trouble)
    }
}
