//! Says a thing once in five minutes: a pod that is refused tries again each few seconds, and who wants to flood the API server with Events
//! should not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two sayings of one thing.
const PAUSE: Duration = Duration::from_secs(300);
/// Things of one namespace that are said in that time: nobody there can crowd out what others should hear.
const MOST_OF_ONE: usize = 32;
/// Things that are said in that time.
const MOST: usize = 1024;

/// What is said, and about what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Thing {
    /// Namespace of the object; empty where there is none.
    pub namespace: String,
    /// Its uid; empty where there is none.
    pub uid: String,
    pub reason: &'static str,
}

/// What was said when.
#[derive(Default)]
pub(super) struct Quiet(Mutex<HashMap<Thing, Instant>>);

impl Quiet {
    /// Whether it is time to say it. Who asks says it.
    pub(super) fn may_say(&self, thing: Thing, now: Instant) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.get(&thing).is_some_and(|at| is_young(*at, now)) {
            return false;
        }
        said.retain(|_, at| is_young(*at, now));
        let of_one = said.keys().filter(|other| other.namespace == thing.namespace).count();
        if said.len() >= MOST || of_one >= MOST_OF_ONE {
            return false;
        }
        said.insert(thing, now);
        true
    }
}

fn is_young(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < PAUSE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(namespace: &str, uid: &str, reason: &'static str) -> Thing {
        Thing { namespace: namespace.to_owned(), uid: uid.to_owned(), reason }
    }

    #[test]
    fn one_thing_is_said_once_in_five_minutes_and_others_beside_it() {
        let quiet = Quiet::default();
        let now = Instant::now();
        assert!(quiet.may_say(thing("ml", "churn", "PodEnded"), now));
        assert!(!quiet.may_say(thing("ml", "churn", "PodEnded"), now + Duration::from_secs(299)));
        assert!(quiet.may_say(thing("ml", "churn", "JobGone"), now));
        assert!(quiet.may_say(thing("ml", "wine", "PodEnded"), now));
        assert!(quiet.may_say(thing("ml", "churn", "PodEnded"), now + PAUSE));
    }

    #[test]
    fn a_namespace_that_floods_is_cut_off_and_others_are_heard() {
        let quiet = Quiet::default();
        let now = Instant::now();
        let flood = |number: usize| quiet.may_say(thing("evil", &number.to_string(), "NotOfAJob"), now);
        assert_eq!((0..5000).filter(|number| flood(*number)).count(), 32);
        assert!(quiet.may_say(thing("ml", "churn", "NotOfAJob"), now));
    }

    #[test]
    fn a_flood_from_everywhere_is_not_remembered_without_bound() {
        let quiet = Quiet::default();
        let now = Instant::now();
        let said = |number: &usize| quiet.may_say(thing(&number.to_string(), "", "JobGone"), now);
        assert_eq!((0..5000).filter(said).count(), 1024);
    }
}
