//! Who has which open trials. A worker has one; or one that it runs and one that waits for its turn; and for a moment one more, whose
//! end is being told.

use std::collections::BTreeMap;

use k8s_openapi::jiff::{SignedDuration, Timestamp};

/// Open trials by their workers, and when each was last heard of.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// In the order in which they were given. None is empty.
    held: BTreeMap<String, Vec<i64>>,
    heard: BTreeMap<i64, Timestamp>,
}

impl Hands {
    /// A worker gets a trial.
    pub fn give(&mut self, worker: &str, number: i64, now: Timestamp) {
        let held = self.held.entry(worker.to_owned()).or_default();
        if !held.contains(&number) {
            held.push(number);
        }
        self.heard.insert(number, now);
    }

    /// A worker has a trial no longer.
    pub fn take(&mut self, worker: &str, number: i64) {
        let Some(held) = self.held.get_mut(worker) else { return };
        let before = held.len();
        held.retain(|one| *one != number);
        if held.len() < before {
            self.heard.remove(&number);
        }
        if held.is_empty() {
            self.held.remove(worker);
        }
    }

    /// Trials of a worker, in the order in which they were given.
    pub fn of(&self, worker: &str) -> &[i64] {
        self.held.get(worker).map_or(&[], Vec::as_slice)
    }

    /// A worker was heard of while it has a trial.
    pub fn hear(&mut self, worker: &str, number: i64, now: Timestamp) {
        if self.of(worker).contains(&number) {
            self.heard.insert(number, now);
        }
    }

    /// Workers that have a trial.
    pub fn workers(&self) -> impl Iterator<Item = &str> {
        self.held.keys().map(String::as_str)
    }

    /// How many those are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// All trials that a worker has, with it.
    pub fn trials(&self) -> impl Iterator<Item = (&str, i64)> {
        self.held.iter().flat_map(|(worker, held)| held.iter().map(|number| (worker.as_str(), *number)))
    }

    /// Those that were not heard of for so long.
    pub fn silent(&self, lease: SignedDuration, now: Timestamp) -> impl Iterator<Item = (&str, i64)> {
        let is_silent = move |number: &i64| {
            self.heard.get(number).is_some_and(|heard| now.duration_since(*heard) >= lease)
        };
        self.trials().filter(move |(_, number)| is_silent(number))
    }
}
