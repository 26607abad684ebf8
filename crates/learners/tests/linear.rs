//! Behaviour of linear regression.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{assert_close, cases, features, noise, parameters, predict, train, try_train, values};
use podium_learners::{
    Algorithm, Context, FitError, FitWarning, LinearModel, Matrix, Model, Target, TrainingSet, fit,
};
use proptest::prelude::proptest;
use rayon::ThreadPoolBuilder;

const LINEAR: Algorithm = Algorithm::LinearRegression;

fn linear(model: &Model) -> &LinearModel {
    let Model::Linear(linear) = model else { panic!("not linear: {model:?}") };
    linear
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn residuals_are_orthogonal_to_every_column(seed in 0u64..1000, rows in 20usize..400) {
        let x = features(rows, 5, seed);
        let target = values(&x);
        let weights: Vec<f64> = (0..rows).map(|row| noise(row as u64) * 3.0).collect();
        let fitted = train(LINEAR, "{}", &x, &target, Some(&weights));
        let predictions = predict(&fitted, &x);
        let Target::Values(truth) = &target else { panic!() };
        let residual = |row: usize| weights[row] * (truth[row] - predictions[row]);
        assert!((0..rows).map(residual).sum::<f64>().abs() < 1e-9);
        for j in 0..5 {
            let product: f64 = (0..rows).map(|row| residual(row) * f64::from(x.get(row, j))).sum();
            assert!(product.abs() < 1e-9, "column {j}: {product}");
        }
    }
}

#[test]
fn an_exact_line_is_found() {
    let x = Matrix::new(4, 1, vec![0.0, 1.0, 2.0, 3.0]).unwrap();
    let fitted = train(LINEAR, "{}", &x, &Target::Values(vec![1.0, 3.0, 5.0, 7.0]), None);
    assert_close(linear(&fitted.model).coefficients(), &[2.0], 1e-14);
    assert_close(&[linear(&fitted.model).intercept()], &[1.0], 1e-14);
    assert!(fitted.report.warnings.is_empty());
}

#[test]
fn a_column_that_stands_twice_shares_its_coefficient_and_is_reported() {
    let base = features(50, 2, 3);
    let target = values(&base);
    let twice = Matrix::from_columns(50, &[base.column(0), base.column(1), base.column(0)]).unwrap();
    let plain = train(LINEAR, "{}", &base, &target, None);
    let fitted = train(LINEAR, "{}", &twice, &target, None);
    let w = linear(&plain.model).coefficients();
    assert_close(linear(&fitted.model).coefficients(), &[w[0] / 2.0, w[1], w[0] / 2.0], 1e-9);
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 2, columns: 3 }]);
}

#[test]
fn the_smallest_norm_counts_on_the_columns_as_they_are() {
    // y = 10 a, and the second column is 3 a: the shortest (p, q) with p + 3 q = 10 is (1, 3).
    let a: Vec<f32> = (0..20).map(|i| i as f32).collect();
    let b: Vec<f32> = a.iter().map(|v| v * 3.0).collect();
    let target = Target::Values(a.iter().map(|&v| f64::from(v) * 10.0).collect());
    let fitted = train(LINEAR, "{}", &Matrix::from_columns(20, &[a, b]).unwrap(), &target, None);
    assert_close(linear(&fitted.model).coefficients(), &[1.0, 3.0], 1e-9);
}

#[test]
fn more_columns_than_rows_pass_through_every_point() {
    let x = features(10, 25, 2);
    let target = values(&x);
    let fitted = train(LINEAR, "{}", &x, &target, None);
    let Target::Values(truth) = &target else { panic!() };
    assert_close(&predict(&fitted, &x), truth, 1e-9);
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 9, columns: 25 }]);
    let norm: f64 = linear(&fitted.model).coefficients().iter().map(|w| w * w).sum();
    assert!(norm < 10.0, "{norm}");
}

