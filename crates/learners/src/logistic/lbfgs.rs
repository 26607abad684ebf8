//! L-BFGS for smooth convex functions (Nocedal and Wright 2006, algorithms 7.4 and 7.5). Knows nothing of data.

use std::collections::VecDeque;

use crate::FitError;

/// Correction pairs kept.
const MEMORY: usize = 10;
/// Sufficient decrease and curvature of the Wolfe conditions.
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
/// Relative noise of a sum of losses: below it a value says nothing and the slope decides (Hager and Zhang 2005).
const NOISE: f64 = 1e-12;
/// Evaluations of one line search.
const TRIALS: u32 = 60;

/// A smooth convex function.
pub(super) trait Objective {
    /// Value and, into `gradient`, the gradient at `x`.
    fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> Result<f64, FitError>;
}

/// Where to stop.
pub(super) struct Limits {
    pub max_iter: u32,
    /// Bound on the largest gradient component.
    pub tol: f64,
}

/// Where it stopped.
pub(super) struct Minimum {
    pub x: Vec<f64>,
    pub value: f64,
    pub iterations: u32,
    /// Largest gradient component.
    pub gradient: f64,
}

/// A point with its value and gradient.
#[derive(Clone)]
struct Point {
    x: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

/// A step along the direction: length, value, slope.
#[derive(Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

/// Minimises from `start`; `each` is told the iteration, the point and the value.
pub(super) fn minimise(
    objective: &impl Objective,
    start: Vec<f64>,
    limits: &Limits,
    mut each: impl FnMut(u32, &[f64], f64) -> Result<(), FitError>,
) -> Result<Minimum, FitError> {
    let mut point = Point { gradient: vec![0.0; start.len()], x: start, value: 0.0 };
    point.value = objective.evaluate(&point.x, &mut point.gradient)?;
    let mut history: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    let mut iterations = 0;
    while largest(&point.gradient) > limits.tol && iterations < limits.max_iter {
        let direction = descend(&history, &point.gradient);
        let Some(next) = line_search(objective, &point, &direction)? else {
            if history.is_empty() {
                break;
            }
            // The model of the function misled: start it again with the gradient itself.
            history.clear();
            continue;
        };
        iterations += 1;
        each(iterations, &next.x, next.value)?;
        remember(&mut history, &point, &next);
        point = next;
    }
    let gradient = largest(&point.gradient);
    Ok(Minimum { x: point.x, value: point.value, iterations, gradient })
}

/// A step, the change of the gradient over it, and the inverse of their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

fn remember(history: &mut VecDeque<Pair>, from: &Point, to: &Point) {
    let step: Vec<f64> = to.x.iter().zip(&from.x).map(|(a, b)| a - b).collect();
    let change: Vec<f64> = to.gradient.iter().zip(&from.gradient).map(|(a, b)| a - b).collect();
    let product = dot(&step, &change);
    // A pair without measurable curvature would spoil the model of the function.
    if product > f64::EPSILON * dot(&change, &change) {
        if history.len() == MEMORY {
            history.pop_front();
        }
        history.push_back(Pair { step, change, rho: 1.0 / product });
    }
}

/// The two-loop recursion: minus the inverse Hessian's estimate times the gradient.
fn descend(history: &VecDeque<Pair>, gradient: &[f64]) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(history.len());
    for pair in history.iter().rev() {
        let alpha = pair.rho * dot(&pair.step, &q);
        add(&mut q, -alpha, &pair.change);
        alphas.push(alpha);
    }
    if let Some(last) = history.back() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (pair, alpha) in history.iter().zip(alphas.into_iter().rev()) {
        let beta = pair.rho * dot(&pair.change, &q);
        add(&mut q, alpha - beta, &pair.step);
    }
    q
}

