//! Runs through the generations of a study.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::member::Member;
use super::search::Search;
use super::warm::start;
use crate::rng::Random;
use crate::sampler::{Evidence, Observation, Request};
use crate::space::{Dimension, Row};

/// Generations back that a trial's draw is looked for: more than this have closed while it was asked only with very many
/// trials at a time.
const LAG: usize = 16;
/// Generations that are kept.
const KEPT: usize = 4 * LAG;
/// Draws of one trial, until one is untried: integers and clamped corners come again.
const DRAWS: usize = 8;

/// A memo of the generations so far. What it holds is recognised by all that went into it, so it changes no bit.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The newest searches, each with the print of all that it comes from.
    kept: VecDeque<(u64, Search)>,
    /// Whether older ones were dropped.
    is_cut: bool,
}

impl Replay {
    /// The search that the requested trial is drawn from.
    pub(super) fn run(&mut self, request: &Request<'_>, population: usize) -> Search {
        let history = History::new(request, population);
        if !self.holds(&history) {
            self.is_cut = false;
            self.kept.clear();
        }
        let last = self.kept.back().map(|(_, search)| search.clone());
        let mut search = last.unwrap_or_else(|| history.begin(population));
        if self.kept.is_empty() {
            self.keep(&history, search.clone());
        }
        while let Some(members) = search.closed(history.own, request.number) {
            search = self.advance(&search, members, request, population);
            self.keep(&history, search.clone());
        }
        search
    }

    fn keep(&mut self, history: &History<'_>, search: Search) {
        self.kept.push_back((history.print(&search), search));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
            self.is_cut = true;
        }
    }

    /// Drops what the history no longer leads to; whether enough is left to go on from.
    fn holds(&mut self, history: &History<'_>) -> bool {
        let is_known = |(print, search): &(u64, Search)| *print == history.print(search);
        if !self.kept.front().is_some_and(is_known) {
            return false;
        }
        let follows = |index: &usize| {
            self.kept[index - 1].1.closed(history.own, history.number).is_some()
                && is_known(&self.kept[*index])
        };
        let valid = 1 + (1..self.kept.len()).take_while(follows).count();
        self.kept.truncate(valid);
        // Draws are looked for among the last searches: with fewer of them than a fresh run has, bits could differ.
        !self.is_cut || valid > LAG
    }

    fn advance(
        &self,
        search: &Search,
        members: &[Observation],
        request: &Request<'_>,
        population: usize,
    ) -> Search {
        let dimensions = request.space.dimensions();
        let member = |trial: &Observation| Member {
            place: self.place(trial, dimensions, request.seed),
            evidence: trial.evidence,
        };
        let finished = members.iter().filter(|member| member.evidence != Evidence::Pending);
        search.next(finished.map(member).collect(), dimensions, request.seed, population)
    }

    /// Where a trial was drawn. Its random numbers are known, so its draw can be made again; the one that gives its row is the
    /// place before rounding and clamping. A trial that nobody drew counts as drawn where it lies.
    fn place(&self, trial: &Observation, dimensions: &[Dimension], seed: u64) -> Vec<f64> {
        let lying = places(&trial.row, dimensions);
        let searches: Vec<&Search> = self.kept.iter().rev().take(LAG).map(|(_, search)| search).collect();
        let mut randoms = vec![random(seed, trial.number); searches.len()];
        // Among reals a second draw is all but never needed, and looking for one in vain would be dear.
        let is_finite = dimensions.iter().all(|dimension| dimension.count().is_some());
        for _ in 0..if is_finite { DRAWS } else { 1 } {
            for (search, random) in searches.iter().zip(&mut randoms) {
                let place = search.distribution.draw(random);
                if is_near(&place, &lying, dimensions) {
                    return place;
                }
            }
        }
        lying
    }
}

/// The history of a request, with a print of each beginning of it.
struct History<'a> {
    dimensions: &'a [Dimension],
    /// Trials of earlier studies.
    earlier: &'a [Observation],
    /// Trials of the study itself, by number.
    own: &'a [Observation],
    /// Number of the new trial.
    number: i64,
    /// Print of the first 0, 1, 2, ... own trials with all that stands before them.
    prints: Vec<u64>,
}

impl<'a> History<'a> {
    fn new(request: &Request<'a>, population: usize) -> Self {
        let (earlier, own) =
            request.history.split_at(request.history.partition_point(|trial| trial.number < 0));
        let mut hasher = DefaultHasher::new();
        (request.seed, population).hash(&mut hasher);
        earlier.iter().for_each(|trial| print(trial, &mut hasher));
        let mut prints = vec![hasher.finish()];
        for trial in own {
            print(trial, &mut hasher);
            prints.push(hasher.finish());
        }
        Self { dimensions: request.space.dimensions(), earlier, own, number: request.number, prints }
    }

    /// The print of all trials before the members of a search.
    fn print(&self, search: &Search) -> u64 {
        self.prints[self.own.partition_point(|trial| trial.number < search.first)]
    }

    fn begin(&self, population: usize) -> Search {
        let complete = |trial: &Observation| match trial.evidence {
            Evidence::Complete(value) => Some((places(&trial.row, self.dimensions), value)),
            _ => None,
        };
        let earlier = self.earlier.iter().filter_map(complete).collect();
        Search { distribution: start(earlier, self.dimensions.len()), population, first: 0 }
    }
}

/// Rows to suggest: draws up to the first untried one.
pub(super) fn rows(search: &Search, request: &Request<'_>) -> Vec<Row> {
    let dimensions = request.space.dimensions();
    let mut random = random(request.seed, request.number);
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..DRAWS {
        let place = search.distribution.draw(&mut random);
        let row: Row =
            place.iter().zip(dimensions).map(|(place, dimension)| Some(dimension.at_unit(*place))).collect();
        let row = request.space.canonical(&row);
        let is_untried = !(request.is_tried)(&row);
        rows.push(row);
        if is_untried {
            break;
        }
    }
    rows
}

/// The random numbers of a trial.
fn random(seed: u64, number: i64) -> Random {
    Random::new(seed, number, "cma")
}

fn places(row: &Row, dimensions: &[Dimension]) -> Vec<f64> {
    let place =
        |(value, dimension): (&Option<f64>, &Dimension)| value.map_or(0.5, |value| dimension.to_unit(value));
    row.iter().zip(dimensions).map(place).collect()
}

/// Whether a draw gives the row that lies there; logarithms cost some bits on the way to the user and back.
fn is_near(draw: &[f64], lying: &[f64], dimensions: &[Dimension]) -> bool {
    draw.iter()
        .zip(lying)
        .zip(dimensions)
        .all(|((draw, lying), dimension)| (dimension.to_unit(dimension.at_unit(*draw)) - lying).abs() <= 1e-9)
}

fn print(trial: &Observation, hasher: &mut DefaultHasher) {
    trial.number.hash(hasher);
    trial.row.iter().for_each(|value| value.map(f64::to_bits).hash(hasher));
    match trial.evidence {
        Evidence::Complete(value) => (0, 0, value.to_bits()).hash(hasher),
        Evidence::Pruned { step, value } => (1, step, value.to_bits()).hash(hasher),
        Evidence::Failed => 2.hash(hasher),
        Evidence::Pending => 3.hash(hasher),
    }
}
