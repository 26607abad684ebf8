//! Rebuilds a sweep from its records.

use podium_search::{Finished, Outcome, PointError, Record as StudyRecord, RestoreError, State, WarmStart};
use serde_json::{Map, Value};

use super::{Cut, Failure, Sweep};

/// A trial as it was kept outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number, from 0.
    pub number: i64,
    /// Its values.
    pub parameters: Map<String, Value>,
    /// What it reported, by step.
    pub reports: Vec<(i64, f64)>,
    /// Why it was told to stop, when it was.
    pub cut: Option<Cut>,
    /// How it ended, when it did.
    pub ended: Option<Ended>,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// For the search.
    pub outcome: Outcome,
    /// Why, when it failed.
    pub failure: Option<Failure>,
}

/// What restoring did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Restored {
    /// Trials that count.
    pub kept: usize,
    /// Those of them that did not end: they are given out again first.
    pub pending: usize,
    /// Trials that don't fit the space, with the reason. They keep their numbers, and nothing rests on them.
    pub ignored: Vec<(i64, PointError)>,
}

impl Sweep {
    /// Takes the trials of the sweep as they were kept outside, in any order. A trial that was told to stop and did not get to
    /// its end counts as stopped; one that just did not end will be given out again.
    ///
    /// # Errors
    /// When a number is there twice or out of range. Then nothing changed.
    pub fn restore(&mut self, records: Vec<Record>) -> Result<Restored, RestoreError> {
        let study = records.iter().map(|record| StudyRecord {
            number: record.number,
            point: record.parameters.clone(),
            state: record.ended.as_ref().map_or(State::Pending, |ended| State::Finished(ended.outcome)),
        });
        let restored = self.study.restore(study)?;
        for record in records {
            if self.study.trial(record.number).is_some() {
                self.remember(record);
            }
        }
        let pending = self.counts().pending;
        let pending = usize::try_from(pending).unwrap_or(usize::MAX);
        Ok(Restored { kept: restored.kept, pending, ignored: restored.ignored })
    }

    /// Takes finished trials of earlier sweeps, the oldest first: the method learns from them, and what they tried is not
    /// suggested again. They are none of this sweep's trials: they count for no limit, no sum, no patience, and are never the
    /// best. Those that don't fit the space are dropped.
    pub fn learn(&mut self, earlier: &[Finished]) -> WarmStart {
        self.study.warm_start(earlier)
    }

    fn remember(&mut self, record: Record) {
        let number = record.number;
        self.track(number);
        for (step, value) in record.reports {
            self.note(number, step, value);
        }
        if let Some(cut) = record.cut {
            self.cuts.insert(number, cut);
        }
        match record.ended {
            Some(Ended { outcome, failure }) => self.finish(number, outcome.settled(), failure),
            // It was stopped for good: running it again would give it steps that it was refused.
            None if record.cut.is_some() => {
                let stopped = self.tell(number, super::End::Stopped);
                debug_assert!(stopped.is_ok(), "a pending trial can be told");
            }
            None => {}
        }
    }
}
