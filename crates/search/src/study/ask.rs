//! Gives out the next trial.

use thiserror::Error;

use super::Study;
use crate::permutation::Permutation;
use crate::rng::Random;
use crate::sampler::{Evidence, Observation, Request, Suggestion};
use crate::space::Row;
use crate::{PointError, State, Trial};

/// Draws before a random point is looked up among those that are left.
const DRAWS: usize = 64;

/// The answer to a worker that wants a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A new trial, pending from now on.
    Trial(Trial),
    /// Every point is given out, but some are still running: one of them may have to be given out again.
    Wait,
    /// Every point was tried and told.
    Exhausted,
}

/// A point that can't be queued.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("queued point {place}: {error}")]
pub struct EnqueueError {
    /// Its place in the list, from 0.
    pub place: usize,
    /// What is wrong with it.
    pub error: Box<PointError>,
}

impl Study {
    /// The next trial, with the first number that is free: a queued point, else a suggestion of the method. No point is suggested twice while an untried one exists.
    pub fn ask(&mut self) -> Ask {
        let number = self.next_number();
        match self.next_queued().or_else(|| self.suggest(number)) {
            Some(row) => Ask::Trial(self.give(number, row)),
            None if self.pending().next().is_some() => Ask::Wait,
            None => Ask::Exhausted,
        }
    }

    /// Puts points at the end of the queue. Queued points run before all suggestions; one that the study has tried already is
    /// skipped when its turn comes, so a whole list can be queued again after a restart.
    ///
    /// # Errors
    /// The first point that is not of this space, with its place in the list. Then none is queued.
    pub fn enqueue(
        &mut self,
        points: &[serde_json::Map<String, serde_json::Value>],
    ) -> Result<(), EnqueueError> {
        let read = |(place, point)| {
            self.space.read(point).map_err(|error| EnqueueError { place, error: Box::new(error) })
        };
        let read: Result<Vec<_>, _> = points.iter().enumerate().map(read).collect();
        self.queue.extend(read?);
        Ok(())
    }

    /// The first that is free. Below the last one there may be some in a restored study, whose trials nobody kept.
    fn next_number(&mut self) -> i64 {
        while self.trials.contains_key(&self.first_free) || self.outside.contains_key(&self.first_free) {
            self.first_free += 1;
        }
        self.first_free
    }

    fn next_queued(&mut self) -> Option<Row> {
        while let Some(point) = self.queue.pop_front() {
            let row = self.space.row(&point).filter(|row| !self.history.is_own(row));
            if row.is_some() {
                return row;
            }
        }
        None
    }

    fn suggest(&mut self, number: i64) -> Option<Row> {
        if self.lattice.as_ref().is_some_and(|lattice| lattice.count() <= self.history.distinct()) {
            return None;
        }
        let history = &self.history;
        let request = Request {
            space: &self.space,
            seed: self.settings.seed,
            number,
            history: history.observations(),
            is_tried: &|row| history.is_tried(row),
        };
        match self.sampler.suggest(&request) {
            Suggestion::Ranked(rows) => self.first_untried(rows).or_else(|| self.draw(number)),
            Suggestion::Random => self.draw(number),
            Suggestion::Exhausted => None,
        }
    }

    fn first_untried(&self, rows: impl IntoIterator<Item = Row>) -> Option<Row> {
        rows.into_iter().map(|row| self.space.canonical(&row)).find(|row| !self.history.is_tried(row))
    }

    /// A random untried point: drawn, and where nearly all are tried, looked up.
    fn draw(&self, number: i64) -> Option<Row> {
        let mut random = Random::new(self.settings.seed, number, "random");
        let draws = (0..DRAWS).map(|_| self.space.draw(&mut random));
        self.first_untried(draws).or_else(|| self.look_up(&mut random))
    }

    /// Walks through all points of a finite space in a random order. Ends at the latest one step after the tried ones.
    fn look_up(&self, random: &mut Random) -> Option<Row> {
        let lattice = self.lattice.as_ref()?;
        let order = Permutation::new(lattice.count(), random);
        self.first_untried((0..lattice.count()).map(|place| lattice.at(order.at(place))))
    }

    fn give(&mut self, number: i64, row: Row) -> Trial {
        let trial = Trial { number, point: self.space.point(&row), state: State::Pending };
        self.history.insert(Observation { number, row, evidence: Evidence::Pending });
        self.trials.insert(number, trial.clone());
        trial
    }
}
