//! What is remembered for a short time, and never more than so many.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Values that are forgotten after a time.
pub(super) struct Cache<K, V> {
    kept_for: Duration,
    most: usize,
    values: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Keeps each value for a time, and no more than `most`.
    pub(super) fn new(kept_for: Duration, most: usize) -> Self {
        Self { kept_for, most, values: Mutex::default() }
    }

    /// The value, unless it is too old.
    pub(super) fn get(&self, key: &K, now: Instant) -> Option<V> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = values.get(key)?;
        (now.saturating_duration_since(*since) < self.kept_for).then(|| value.clone())
    }

    /// Keeps a value. Where there is no room even without those that are too old, all are forgotten: they are asked for
    /// again, which is right, and quick enough where it happens at all.
    pub(super) fn put(&self, key: K, value: V, now: Instant) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.most {
            values.retain(|_, (since, _)| now.saturating_duration_since(*since) < self.kept_for);
        }
        if values.len() >= self.most {
            values.clear();
        }
        values.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_forgotten_after_its_time() {
        let cache = Cache::new(Duration::from_secs(60), 10);
        let now = Instant::now();
        cache.put("a", 1, now);
        assert_eq!(cache.get(&"a", now + Duration::from_secs(59)), Some(1));
        assert_eq!(cache.get(&"a", now + Duration::from_secs(60)), None);
    }

    #[test]
    fn there_are_never_more_values_than_room() {
        let cache = Cache::new(Duration::from_secs(60), 10);
        let now = Instant::now();
        for number in 0..1000 {
            cache.put(number, number, now);
            assert!(cache.values.lock().unwrap().len() <= 10);
            assert_eq!(cache.get(&number, now), Some(number));
        }
    }

    #[test]
    fn old_values_make_room_for_new_ones_and_young_ones_stay() {
        let cache = Cache::new(Duration::from_secs(60), 2);
        let now = Instant::now();
        cache.put("old", 1, now);
        cache.put("young", 2, now + Duration::from_secs(50));
        cache.put("new", 3, now + Duration::from_secs(61));
        assert_eq!(cache.get(&"young", now + Duration::from_secs(61)), Some(2));
    }
}
