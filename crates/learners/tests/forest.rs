//! Behaviour of the random forest.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::sync::atomic::{AtomicU32, Ordering};

use common::{accuracy, cases, classes, features, parameters, predict, train, try_train, values, watched};
use podium_learners::{
    Algorithm, Context, FitError, FitWarning, ForestModel, Matrix, Model, Node, Target, TrainingSet, fit,
};
use proptest::prelude::proptest;
use rayon::ThreadPoolBuilder;

const FOREST: Algorithm = Algorithm::RandomForest;

fn forest(model: &Model) -> &ForestModel {
    let Model::Forest(forest) = model else { panic!("no forest: {model:?}") };
    forest
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn a_forest_does_not_depend_on_the_number_of_threads(seed in 0u64..1000, kinds in 2usize..5) {
        let x = features(700, 6, seed);
        for target in [classes(&x, kinds), values(&x)] {
            let set = TrainingSet::new(&x, &target, None).unwrap();
            let parameters = parameters(FOREST, r#"{"n_estimators": 13, "oob_score": true}"#);
            let alone = fit(&parameters, &set, &Context::quiet(seed)).unwrap();
            for threads in [2, 5] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let context = Context { pool: Some(&pool), ..Context::quiet(seed) };
                let together = fit(&parameters, &set, &context).unwrap();
                assert_eq!(together, alone);
                assert_eq!(together.model.predict_on(&x, Some(&pool)), alone.model.predict(&x));
            }
        }
    }

    #[test]
    fn a_leaf_has_at_least_min_samples_leaf_rows_and_lies_at_most_at_max_depth(
        least in 1usize..40, depth in 1u32..6, seed in 0u64..1000,
    ) {
        let x = features(500, 3, seed);
        let target = classes(&x, 3);
        let json = format!(
            r#"{{"n_estimators": 3, "bootstrap": false, "min_samples_leaf": {least}, "max_depth": {depth}}}"#
        );
        let fitted = train(FOREST, &json, &x, &target, None);
        for tree in forest(&fitted.model).trees() {
            let mut rows = vec![0; tree.len()];
            for row in 0..x.rows() {
                let (mut at, mut level) = (0, 0);
                while let Node::Split { feature, threshold, left, right } = tree.node(at) {
                    at = if x.get(row, feature as usize) <= threshold { left } else { right } as usize;
                    level += 1;
                }
                assert!(level <= depth);
                rows[at] += 1;
            }
            let leaves = (0..tree.len()).filter(|&at| matches!(tree.node(at), Node::Leaf(_)));
            assert!(leaves.into_iter().all(|at| rows[at] >= least));
        }
    }
}