#[test]
fn rows_that_repeat_with_other_targets_are_averaged_where_columns_are_many() {
    // Six rows, three of them twice; with an intercept, each pair is met in its middle.
    let base = features(3, 40, 5);
    let twice = base.take(&[0, 1, 2, 0, 1, 2]);
    let target = Target::Values(vec![1.0, 2.0, 3.0, 3.0, 6.0, 9.0]);
    let fitted = train(LINEAR, "{}", &twice, &target, None);
    assert_close(&predict(&fitted, &base), &[2.0, 4.0, 6.0], 1e-9);
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 2, columns: 40 }]);
}

#[test]
fn a_row_without_weight_does_not_count_where_columns_are_many() {
    let x = features(9, 30, 6);
    let Target::Values(mut truth) = values(&x) else { panic!() };
    truth[4] = 1e6;
    let weights: Vec<f64> = (0..9).map(|row| if row == 4 { 0.0 } else { 1.0 + row as f64 }).collect();
    let kept: Vec<usize> = (0..9).filter(|&row| row != 4).collect();
    let target = Target::Values(truth);
    let weighted = train(LINEAR, "{}", &x, &target, Some(&weights));
    let kept_weights: Vec<f64> = kept.iter().map(|&row| weights[row]).collect();
    let without = train(LINEAR, "{}", &x.take(&kept), &target.take(&kept), Some(&kept_weights));
    assert_close(linear(&weighted.model).coefficients(), linear(&without.model).coefficients(), 1e-9);
}

#[test]
fn many_copies_of_few_columns_share_their_coefficients() {
    let base = features(200, 2, 7);
    let target = values(&base);
    let plain = train(LINEAR, "{}", &base, &target, None);
    let copies: Vec<&[f32]> = (0..150).map(|j| base.column(j % 2)).collect();
    let fitted = train(LINEAR, "{}", &Matrix::from_columns(200, &copies).unwrap(), &target, None);
    let w = linear(&plain.model).coefficients();
    let shared: Vec<f64> = (0..150).map(|j| w[j % 2] / 75.0).collect();
    assert_close(linear(&fitted.model).coefficients(), &shared, 1e-9);
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 2, columns: 150 }]);
}

#[test]
fn levels_of_categories_that_sum_to_one_share_what_the_intercept_could_take() {
    // Sixty levels in two columns of texts, one-hot: two directions change no prediction.
    let (rows, levels) = (3_000, 60);
    let level = |row: usize, which: usize| (noise((2 * row + which) as u64) * 30.0) as usize + 30 * which;
    let columns: Vec<Vec<f32>> = (0..levels)
        .map(|j| (0..rows).map(|row| f32::from(u8::from(level(row, j / 30) == j))).collect())
        .collect();
    let effect = |j: usize| noise(10_000 + j as u64);
    let truth: Vec<f64> = (0..rows).map(|row| effect(level(row, 0)) + effect(level(row, 1))).collect();
    let x = Matrix::from_columns(rows, &columns).unwrap();
    let fitted = train(LINEAR, "{}", &x, &Target::Values(truth.clone()), None);
    assert_close(&predict(&fitted, &x), &truth, 1e-9);
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 58, columns: 60 }]);
    // Shortest: the levels of each text sum to nothing.
    for half in linear(&fitted.model).coefficients().chunks_exact(30) {
        assert!(half.iter().sum::<f64>().abs() < 1e-9);
    }
}

#[test]
fn columns_that_nearly_coincide_keep_their_own_coefficients() {
    // Their difference is a ten-thousandth of them: too little for products, enough for reflections.
    let base = features(500, 3, 8);
    let near: Vec<f32> = (0..500).map(|row| base.get(row, 0) + 1e-4 * base.get(row, 1)).collect();
    let x = Matrix::from_columns(500, &[base.column(0), &near, base.column(2)]).unwrap();
    let truth = (0..500).map(|row| f64::from(x.get(row, 0)) - 2.0 * f64::from(x.get(row, 1)) + 3.0).collect();
    let fitted = train(LINEAR, "{}", &x, &Target::Values(truth), None);
    assert_close(linear(&fitted.model).coefficients(), &[1.0, -2.0, 0.0], 1e-7);
    assert!(fitted.report.warnings.is_empty(), "{:?}", fitted.report.warnings);
}

