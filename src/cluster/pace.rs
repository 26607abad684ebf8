//! How soon an object may be reconciled again: at once when it has rested, else together with what else changes meanwhile.
//! A debounce would make the first change wait for the others, and a sleep would hold one of the few places at work.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::watch::Key;

/// Rest after a reconcile. What changes in this time is looked at once: 100 candidates start as hundreds of changes.
const REST: Duration = Duration::from_millis(100);

/// When the objects that have not rested yet were last reconciled.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<Key, Instant>>);

impl Pace {
    /// How long an object must still rest.
    pub fn wait(&self, key: &Key, now: Instant) -> Option<Duration> {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = REST.checked_sub(now.saturating_duration_since(*ended.get(key)?))?;
        (!left.is_zero()).then_some(left)
    }

    /// An object was reconciled. Forgets those that have rested.
    pub fn ended(&self, key: Key, now: Instant) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, at| now.saturating_duration_since(*at) < REST);
        ended.insert(key, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { namespace: "ml".into(), name: name.into() }
    }

    #[test]
    fn an_object_that_has_rested_is_reconciled_at_once_and_one_that_has_not_when_it_has() {
        let (pace, start) = (Pace::default(), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!(pace.wait(&key("a"), start), None);
        pace.ended(key("a"), start);
        assert_eq!(pace.wait(&key("a"), after(30)), Some(Duration::from_millis(70)));
        assert_eq!(pace.wait(&key("b"), after(30)), None);
        assert_eq!(pace.wait(&key("a"), after(100)), None);
    }

    #[test]
    fn objects_that_have_rested_are_forgotten() {
        let (pace, start) = (Pace::default(), Instant::now());
        (0..50).for_each(|number| pace.ended(key(&number.to_string()), start));
        pace.ended(key("late"), start + REST);
        let known: Vec<Key> = pace.0.lock().unwrap().keys().cloned().collect();
        assert_eq!(known, [key("late")]);
    }
}
