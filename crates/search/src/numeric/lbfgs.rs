//! Projected L-BFGS: smooth functions in a box (two-loop recursion after Nocedal and Wright 2006, algorithm 7.4;
//! projection after Bertsekas 1982).

use std::collections::VecDeque;

use super::{add_scaled, dot};

/// Correction pairs kept.
const MEMORY: usize = 8;
/// Sufficient decrease (Armijo).
const DECREASE: f64 = 1e-4;
/// Halvings of one line search.
const HALVINGS: u32 = 20;
/// A pair with less curvature than this says nothing about the function.
const CURVATURE: f64 = 1e-12;

/// Where to stop and how to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Steps at most.
    pub(crate) steps: u32,
    /// Ends when a step gains less than this.
    pub(crate) gain: f64,
    /// Longest first step: without curvature the gradient's length means nothing.
    pub(crate) first_step: f64,
}

/// Where it stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Minimum {
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
}

/// Minimises `evaluate` within `bounds` from `start`, which is clamped to them.
///
/// `evaluate` returns the value and overwrites its second argument with the gradient; a value that is not finite is
/// taken as a wall. `None` when that holds at the start.
pub(crate) fn minimise(
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
    bounds: &[(f64, f64)],
    start: &[f64],
    limits: Limits,
) -> Option<Minimum> {
    let mut x: Vec<f64> = start.iter().zip(bounds).map(|(x, (low, high))| x.clamp(*low, *high)).collect();
    let mut gradient = vec![0.0; x.len()];
    let mut value = evaluate(&x, &mut gradient);
    if !value.is_finite() {
        return None;
    }
    let mut pairs = VecDeque::with_capacity(MEMORY);
    for _ in 0..limits.steps {
        let free = free(&x, &gradient, bounds);
        let direction = direction(&pairs, &gradient, &free, limits.first_step);
        let Some(next) = search(&mut evaluate, bounds, (&x, value, &gradient), &direction) else {
            if pairs.is_empty() {
                break;
            }
            // The model of the function misled: start it again with the gradient itself.
            pairs.clear();
            continue;
        };
        remember(&mut pairs, (&x, &gradient), (&next.x, &next.gradient));
        let gained = value - next.value;
        (x, value, gradient) = (next.x, next.value, next.gradient);
        if gained < limits.gain {
            break;
        }
    }
    Some(Minimum { x, value })
}

/// A step, the change of the gradient over it, and the inverse of their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

/// Where a line search ended.
struct Next {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// The coordinates that may move: not at a bound, or the function falls inwards.
fn free(x: &[f64], gradient: &[f64], bounds: &[(f64, f64)]) -> Vec<bool> {
    let stuck = |x: f64, g: f64, (low, high): (f64, f64)| (x <= low && g >= 0.0) || (x >= high && g <= 0.0);
    x.iter().zip(gradient).zip(bounds).map(|((&x, &g), &bounds)| !stuck(x, g, bounds)).collect()
}

/// Downhill over the free coordinates: by the pairs where they lead down, else by the gradient.
fn direction(pairs: &VecDeque<Pair>, gradient: &[f64], free: &[bool], first_step: f64) -> Vec<f64> {
    let masked = |v: &[f64]| -> Vec<f64> {
        v.iter().zip(free).map(|(v, free)| if *free { *v } else { 0.0 }).collect()
    };
    let steepest: Vec<f64> = masked(gradient).iter().map(|g| -g).collect();
    if !pairs.is_empty() {
        let quasi_newton = masked(&two_loops(pairs, &steepest));
        if dot(&quasi_newton, gradient) < 0.0 {
            return quasi_newton;
        }
    }
    let length = dot(&steepest, &steepest).sqrt();
    let scale = if length > first_step { first_step / length } else { 1.0 };
    steepest.iter().map(|s| s * scale).collect()
}

fn two_loops(pairs: &VecDeque<Pair>, steepest: &[f64]) -> Vec<f64> {
    let mut q = steepest.to_vec();
    let mut alphas = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let alpha = pair.rho * dot(&pair.step, &q);
        add_scaled(&mut q, -alpha, &pair.change);
        alphas.push(alpha);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (pair, alpha) in pairs.iter().zip(alphas.into_iter().rev()) {
        let beta = pair.rho * dot(&pair.change, &q);
        add_scaled(&mut q, alpha - beta, &pair.step);
    }
    q
}

/// The first halving of the step along the projected path that lowers the value enough.
fn search(
    evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    bounds: &[(f64, f64)],
    (x, value, gradient): (&[f64], f64, &[f64]),
    direction: &[f64],
) -> Option<Next> {
    let mut next = Next { x: x.to_vec(), value, gradient: vec![0.0; x.len()] };
    let mut length = 1.0;
    for _ in 0..=HALVINGS {
        for (((new, x), d), (low, high)) in next.x.iter_mut().zip(x).zip(direction).zip(bounds) {
            *new = (x + length * d).clamp(*low, *high);
        }
        let moved: f64 = next.x.iter().zip(x).zip(gradient).map(|((new, x), g)| (new - x) * g).sum();
        if moved >= 0.0 {
            return None;
        }
        next.value = evaluate(&next.x, &mut next.gradient);
        if next.value <= value + DECREASE * moved {
            return Some(next);
        }
        length *= 0.5;
    }
    None
}

fn remember(pairs: &mut VecDeque<Pair>, from: (&[f64], &[f64]), to: (&[f64], &[f64])) {
    let difference = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let (step, change) = (difference(to.0, from.0), difference(to.1, from.1));
    let product = dot(&step, &change);
    if product > CURVATURE {
        if pairs.len() == MEMORY {
            pairs.pop_front();
        }
        pairs.push_back(Pair { step, change, rho: 1.0 / product });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { steps: 200, gain: 1e-14, first_step: 0.3 };

    fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        gradient.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
        a * a + 100.0 * b * b
    }

    #[test]
    fn the_banana_valley_is_followed_to_its_end() {
        let minimum = minimise(rosenbrock, &[(-5.0, 5.0); 2], &[-1.2, 1.0], LIMITS).unwrap();
        minimum.x.iter().for_each(|x| assert!((x - 1.0).abs() < 1e-5, "{:?}", minimum.x));
    }

    #[test]
    fn a_minimum_outside_the_box_is_met_at_its_wall() {
        let minimum = minimise(rosenbrock, &[(-2.0, 0.5), (-2.0, 2.0)], &[-1.2, 1.0], LIMITS).unwrap();
        assert_eq!(minimum.x[0], 0.5);
        assert!((minimum.x[1] - 0.25).abs() < 1e-6 && (minimum.value - 0.25).abs() < 1e-10, "{minimum:?}");
    }

    #[test]
    fn a_value_that_is_not_finite_is_a_wall() {
        let logarithm = |x: &[f64], gradient: &mut [f64]| {
            gradient[0] = 1.0 - 0.01 / x[0];
            x[0] - 0.01 * x[0].ln()
        };
        let minimum = minimise(logarithm, &[(-1.0, 2.0)], &[1.5], LIMITS).unwrap();
        assert!((minimum.x[0] - 0.01).abs() < 1e-4, "{minimum:?}");
        assert_eq!(minimise(logarithm, &[(-1.0, 2.0)], &[-0.5], LIMITS), None);
    }
}