#[test]
fn a_copy_in_other_units_does_not_blow_the_coefficients_up() {
    // Celsius and Fahrenheit, each rounded to f32: equal but for rounding, so the rank is 1.
    let celsius: Vec<f32> = (0..100).map(|i| (noise(i) * 30.0) as f32).collect();
    let fahrenheit: Vec<f32> = celsius.iter().map(|c| c * 1.8 + 32.0).collect();
    let target = Target::Values((0..100).map(|i| noise(i) * 30.0 + noise(1000 + i)).collect());
    let x = Matrix::from_columns(100, &[celsius, fahrenheit]).unwrap();
    let fitted = train(LINEAR, "{}", &x, &target, None);
    assert!(linear(&fitted.model).coefficients().iter().all(|w| w.abs() < 2.0));
    assert_eq!(fitted.report.warnings, [FitWarning::RankDeficient { rank: 1, columns: 2 }]);
}

#[test]
fn constant_columns_get_coefficient_zero() {
    let constant = vec![16_777_217.0f32; 30];
    let x = Matrix::from_columns(30, &[constant.clone(), features(30, 1, 4).values().to_vec()]).unwrap();
    let target = Target::Values(x.column(1).iter().map(|&v| f64::from(v) + 5.0).collect());
    let fitted = train(LINEAR, "{}", &x, &target, None);
    assert_close(linear(&fitted.model).coefficients(), &[0.0, 1.0], 1e-12);
    let only = Matrix::new(30, 1, constant).unwrap();
    let fitted = train(LINEAR, "{}", &only, &target, None);
    let Target::Values(truth) = &target else { panic!() };
    let mean = truth.iter().sum::<f64>() / 30.0;
    assert_close(&predict(&fitted, &only), &[mean; 30], 1e-12);
}

#[test]
fn without_intercept_a_constant_column_takes_its_place() {
    let x = Matrix::from_columns(3, &[[1.0f32; 3], [0.0, 1.0, 2.0]]).unwrap();
    let target = Target::Values(vec![1.0, 3.0, 5.0]);
    let fitted = train(LINEAR, r#"{"fit_intercept": false}"#, &x, &target, None);
    assert_close(linear(&fitted.model).coefficients(), &[1.0, 2.0], 1e-12);
    assert_eq!(linear(&fitted.model).intercept(), 0.0);
}

#[test]
fn huge_values_give_finite_predictions_or_a_clear_error() {
    let x = Matrix::new(4, 1, vec![-3e38, -1e38, 1e38, 3e38]).unwrap();
    let fitted = train(LINEAR, "{}", &x, &Target::Values(vec![-3.0, -1.0, 1.0, 3.0]), None);
    assert_close(&predict(&fitted, &x), &[-3.0, -1.0, 1.0, 3.0], 1e-6);
    let tiny = Matrix::new(2, 1, vec![0.0, 1e-38]).unwrap();
    let error = try_train(LINEAR, "{}", &tiny, &Target::Values(vec![-1e308, 1e308]), None).unwrap_err();
    assert!(matches!(error, FitError::NotFinite { .. }), "{error}");
}

#[test]
fn the_solution_does_not_depend_on_the_number_of_threads() {
    let x = features(30_000, 3, 4);
    let target = values(&x);
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let alone = fit(&parameters(LINEAR, "{}"), &set, &Context::quiet(1)).unwrap();
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let context = Context { pool: Some(&pool), ..Context::quiet(1) };
    assert_eq!(fit(&parameters(LINEAR, "{}"), &set, &context).unwrap(), alone);
}
