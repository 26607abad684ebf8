//! Takes what became of a trial.

use thiserror::Error;

use super::Study;
use super::history::evidence;
use crate::{Outcome, State};

/// What a result did to the study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It counts from now on.
    Accepted,
    /// The same was told before; nothing changed.
    Repeated,
    /// Accepted, but the trial's point is not of this space, so no suggestion rests on it.
    Outside,
}

/// Why a result was not taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TellError {
    /// No such trial was given out.
    #[error("there is no trial {number} in this study")]
    Unknown {
        /// As told.
        number: i64,
    },
    /// The first result stands.
    #[error("trial {number} ended as {first:?} and can't end as {second:?} too")]
    Contradiction {
        /// As told.
        number: i64,
        /// What counts.
        first: Outcome,
        /// What was refused.
        second: Outcome,
    },
}

impl Study {
    /// Takes the outcome of a trial. NaN and infinities count as failed.
    ///
    /// # Errors
    /// When the trial was never given out, or has another outcome already: the first one stands.
    pub fn tell(&mut self, number: i64, outcome: Outcome) -> Result<Told, TellError> {
        let outcome = outcome.settled();
        let is_outside = self.outside.contains_key(&number);
        let known = self.trials.get_mut(&number).map(|trial| &mut trial.state);
        let state = known.or_else(|| self.outside.get_mut(&number)).ok_or(TellError::Unknown { number })?;
        match *state {
            State::Finished(first) if first.settled() == outcome => return Ok(Told::Repeated),
            State::Finished(first) => {
                return Err(TellError::Contradiction { number, first, second: outcome });
            }
            State::Pending => *state = State::Finished(outcome),
        }
        if is_outside {
            return Ok(Told::Outside);
        }
        self.history.set(number, evidence(State::Finished(outcome), self.settings.goal));
        Ok(Told::Accepted)
    }
}
