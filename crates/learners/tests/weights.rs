//! Sample weights mean the same for each learner that takes them: a weight of 2 is a row that stands twice, a weight
//! of 0 is a row that is not there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{assert_close, cases, classes, features, noise, predict, train, values};
use podium_learners::{Algorithm, Matrix, Target};
use proptest::prelude::proptest;

/// Few levels, so that doubled rows can't move the forest's quantile cuts.
fn coarse(rows: usize, columns: usize, seed: u64) -> Matrix {
    let fine = features(rows, columns, seed);
    Matrix::new(rows, columns, fine.values().iter().map(|x| (x * 20.0).round()).collect()).unwrap()
}

/// Fits on weights 0, 1, 2 and on rows standing as often; both predict the same for the rows of the fit.
fn assert_weights_are_copies(
    algorithm: Algorithm,
    json: &str,
    features: &Matrix,
    target: &Target,
    tolerance: f64,
) {
    let counts: Vec<usize> =
        (0..features.rows()).map(|row| (noise(row as u64 + 99) * 3.0) as usize).collect();
    let weights: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let copies: Vec<usize> =
        counts.iter().enumerate().flat_map(|(row, &count)| std::iter::repeat_n(row, count)).collect();
    let weighted = train(algorithm, json, features, target, Some(&weights));
    let copied = train(algorithm, json, &features.take(&copies), &target.take(&copies), None);
    let fitted_on = features.take(&copies);
    assert_close(&predict(&weighted, &fitted_on), &predict(&copied, &fitted_on), tolerance);
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn weights_are_copies_for_logistic_regression(seed in 0u64..1000, kinds in 2usize..5) {
        let x = coarse(120, 4, seed);
        for json in [r#"{"tol": 1e-11}"#, r#"{"tol": 1e-11, "class_weight": "balanced", "C": 10}"#] {
            assert_weights_are_copies(Algorithm::LogisticRegression, json, &x, &classes(&x, kinds), 1e-7);
        }
    }

    #[test]
    fn weights_are_copies_for_linear_regression(seed in 0u64..1000) {
        let x = coarse(60, 5, seed);
        for json in ["{}", r#"{"fit_intercept": false}"#] {
            assert_weights_are_copies(Algorithm::LinearRegression, json, &x, &values(&x), 1e-9);
        }
    }

    #[test]
    fn weights_are_copies_for_a_forest_without_bootstrap(seed in 0u64..1000, kinds in 2usize..5) {
        assert_weights_are_copies_for_a_forest(seed, kinds);
    }
}

#[test]
fn cuts_that_tie_but_for_rounding_fall_the_same_way() {
    assert_weights_are_copies_for_a_forest(931, 2);
}

fn assert_weights_are_copies_for_a_forest(seed: u64, kinds: usize) {
    let x = coarse(120, 4, seed);
    let json = r#"{"bootstrap": false, "n_estimators": 5, "max_depth": 4}"#;
    assert_weights_are_copies(Algorithm::RandomForest, json, &x, &classes(&x, kinds), 1e-6);
    let some = r#"{"bootstrap": false, "n_estimators": 5, "max_depth": 4, "max_features": "sqrt"}"#;
    assert_weights_are_copies(Algorithm::RandomForest, some, &x, &values(&x), 1e-6);
    let balanced = r#"{"bootstrap": false, "n_estimators": 5, "max_depth": 4, "class_weight": "balanced"}"#;
    assert_weights_are_copies(Algorithm::RandomForest, balanced, &x, &classes(&x, kinds), 1e-6);
}

#[test]
fn balanced_classes_weigh_the_same_in_sum() {
    // 90 of class 0, 10 of class 1, no information in the feature: balanced, both are equally likely.
    let x = Matrix::new(100, 1, vec![1.0; 100]).unwrap();
    let target = Target::Classes { labels: (0..100).map(|row| u32::from(row >= 90)).collect(), classes: 2 };
    let plain = train(Algorithm::LogisticRegression, "{}", &x, &target, None);
    assert_close(&predict(&plain, &x)[..2], &[0.9, 0.1], 1e-6);
    let json = r#"{"class_weight": "balanced"}"#;
    for algorithm in [Algorithm::LogisticRegression, Algorithm::RandomForest] {
        let json = if algorithm == Algorithm::RandomForest {
            r#"{"class_weight": "balanced", "bootstrap": false}"#
        } else {
            json
        };
        let balanced = train(algorithm, json, &x, &target, None);
        assert_close(&predict(&balanced, &x)[..2], &[0.5, 0.5], 1e-6);
    }
}
