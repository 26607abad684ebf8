use super::*;
use crate::{Outcome, Parameter, State, Value};

fn number(trial: &crate::Point, name: &str) -> f64 {
    trial.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn trials(space: &Space, count: i64, objective: impl Fn(&crate::Point) -> f64) -> Vec<Trial> {
    (0..count)
        .map(|number| {
            let mut random = Random::new(77, number, "test");
            let point = space.point(&space.draw(&mut random));
            let state = State::Finished(Outcome::Complete(objective(&point)));
            Trial { number, point, state }
        })
        .collect()
}

fn assert_shares(importance: &Importance, expected: &[f64], interactions: f64, within: f64) {
    let shares: Vec<f64> = importance.shares.iter().map(|share| share.share).collect();
    let far = shares.iter().zip(expected).any(|(share, expected)| (share - expected).abs() > within);
    assert!(!far, "{shares:?} against {expected:?}");
    assert!((importance.interactions - interactions).abs() < within, "{importance:?}");
}

fn units(names: &[&str]) -> Space {
    Space::new(names.iter().map(|name| Parameter::double(*name, 0.0, 1.0)).collect()).unwrap()
}

/// Variances of a sum are those of its terms: 16, 4 and 1 times 1/12.
#[test]
fn a_weighted_sum_has_the_shares_of_its_squared_weights() {
    let space = units(&["a", "b", "c", "none"]);
    let sum = |p: &crate::Point| 4.0 * number(p, "a") + 2.0 * number(p, "b") + number(p, "c");
    let importance = importance(&space, &trials(&space, 600, sum), 1).unwrap();
    assert_shares(&importance, &[16.0 / 21.0, 4.0 / 21.0, 1.0 / 21.0, 0.0], 0.0, 0.05);
}

/// For x·y on the unit square: 1/48 each of 7/144 in all.
#[test]
fn a_product_leaves_a_seventh_to_the_interaction() {
    let space = units(&["x", "y"]);
    let product = |p: &crate::Point| number(p, "x") * number(p, "y");
    let importance = importance(&space, &trials(&space, 800, product), 1).unwrap();
    assert_shares(&importance, &[3.0 / 7.0, 3.0 / 7.0], 1.0 / 7.0, 0.04);
}

/// The Ishigami function with a = 7, b = 0.1: 0.3139, 0.4424, 0, and 0.2437 for the first and third together.
#[test]
fn the_ishigami_function_has_its_known_indices() {
    use std::f64::consts::PI;
    let space = Space::new(["x", "y", "z"].map(|name| Parameter::double(name, -PI, PI)).to_vec()).unwrap();
    let ishigami = |p: &crate::Point| {
        let (x, y, z) = (number(p, "x"), number(p, "y"), number(p, "z"));
        x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
    };
    let importance = importance(&space, &trials(&space, 3_000, ishigami), 1).unwrap();
    assert_shares(&importance, &[0.3139, 0.4424, 0.0], 0.2437, 0.06);
}

/// Category: values 0, 0, 3 have variance 2; int of 1..4: 5/4; on a log scale the measure is that of the logarithm.
#[test]
fn categories_and_integers_count_by_their_values() {
    let space = Space::new(vec![
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::int("depth", 1, 4),
        Parameter::double("rate", 1e-4, 1.0).log(),
    ])
    .unwrap();
    let sum = |p: &crate::Point| {
        let kind = if p["kind"].as_str() == Some("c") { 3.0 } else { 0.0 };
        kind + number(p, "depth") + number(p, "rate").log10()
    };
    let importance = importance(&space, &trials(&space, 800, sum), 1).unwrap();
    let variances = [2.0, 1.25, 16.0 / 12.0];
    let total: f64 = variances.iter().sum();
    assert_shares(&importance, &variances.map(|variance| variance / total), 0.0, 0.05);
}

/// The lowest value lies at an end of the range, where a leaf has no height: what is lacking there must count all the same.
#[test]
fn what_one_integer_decides_alone_is_its_own_whole() {
    let space = Space::new(vec![Parameter::int("depth", 1, 8), Parameter::int("none", 1, 8)]).unwrap();
    for sign in [1.0, -1.0] {
        let trials = trials(&space, 300, |p| sign * number(p, "depth"));
        assert_shares(&importance(&space, &trials, 1).unwrap(), &[1.0, 0.0], 0.0, 0.03);
    }
}

/// With chance 1/2 the value is 0, else 2 + 2·u: the parent's means 0 and 3 give 9/4, the child's 4/12 counts half.
#[test]
fn a_conditional_parameter_counts_while_it_is_active_and_its_condition_counts_for_the_parent() {
    let space = Space::new(vec![
        Parameter::double("drop", 0.0, 1.0).when("booster", ["dart"]),
        Parameter::categorical("booster", ["gbdt", "dart"]),
        Parameter::double("none", 0.0, 1.0).when("booster", ["gbdt"]),
    ])
    .unwrap();
    let objective =
        |p: &crate::Point| p.get("drop").and_then(Value::as_f64).map_or(0.0, |drop| 2.0 + 2.0 * drop);
    let importance = importance(&space, &trials(&space, 800, objective), 1).unwrap();
    let total = 9.0 / 4.0 + 1.0 / 6.0;
    assert_shares(&importance, &[1.0 / 6.0 / total, 9.0 / 4.0 / total, 0.0], 0.0, 0.02);
}

/// Layers 1, 2, 3 of one third each; the width of the second is there for 2 and 3, so its u has 2/3 of 9/12.
#[test]
fn an_integer_can_be_the_parent() {
    let space = Space::new(vec![
        Parameter::int("layers", 1, 3),
        Parameter::double("second", 0.0, 1.0).when("layers", [2, 3]),
        Parameter::double("third", 0.0, 1.0).when("layers", [3]),
    ])
    .unwrap();
    let objective = |p: &crate::Point| {
        let second = p.get("second").and_then(Value::as_f64).map_or(1.5, |second| 3.0 * second);
        number(p, "layers") + second
    };
    let importance = importance(&space, &trials(&space, 800, objective), 1).unwrap();
    let total = 2.0 / 3.0 + 0.5;
    assert_shares(&importance, &[2.0 / 3.0 / total, 0.5 / total, 0.0], 0.0, 0.05);
}

/// Exact on a known tree: the marginals of the forest are those of brute force over its own predictions.
#[test]
fn averages_over_boxes_are_those_of_brute_force() {
    let space = Space::new(vec![
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::int("depth", 1, 5).when("kind", ["a", "b"]),
        Parameter::double("rate", 0.0, 1.0).when("depth", [2, 5]),
        Parameter::double("x", 0.0, 1.0),
    ])
    .unwrap();
    let noise = |p: &crate::Point| (p.to_json().len() as f64) + (7.0 * number(p, "x")).sin();
    let trials = trials(&space, 60, noise);
    let axes = axes(&space);
    let places: Vec<Vec<f64>> =
        trials.iter().map(|trial| features(&space, &space.row(&trial.point).unwrap())).collect();
    let values: Vec<f64> = trials.iter().map(|trial| trial.value().unwrap()).collect();
    let forest = Forest::fit(&axes, &places, &values, 5);
    let exact = marginal::variances(&axes, space.order(), &forest);

    let draws: Vec<Vec<f64>> = (0..40_000)
        .map(|number| features(&space, &space.draw(&mut Random::new(3, number, "test"))))
        .collect();
    let variance = |axis: usize, bins: usize| {
        let mut sums = vec![(0.0, 0.0); bins];
        for draw in draws.iter().filter(|draw| draw[axis] >= 0.0 && draw[axis] < bins as f64) {
            let bin = if axis == 0 { draw[0] as usize } else { (draw[axis] * bins as f64) as usize };
            let sum = &mut sums[bin];
            *sum = (sum.0 + forest.predict(draw), sum.1 + 1.0);
        }
        let count: f64 = sums.iter().map(|sum| sum.1).sum();
        let mean = sums.iter().map(|sum| sum.0).sum::<f64>() / count;
        let between = sums.iter().map(|sum| sum.1 * (sum.0 / sum.1 - mean).powi(2)).sum::<f64>() / count;
        between * count / draws.len() as f64
    };
    for (axis, bins) in [(0, 3), (1, 5), (2, 20), (3, 40)] {
        let brute = variance(axis, bins);
        assert!((exact[axis] - brute).abs() < 0.02 * (exact[3] + brute), "{axis}: {} {brute}", exact[axis]);
    }
}

#[test]
fn noise_alone_makes_no_parameter_important() {
    let space = units(&["a", "b", "c", "d", "e"]);
    let mut random = Random::new(5, 0, "test");
    let noise: Vec<f64> = (0..300).map(|_| random.normal()).collect();
    let mut trials = trials(&space, 300, |_| 0.0);
    for (trial, noise) in trials.iter_mut().zip(noise) {
        trial.state = State::Finished(Outcome::Complete(noise));
    }
    let importance = importance(&space, &trials, 1).unwrap();
    assert!(importance.shares.iter().all(|share| share.share < 0.25), "{importance:?}");
}

#[test]
fn seed_and_trials_decide_and_their_order_does_not() {
    let space = units(&["a", "b"]);
    let mut trials = trials(&space, 50, |p| number(p, "a"));
    let first = importance(&space, &trials, 7).unwrap();
    trials.reverse();
    assert_eq!(importance(&space, &trials, 7).unwrap(), first);
    assert_ne!(importance(&space, &trials, 8).unwrap(), first);
}

#[test]
fn failed_pruned_and_foreign_trials_are_left_out_and_huge_values_do_no_harm() {
    let space = units(&["a", "b"]);
    let mut trials = trials(&space, 50, |p| 1e300 * (number(p, "a") - 0.5));
    let alone = importance(&space, &trials, 7).unwrap();
    let foreign = units(&["c"]).point(&[Some(0.5)]);
    for (point, outcome) in [
        (trials[0].point.clone(), Outcome::Failed),
        (trials[1].point.clone(), Outcome::Pruned { step: 3, value: 9.0 }),
        (foreign, Outcome::Complete(5.0)),
    ] {
        trials.push(Trial { number: trials.len() as i64, point, state: State::Finished(outcome) });
    }
    assert_eq!(importance(&space, &trials, 7).unwrap(), alone);
    assert!(alone.shares[0].share > 0.9, "{alone:?}");
}

#[test]
fn too_little_evidence_is_said_with_the_number() {
    let space = units(&["a"]);
    let few = importance(&space, &trials(&space, 9, |p| number(p, "a")), 1).unwrap_err();
    assert_eq!(few.to_string(), "importance needs at least 10 complete trials of the space, and there are 9");
    let constant = importance(&space, &trials(&space, 20, |_| 1.0), 1).unwrap_err();
    assert_eq!(constant, ImportanceError::Constant);
}
