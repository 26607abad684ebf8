//! How long a call is repeated: pure arithmetic on instants.

use std::time::{Duration, Instant};

use super::trouble::{Refusal, Trouble};

/// One call's patience.
#[derive(Debug)]
pub(super) struct Patience {
    timeout: Duration,
    refusal: Duration,
    /// Since when each round has ended with the same refusal.
    refused: Option<(std::mem::Discriminant<Trouble>, Instant)>,
}

impl Patience {
    /// So long without an answer, and so long of refusals only.
    pub(super) const fn new(timeout: Duration, refusal: Duration) -> Self {
        Self { timeout, refusal, refused: None }
    }

    /// The time that is left after a round that ended with this trouble; `answered` is when the last answer came.
    ///
    /// # Errors
    /// None is left.
    pub(super) fn left(
        &mut self,
        trouble: Trouble,
        answered: Instant,
        now: Instant,
    ) -> Result<Duration, Refusal> {
        let left = (answered + self.timeout).saturating_duration_since(now);
        let kind = std::mem::discriminant(&trouble);
        match trouble {
            Trouble::DataChanged(message) => Err(Refusal::DataChanged(message)),
            Trouble::Conflict(message) => Err(Refusal::Conflict(message)),
            Trouble::Malformed(message) => Err(Refusal::Malformed(message)),
            Trouble::Away(message) => {
                self.refused = None;
                let seconds = now.saturating_duration_since(answered).as_secs();
                if left.is_zero() { Err(Refusal::Gone { seconds, message }) } else { Ok(left) }
            }
            Trouble::Denied(message) => self.refused_left(kind, now).ok_or(Refusal::Denied(message)),
            Trouble::Unknown(message) => self.refused_left(kind, now).ok_or(Refusal::Unknown(message)),
        }
    }

    fn refused_left(&mut self, kind: std::mem::Discriminant<Trouble>, now: Instant) -> Option<Duration> {
        let since = match self.refused {
            Some((refused, since)) if refused == kind => since,
            _ => now,
        };
        self.refused = Some((kind, since));
        Some((since + self.refusal).saturating_duration_since(now)).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> Patience {
        Patience::new(600 * SECOND, 60 * SECOND)
    }

    fn away() -> Trouble {
        Trouble::Away("silent".to_owned())
    }

    fn denied() -> Trouble {
        Trouble::Denied("401".to_owned())
    }

    #[test]
    fn silence_is_counted_from_the_last_answer_and_not_from_the_call() {
        let answered = Instant::now();
        let mut patience = patience();
        assert_eq!(patience.left(away(), answered, answered + 599 * SECOND), Ok(SECOND));
        let gone = Refusal::Gone { seconds: 600, message: "silent".to_owned() };
        assert_eq!(patience.left(away(), answered, answered + 600 * SECOND), Err(gone));
    }

    #[test]
    fn a_refusal_is_waited_for_only_while_it_is_new() {
        let begin = Instant::now();
        let mut patience = patience();
        assert_eq!(patience.left(denied(), begin, begin), Ok(60 * SECOND));
        assert_eq!(patience.left(denied(), begin, begin + 59 * SECOND), Ok(SECOND));
        let refused = Err(Refusal::Denied("401".to_owned()));
        assert_eq!(patience.left(denied(), begin, begin + 60 * SECOND), refused);
    }

    #[test]
    fn a_refusal_after_silence_is_new_again() {
        let begin = Instant::now();
        let mut patience = patience();
        patience.left(denied(), begin, begin).unwrap();
        patience.left(away(), begin, begin + 30 * SECOND).unwrap();
        assert_eq!(patience.left(denied(), begin, begin + 70 * SECOND), Ok(60 * SECOND));
        let unknown = Trouble::Unknown("404".to_owned());
        assert_eq!(patience.left(unknown, begin, begin + 129 * SECOND), Ok(60 * SECOND));
    }

    #[test]
    fn what_is_final_is_told_at_once() {
        let now = Instant::now();
        let conflict = patience().left(Trouble::Conflict("409".to_owned()), now, now);
        assert_eq!(conflict, Err(Refusal::Conflict("409".to_owned())));
        let malformed = patience().left(Trouble::Malformed("400".to_owned()), now, now);
        assert_eq!(malformed, Err(Refusal::Malformed("400".to_owned())));
    }
}
