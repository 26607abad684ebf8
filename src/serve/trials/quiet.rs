//! Says a thing once a minute: a pod that is refused tries again each few seconds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two sayings of one thing.
const PAUSE: Duration = Duration::from_secs(60);
/// Things that are remembered; beyond them nothing new is said.
const MOST: usize = 1024;

/// What was said when, by uid and reason.
#[derive(Default)]
pub(super) struct Quiet(Mutex<HashMap<(String, &'static str), Instant>>);

impl Quiet {
    /// Whether it is time to say it. Who asks says it.
    pub(super) fn may_say(&self, uid: &str, reason: &'static str, now: Instant) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|_, at| now.saturating_duration_since(*at) < PAUSE);
        let key = (uid.to_owned(), reason);
        if said.len() >= MOST || said.contains_key(&key) {
            return false;
        }
        said.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_said_once_a_minute_and_others_beside_it() {
        let quiet = Quiet::default();
        let now = Instant::now();
        assert!(quiet.may_say("churn", "PodEnded", now));
        assert!(!quiet.may_say("churn", "PodEnded", now + Duration::from_secs(59)));
        assert!(quiet.may_say("churn", "JobGone", now) && quiet.may_say("wine", "PodEnded", now));
        assert!(quiet.may_say("churn", "PodEnded", now + PAUSE));
    }

    #[test]
    fn a_flood_of_things_is_not_remembered_without_bound() {
        let quiet = Quiet::default();
        let now = Instant::now();
        let said = (0..5000).filter(|number| quiet.may_say(&number.to_string(), "JobGone", now)).count();
        assert_eq!(said, MOST);
    }
}