/// A step that meets the Wolfe conditions, or none when the function can't be lowered in floating point.
///
/// The function is convex, so slopes grow along the line: a negative slope means too short, a positive too long, and
/// the secant of the slopes points to the minimum.
fn line_search(
    objective: &impl Objective,
    from: &Point,
    direction: &[f64],
) -> Result<Option<Point>, FitError> {
    let start = Trial { step: 0.0, value: from.value, slope: dot(&from.gradient, direction) };
    if start.slope >= 0.0 {
        return Ok(None);
    }
    let (mut low, mut high): (Trial, Option<Trial>) = (start, None);
    let mut next = Point { x: from.x.clone(), gradient: vec![0.0; from.x.len()], value: 0.0 };
    let mut step = 1.0;
    for _ in 0..TRIALS {
        for ((x, &origin), &d) in next.x.iter_mut().zip(&from.x).zip(direction) {
            *x = origin + step * d;
        }
        next.value = objective.evaluate(&next.x, &mut next.gradient)?;
        let trial = Trial { step, value: next.value, slope: dot(&next.gradient, direction) };
        let lowers = lowers(&start, &trial);
        if lowers && trial.slope.abs() <= CURVATURE * start.slope.abs() {
            return Ok(Some(next));
        }
        if lowers && trial.slope < 0.0 {
            low = trial
        } else {
            high = Some(trial)
        }
        step = match high {
            Some(high) if high.step - low.step <= f64::EPSILON * high.step => break,
            Some(high) => between(&low, &high),
            None => 4.0 * step,
        };
    }
    Ok(None)
}

/// Sufficient decrease, judged by the slope where the values differ by no more than their noise.
fn lowers(start: &Trial, trial: &Trial) -> bool {
    let plain = trial.value <= start.value + DECREASE * trial.step * start.slope;
    let within_noise = trial.value <= start.value + NOISE * start.value.abs();
    plain || (within_noise && trial.slope <= (2.0 * DECREASE - 1.0) * start.slope)
}

/// Secant of the slopes, kept away from both ends; the middle when it points nowhere. That is also so when the far end
/// still goes down but not enough: a steep start that flattens has its secant beyond that end, and the search would
/// creep towards it until its trials are used up.
fn between(low: &Trial, high: &Trial) -> f64 {
    let width = high.step - low.step;
    let share = low.slope / (low.slope - high.slope);
    let is_bracket = share.is_finite() && high.slope > 0.0;
    low.step + width * if is_bracket { share.clamp(0.05, 0.95) } else { 0.5 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += factor * what);
}

fn largest(values: &[f64]) -> f64 {
    // NaN must not look like convergence: `max` would drop it.
    values.iter().fold(0.0, |top, v| if v.abs() > top || v.is_nan() { v.abs() } else { top })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of (x_i - i)² * 10^i: condition 10^5.
    struct Bowl;

    impl Objective for Bowl {
        fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> Result<f64, FitError> {
            let mut value = 0.0;
            for (i, (x, g)) in x.iter().zip(gradient).enumerate() {
                let scale = 10f64.powi(i as i32);
                value += scale * (x - i as f64).powi(2);
                *g = 2.0 * scale * (x - i as f64);
            }
            Ok(value)
        }
    }

    #[test]
    fn an_ill_conditioned_bowl_is_minimised_to_its_bottom() {
        let limits = Limits { max_iter: 200, tol: 1e-9 };
        let minimum = minimise(&Bowl, vec![7.0; 6], &limits, |_, _, _| Ok(())).unwrap();
        assert!(minimum.gradient <= 1e-9, "{}", minimum.gradient);
        for (i, x) in minimum.x.iter().enumerate() {
            assert!((x - i as f64).abs() < 1e-9, "x{i} = {x}");
        }
    }

    #[test]
    fn the_limit_on_iterations_holds() {
        let limits = Limits { max_iter: 2, tol: 1e-9 };
        let minimum = minimise(&Bowl, vec![7.0; 6], &limits, |_, _, _| Ok(())).unwrap();
        assert_eq!(minimum.iterations, 2);
        assert!(minimum.gradient > 1e-9);
    }

    #[test]
    fn an_interruption_ends_the_search() {
        let limits = Limits { max_iter: 100, tol: 1e-9 };
        let stop = |iteration, _: &[f64], _| if iteration == 3 { Err(FitError::Interrupted) } else { Ok(()) };
        assert_eq!(minimise(&Bowl, vec![7.0; 6], &limits, stop).err(), Some(FitError::Interrupted));
    }
}