#[test]
fn a_forest_that_is_watched_is_the_one_of_a_single_go_and_each_step_is_the_forest_of_ten_trees_more() {
    let x = features(600, 5, 3);
    let rows = features(311, 5, 4);
    for target in [classes(&x, 2), classes(&x, 4), values(&x)] {
        let set = TrainingSet::new(&x, &target, None).unwrap();
        let of =
            |trees: u32| parameters(FOREST, &format!(r#"{{"n_estimators": {trees}, "oob_score": true}}"#));
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for pool in [None, Some(&pool)] {
            let context = Context { pool, ..Context::quiet(11) };
            let (fitted, steps) = watched(&of(34), &set, &rows, &context);
            assert_eq!(fitted, fit(&of(34), &set, &Context::quiet(11)).unwrap());
            let wanted: Vec<_> = [10, 20, 30, 34]
                .map(|trees| {
                    fit(&of(trees), &set, &Context::quiet(11)).unwrap().model.predict(&rows).unwrap()
                })
                .into();
            assert_eq!(steps, wanted);
        }
        assert_eq!(watched(&of(20), &set, &rows, &Context::quiet(1)).1.len(), 2);
        assert_eq!(watched(&of(3), &set, &rows, &Context::quiet(1)).1.len(), 1);
    }
}

#[test]
fn another_seed_gives_another_forest() {
    let x = features(300, 5, 1);
    let target = classes(&x, 2);
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let parameters = parameters(FOREST, r#"{"n_estimators": 5}"#);
    let one = fit(&parameters, &set, &Context::quiet(1)).unwrap();
    assert_ne!(one, fit(&parameters, &set, &Context::quiet(2)).unwrap());
    assert_eq!(one, fit(&parameters, &set, &Context::quiet(1)).unwrap());
}

#[test]
fn a_tree_without_bootstrap_and_limits_knows_its_rows_by_heart() {
    let x = features(400, 4, 3);
    let json = r#"{"n_estimators": 2, "bootstrap": false, "max_features": "all"}"#;
    let target = classes(&x, 3);
    assert_eq!(accuracy(&train(FOREST, json, &x, &target, None).model.predict(&x).unwrap(), &target), 1.0);
    let target = values(&x);
    let Target::Values(truth) = &target else { panic!() };
    common::assert_close(&predict(&train(FOREST, json, &x, &target, None), &x), truth, 1e-6);
}

#[test]
fn an_exclusive_or_is_found_although_its_first_split_gains_nothing() {
    let rows = 200;
    let bit = |row: usize, shift: usize| ((row >> shift) & 1) as f32;
    let values: Vec<f32> = (0..2).flat_map(|shift| (0..rows).map(move |row| bit(row, shift))).collect();
    let x = Matrix::new(rows, 2, values).unwrap();
    let labels = (0..rows).map(|row| (row & 1 ^ (row >> 1) & 1) as u32).collect();
    let target = Target::Classes { labels, classes: 2 };
    let json = r#"{"n_estimators": 3, "bootstrap": false, "max_features": "all"}"#;
    let fitted = train(FOREST, json, &x, &target, None);
    assert_eq!(accuracy(&fitted.model.predict(&x).unwrap(), &target), 1.0);
}

#[test]
fn the_out_of_bag_score_is_near_the_score_on_new_rows_and_far_below_the_one_on_its_own() {
    let x = features(2000, 5, 5);
    let target = classes(&x, 2);
    let fitted = train(FOREST, r#"{"oob_score": true, "n_estimators": 60}"#, &x, &target, None);
    let fresh = features(2000, 5, 6);
    let on_new = accuracy(&fitted.model.predict(&fresh).unwrap(), &classes(&fresh, 2));
    let on_own = accuracy(&fitted.model.predict(&x).unwrap(), &target);
    let out_of_bag = fitted.report.out_of_bag.unwrap();
    assert!((out_of_bag - on_new).abs() < 0.03, "out of bag {out_of_bag}, new rows {on_new}");
    assert!(on_own - out_of_bag > 0.03, "out of bag {out_of_bag}, own rows {on_own}");
    let target = values(&x);
    let fitted = train(FOREST, r#"{"oob_score": true}"#, &x, &target, None);
    assert!((0.8..1.0).contains(&fitted.report.out_of_bag.unwrap()));
}

#[test]
fn rows_in_every_bag_are_left_out_of_the_score_with_a_warning() {
    let x = features(200, 2, 5);
    let fitted = train(FOREST, r#"{"oob_score": true, "n_estimators": 2}"#, &x, &classes(&x, 2), None);
    let [FitWarning::InEveryBag { rows }] = fitted.report.warnings[..] else {
        panic!("{:?}", fitted.report.warnings)
    };
    assert!((40..120).contains(&rows), "{rows}");
}

#[test]
fn an_out_of_bag_score_needs_bags() {
    let x = features(20, 2, 5);
    let error = try_train(FOREST, r#"{"oob_score": true, "bootstrap": false}"#, &x, &classes(&x, 2), None);
    assert_eq!(
        error.unwrap_err().to_string(),
        "parameter oob_score is true: without bootstrap every tree sees every row"
    );
}

#[test]
fn importances_sum_to_one_and_favour_the_columns_that_matter() {
    let x = features(1500, 6, 8);
    for target in [classes(&x, 3), values(&x)] {
        let fitted = train(FOREST, "{}", &x, &target, None);
        let importances = forest(&fitted.model).importances();
        assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(importances[2..].iter().all(|&other| importances[0] > 2.0 * other), "{importances:?}");
    }
}

#[test]
fn a_class_without_weight_gets_probability_zero() {
    let x = features(90, 3, 1);
    let labels: Vec<u32> = (0..90).map(|row| row % 3).collect();
    let weights: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(label != 1))).collect();
    let target = Target::Classes { labels, classes: 4 };
    for json in ["{}", r#"{"class_weight": "balanced"}"#] {
        let fitted = train(FOREST, json, &x, &target, Some(&weights));
        for row in predict(&fitted, &x).chunks_exact(4) {
            assert_eq!((row[1], row[3]), (0.0, 0.0));
            assert!((row[0] + row[2] - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn constant_columns_one_class_and_one_row_are_leaves() {
    let x = Matrix::new(5, 2, vec![1.0; 10]).unwrap();
    let target = Target::Classes { labels: vec![0, 0, 1, 1, 1], classes: 2 };
    let fitted = train(FOREST, r#"{"bootstrap": false}"#, &x, &target, None);
    common::assert_close(&predict(&fitted, &x)[..2], &[0.4, 0.6], 1e-6);
    assert_eq!(forest(&fitted.model).importances(), [0.0, 0.0]);
    let one_class = Target::Classes { labels: vec![1; 5], classes: 2 };
    assert_eq!(predict(&train(FOREST, "{}", &x, &one_class, None), &x)[..2], [0.0, 1.0]);
    let row = Matrix::new(1, 2, vec![1.0, 2.0]).unwrap();
    let target = Target::Values(vec![4.5]);
    assert_eq!(predict(&train(FOREST, "{}", &row, &target, None), &row), [4.5]);
}

#[test]
fn huge_values_are_split_exactly() {
    let x = Matrix::new(4, 1, vec![f32::MIN, -1e38, 1e38, f32::MAX]).unwrap();
    let target = Target::Values(vec![-1e300, -1.0, 1.0, 1e300]);
    let json = r#"{"bootstrap": false, "n_estimators": 1}"#;
    // The targets are beyond the range of a leaf, an f32: a clear error rather than an infinite prediction.
    let error = try_train(FOREST, json, &x, &target, None).unwrap_err();
    assert!(matches!(error, FitError::NotFinite { .. }), "{error}");
    let target = Target::Values(vec![-1e30, -1.0, 1.0, 1e30]);
    let fitted = train(FOREST, json, &x, &target, None);
    assert_eq!(predict(&fitted, &x), [f64::from(-1e30f32), -1.0, 1.0, f64::from(1e30f32)]);
}

#[test]
fn progress_counts_the_trees_and_an_interruption_ends_the_fit() {
    let x = features(300, 3, 2);
    let target = classes(&x, 2);
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let parameters = parameters(FOREST, r#"{"n_estimators": 20}"#);
    let highest = AtomicU32::new(0);
    let context = Context {
        progress: &|step| {
            assert_eq!(step.total, 20);
            highest.fetch_max(step.step, Ordering::Relaxed);
        },
        ..Context::quiet(1)
    };
    fit(&parameters, &set, &context).unwrap();
    assert_eq!(highest.load(Ordering::Relaxed), 20);
    let asked = AtomicU32::new(0);
    let context = Context { interrupt: &|| asked.fetch_add(1, Ordering::Relaxed) >= 5, ..Context::quiet(1) };
    assert_eq!(fit(&parameters, &set, &context), Err(FitError::Interrupted));
}

#[test]
fn one_large_tree_is_interrupted_on_its_way() {
    let x = features(60_000, 10, 2);
    let target = values(&x);
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let parameters = parameters(FOREST, r#"{"n_estimators": 1}"#);
    let asked = AtomicU32::new(0);
    let context = Context { interrupt: &|| asked.fetch_add(1, Ordering::Relaxed) >= 3, ..Context::quiet(1) };
    assert_eq!(fit(&parameters, &set, &context), Err(FitError::Interrupted));
}

#[test]
fn class_weights_for_numbers_are_refused() {
    let x = features(10, 2, 1);
    let error = try_train(FOREST, r#"{"class_weight": "balanced"}"#, &x, &values(&x), None).unwrap_err();
    assert_eq!(error.to_string(), "parameter class_weight is balanced: a target of numbers has no classes");
}
