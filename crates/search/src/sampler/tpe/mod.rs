//! Tree-structured Parzen estimator (Bergstra et al. 2011): density of the good points against density of the others.
//!
//! One kernel spans all dimensions (Falkner et al. 2018), with the neighbours' distance as its width in each (Watanabe 2023,
//! arXiv 2304.11127). Conditional parameters are drawn after their parents, those under one condition together, from the trials that had them.

mod column;
mod mixture;
mod normal;
mod split;

use std::collections::HashSet;

use mixture::Mixture;
use split::split;

use super::{Observation, Request, Sampler, Suggestion};
use crate::algorithm::{AlgorithmError, TpeOptions};
use crate::rng::Random;
use crate::space::{Row, Space, key};

/// Below so many trials a group of conditional parameters is drawn at random.
const FEW: usize = 5;
/// Points that are looked at for one suggestion before it is left to chance.
const LOOKS: usize = 64;

/// Keeps nothing between suggestions.
#[derive(Debug)]
pub(super) struct Tpe {
    startup: usize,
    candidates: usize,
}

impl Tpe {
    pub(super) fn new(options: &TpeOptions) -> Result<Self, AlgorithmError> {
        for (option, value, least) in [("startup", options.startup, 2), ("candidates", options.candidates, 1)]
        {
            if value < least {
                return Err(AlgorithmError::Option { option, value, least });
            }
        }
        Ok(Self { startup: options.startup as usize, candidates: options.candidates as usize })
    }
}

impl Sampler for Tpe {
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion {
        let told = request.history.iter().filter(|observation| !observation.is_pending()).count();
        if told < self.startup || !request.history.iter().any(Observation::has_value) {
            return Suggestion::Random;
        }
        let mut search = Search {
            request,
            candidates: self.candidates,
            random: Random::new(request.seed, request.number, "tpe"),
            looks: 0,
        };
        let start = vec![None; request.space.dimensions().len()];
        search.extend(&start).map_or(Suggestion::Random, |row| Suggestion::Ranked(vec![row]))
    }
}

/// The way down from the roots to a whole row.
struct Search<'a> {
    request: &'a Request<'a>,
    candidates: usize,
    random: Random,
    looks: usize,
}

impl Search<'_> {
    /// The best untried row with these values: one group of parameters after the other, the best candidates first.
    fn extend(&mut self, row: &Row) -> Option<Row> {
        let group = next_group(self.request.space, row);
        if group.is_empty() {
            self.looks += 1;
            let row = self.request.space.canonical(row);
            return (!(self.request.is_tried)(&row)).then_some(row);
        }
        for candidate in self.ranked(&group) {
            if self.looks >= LOOKS {
                return None;
            }
            let mut row = row.clone();
            for (&index, value) in group.iter().zip(candidate) {
                row[index] = Some(value);
            }
            let found = self.extend(&row);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Different candidates for a group, the best first.
    fn ranked(&mut self, group: &[usize]) -> Vec<Vec<f64>> {
        let space = self.request.space;
        let is_within =
            |observation: &&Observation| group.iter().all(|index| observation.row[*index].is_some());
        let trials: Vec<&Observation> = self.request.history.iter().filter(is_within).collect();
        let valued = trials.iter().filter(|trial| trial.has_value()).count();
        if valued == 0 || trials.len() < FEW {
            let draw = |random: &mut Random| {
                group.iter().map(|index| space.dimensions()[*index].at_unit(random.uniform())).collect()
            };
            return (0..self.candidates).map(|_| draw(&mut self.random)).collect();
        }
        let (good, bad) = split(&trials);
        let good = Mixture::new(space, group, &good, &mut self.random);
        let bad = Mixture::new(space, group, &bad, &mut self.random);
        let drawn: Vec<Vec<f64>> = (0..self.candidates).map(|_| good.draw(&mut self.random)).collect();
        let drawn = distinct(drawn);
        let scores: Vec<f64> = good
            .ln_densities(&drawn)
            .iter()
            .zip(bad.ln_densities(&drawn))
            .map(|(good, bad)| good - bad)
            .collect();
        let mut order: Vec<usize> = (0..drawn.len()).collect();
        order.sort_by(|first, second| scores[*second].total_cmp(&scores[*first]));
        order.into_iter().map(|place| drawn[place].clone()).collect()
    }
}

/// The next parameters to draw, all under the same condition; none where the row is whole. Those under different ones are drawn
/// apart: each learns from all trials that had it, whatever else they had.
fn next_group(space: &Space, row: &Row) -> Vec<usize> {
    let condition = |index: &usize| &space.parameters()[*index].when;
    let mut open = (0..row.len()).filter(|index| row[*index].is_none() && space.is_active(*index, row));
    let Some(first) = open.next() else { return Vec::new() };
    std::iter::once(first).chain(open.filter(|index| condition(index) == condition(&first))).collect()
}

fn distinct(mut drawn: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut seen = HashSet::new();
    drawn.retain(|candidate| {
        let row: Row = candidate.iter().copied().map(Some).collect();
        seen.insert(key(&row))
    });
    drawn
}
