//! The search between two generations.

use super::distribution::Distribution;
use super::member::{Member, ranked};
use super::strategy::real;
use super::warm::SIGMA;
use crate::rng::Random;
use crate::sampler::{Evidence, Observation};
use crate::space::Dimension;

/// Restarts double the population up to this many times the first one.
const LARGEST: usize = 8;

/// Where the search stands: the distribution that the trials of one generation are drawn from, and who they are.
///
/// Generations are blocks of trial numbers, so which one a trial belongs to never depends on arrival.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Search {
    pub distribution: Distribution,
    /// Number of members.
    pub population: usize,
    /// Number of the first member.
    pub first: i64,
}

impl Search {
    /// Number after the last member.
    pub(super) fn end(&self) -> i64 {
        self.first.saturating_add_unsigned(self.population as u64)
    }

    /// The members, when the generation is closed for the trial `number`. History is that of the study itself, by number.
    ///
    /// It is closed when all members finished, or when as many later trials have: a straggler is not waited for, and changes
    /// its own generation only when it comes in after all.
    pub(super) fn closed<'a>(&self, history: &'a [Observation], number: i64) -> Option<&'a [Observation]> {
        if number < self.end() {
            return None;
        }
        let is_finished = |trial: &&Observation| trial.evidence != Evidence::Pending;
        let place = |number| history.partition_point(|trial| trial.number < number);
        let (members, later) =
            (&history[place(self.first)..place(self.end())], &history[place(self.end())..]);
        let is_closed = members.iter().all(|member| is_finished(&member))
            || later.iter().filter(is_finished).take(self.population).count() == self.population;
        is_closed.then_some(members)
    }

    /// The search after its members; `base` is the population that a study starts with.
    pub(super) fn next(
        &self,
        members: Vec<Member>,
        dimensions: &[Dimension],
        seed: u64,
        base: usize,
    ) -> Self {
        let margin = 1.0 / (real(dimensions.len()) * real(self.population));
        let mut next = Self { first: self.end(), ..self.clone() };
        let Some(ranked) = ranked(members, |dimension| self.distribution.deviation(dimension)) else {
            return next;
        };
        next.distribution.update(&ranked, dimensions, margin);
        if next.distribution.is_settled(dimensions, margin) {
            next.restart(dimensions.len(), seed, base);
        }
        next
    }

    /// Starts again elsewhere with twice the population (Auger, Hansen 2005, IPOP).
    fn restart(&mut self, size: usize, seed: u64, base: usize) {
        let mut random = Random::new(seed, self.first, "cma restart");
        let mean = (0..size).map(|_| random.uniform()).collect();
        self.distribution = Distribution::ball(mean, SIGMA);
        self.population = (2 * self.population).min(LARGEST * base);
    }
}
