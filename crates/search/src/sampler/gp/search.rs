//! Looks for the point of a space that promises most.

use super::alternatives::{alternatives, is_fine};
use super::candidates::candidates;
use super::improvement::Improvement;
use crate::numeric::{Limits, minimise};
use crate::rng::Random;
use crate::sampler::Request;
use crate::space::{Dimension, Row, Space, key};

/// Local searches.
const CLIMBS: usize = 10;
/// Rounds of one: continuous dimensions together, then each discrete one.
const ROUNDS: usize = 3;
/// A round that gains less is the last.
const GAIN: f64 = 1e-4;
/// Points that are offered.
const OFFERED: usize = 24;
const LIMITS: Limits = Limits { steps: 50, gain: 1e-6, first_step: 0.3 };

/// A row and what it promises.
#[derive(Clone, Debug)]
struct Scored {
    row: Row,
    value: f64,
}

/// A search for one trial.
pub(super) struct Search<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) improvement: Improvement<'a>,
}

impl Search<'_> {
    /// Untried rows, the most promising first. Begins with `count` random candidates and with the best row known.
    pub(super) fn ranked(&self, best: &Row, count: usize, random: &mut Random) -> Vec<Row> {
        let drawn = candidates(self.space(), best, count, random);
        let mut pool = self.scored(drawn.into_iter().filter(|row| !(self.request.is_tried)(row)).collect());
        let mut starts = self.starts(&pool, random);
        starts.extend(self.scored(vec![best.clone()]));
        let found: Vec<Scored> = starts.into_iter().map(|start| self.climb(start, random)).collect();
        pool.extend(found.into_iter().filter(|found| !(self.request.is_tried)(&found.row)));
        pool.sort_by(|a, b| b.value.total_cmp(&a.value));
        pool.dedup_by(|a, b| key(&a.row) == key(&b.row));
        pool.into_iter().take(OFFERED).map(|scored| scored.row).collect()
    }

    fn space(&self) -> &Space {
        self.request.space
    }

    fn scored(&self, rows: Vec<Row>) -> Vec<Scored> {
        let position = |row: &Row| self.improvement.model.positions(&self.space().features(row));
        let values = self.improvement.at_all(&rows.iter().map(position).collect::<Vec<_>>());
        rows.into_iter().zip(values).map(|(row, value)| Scored { row, value }).collect()
    }

    /// The best candidate, and others drawn by what they promise.
    fn starts(&self, pool: &[Scored], random: &mut Random) -> Vec<Scored> {
        let Some(best) = (0..pool.len()).max_by(|a, b| pool[*a].value.total_cmp(&pool[*b].value)) else {
            return Vec::new();
        };
        let mut weights: Vec<f64> =
            pool.iter().map(|scored| (scored.value - pool[best].value).exp()).collect();
        let mut chosen = vec![best];
        weights[best] = 0.0;
        while chosen.len() + 1 < CLIMBS && weights.iter().any(|weight| *weight > 0.0) {
            let index = random.weighted(&weights);
            weights[index] = 0.0;
            chosen.push(index);
        }
        chosen.into_iter().map(|index| pool[index].clone()).collect()
    }

    fn climb(&self, start: Scored, random: &mut Random) -> Scored {
        let mut at = start;
        for _ in 0..ROUNDS {
            let before = at.value;
            at = self.slide(at);
            for index in self.discrete(&at.row) {
                at = self.sweep(at, index, random);
            }
            if at.value - before < GAIN {
                break;
            }
        }
        at
    }

    /// Along the gradient: with fine grids taken for continuous, and snapped at the end; without them where that fails.
    fn slide(&self, at: Scored) -> Scored {
        let active = |index: &usize| at.row[*index].is_some();
        let is_real = |index: &usize| matches!(self.space().dimensions()[*index], Dimension::Real { .. });
        let smooth: Vec<usize> = (0..at.row.len())
            .filter(active)
            .filter(|index| is_fine(&self.space().dimensions()[*index]))
            .collect();
        let real: Vec<usize> = smooth.iter().copied().filter(is_real).collect();
        let moved = self.slide_along(&at, &smooth);
        if moved.value > at.value || real.len() == smooth.len() {
            return if moved.value > at.value { moved } else { at };
        }
        let moved = self.slide_along(&at, &real);
        if moved.value > at.value { moved } else { at }
    }

    fn slide_along(&self, at: &Scored, dimensions: &[usize]) -> Scored {
        if dimensions.is_empty() {
            return at.clone();
        }
        let model = self.improvement.model;
        let mut positions = model.positions(&self.space().features(&at.row));
        let start: Vec<f64> = dimensions.iter().map(|j| positions[*j]).collect();
        let bounds: Vec<(f64, f64)> = dimensions.iter().map(|j| (0.0, model.roots[*j])).collect();
        let loss = |x: &[f64], gradient: &mut [f64]| {
            dimensions.iter().zip(x).for_each(|(j, x)| positions[*j] = *x);
            let value = self.improvement.slope(&positions, dimensions, gradient);
            gradient.iter_mut().for_each(|g| *g = -*g);
            -value
        };
        let Some(minimum) = minimise(loss, &bounds, &start, LIMITS) else {
            return at.clone();
        };
        let mut row = at.row.clone();
        for (j, x) in dimensions.iter().zip(&minimum.x) {
            row[*j] = Some(self.space().dimensions()[*j].at_unit((x / model.roots[*j]).clamp(0.0, 1.0)));
        }
        // A grid that decides over other parameters may have been moved.
        self.space().settle(&mut row, |index| self.space().dimensions()[index].at_unit(0.5));
        self.scored(vec![row]).pop().unwrap_or_else(|| at.clone())
    }

    fn discrete(&self, row: &Row) -> Vec<usize> {
        let is_discrete = |index: &usize| self.space().dimensions()[*index].count().is_some();
        (0..row.len()).filter(is_discrete).collect()
    }

    /// The best of the other values of one dimension, all else equal.
    fn sweep(&self, at: Scored, index: usize, random: &mut Random) -> Scored {
        let Some(here) = at.row[index] else {
            return at;
        };
        let dimension = &self.space().dimensions()[index];
        let rows = alternatives(dimension, here).into_iter().map(|value| {
            let mut row = at.row.clone();
            row[index] = Some(value);
            self.space().settle(&mut row, |child| self.space().dimensions()[child].at_unit(random.uniform()));
            row
        });
        let rows: Vec<Row> = rows.filter(|row| !(self.request.is_tried)(row)).collect();
        let best = self.scored(rows).into_iter().max_by(|a, b| a.value.total_cmp(&b.value));
        best.filter(|best| best.value > at.value).unwrap_or(at)
    }
}
