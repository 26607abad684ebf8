//! Behaviour of logistic regression.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::sync::Mutex;

use common::{
    accuracy, assert_close, cases, classes, features, noise, parameters, predict, train, try_train, values,
    watched,
};
use podium_learners::{
    Algorithm, Context, FitError, FitWarning, LogisticModel, Matrix, Model, Target, TrainingSet, fit,
};
use proptest::prelude::proptest;
use rayon::ThreadPoolBuilder;

const LOGISTIC: Algorithm = Algorithm::LogisticRegression;

fn logistic(model: &Model) -> &LogisticModel {
    let Model::Logistic(logistic) = model else { panic!("not logistic: {model:?}") };
    logistic
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn the_order_of_the_rows_does_not_matter(seed in 0u64..1000, kinds in 2usize..5) {
        let x = features(200, 4, seed);
        let target = classes(&x, kinds);
        let mut order: Vec<usize> = (0..200).collect();
        order.sort_by(|&a, &b| noise(seed ^ a as u64).total_cmp(&noise(seed ^ b as u64)));
        let json = r#"{"tol": 1e-10}"#;
        let one = train(LOGISTIC, json, &x, &target, None);
        let other = train(LOGISTIC, json, &x.take(&order), &target.take(&order), None);
        assert_close(logistic(&one.model).coefficients(), logistic(&other.model).coefficients(), 1e-7);
    }

    #[test]
    fn the_gradient_of_the_objective_is_zero_at_the_solution(seed in 0u64..1000, c in 0.01f64..100.0) {
        let x = features(150, 3, seed);
        let target = classes(&x, 2);
        let fitted = train(LOGISTIC, &format!(r#"{{"tol": 1e-10, "C": {c}}}"#), &x, &target, None);
        let p = predict(&fitted, &x);
        let Target::Classes { labels, .. } = &target else { panic!() };
        let residual = |row: usize| p[2 * row + 1] - f64::from(labels[row]);
        let sum: f64 = (0..150).map(residual).sum();
        assert!(sum.abs() < 1e-6, "intercept: {sum}");
        for (j, w) in logistic(&fitted.model).coefficients().iter().enumerate() {
            let slope: f64 = (0..150).map(|row| residual(row) * f64::from(x.get(row, j))).sum();
            assert!((c * slope + w).abs() < 1e-6 * (1.0 + c), "column {j}: {slope} {w}");
        }
    }
}

#[test]
fn a_fit_that_is_watched_ends_where_one_in_a_single_go_does_and_each_step_is_ten_iterations_more() {
    let x = features(400, 6, 5);
    let rows = features(97, 6, 6);
    for kinds in [2, 4] {
        let target = classes(&x, kinds);
        let set = TrainingSet::new(&x, &target, None).unwrap();
        let of =
            |most: u32| parameters(LOGISTIC, &format!(r#"{{"C": 1e4, "tol": 1e-12, "max_iter": {most}}}"#));
        let alone = |most: u32| fit(&of(most), &set, &Context::quiet(1)).unwrap();
        let (fitted, steps) = watched(&of(1000), &set, &rows, &Context::quiet(1));
        assert_eq!(fitted, alone(1000));
        let iterations = fitted.report.steps;
        assert!((21..1000).contains(&iterations), "{iterations}");
        let wanted: Vec<_> = (1..=iterations.div_ceil(10))
            .map(|step| alone((10 * step).min(iterations)).model.predict(&rows).unwrap())
            .collect();
        assert_eq!(steps, wanted);
        // Where the iterations end with a step, no further one follows.
        assert_eq!(watched(&of(20), &set, &rows, &Context::quiet(1)).1, wanted[..2]);
    }
}

#[test]
fn a_fit_that_is_done_before_it_begins_has_one_step() {
    let x = Matrix::new(4, 1, vec![1.0, 1.0, -1.0, -1.0]).unwrap();
    let target = Target::Classes { labels: vec![0, 1, 0, 1], classes: 2 };
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let (fitted, steps) = watched(&parameters(LOGISTIC, "{}"), &set, &x, &Context::quiet(1));
    assert_eq!(fitted.report.steps, 0);
    assert_eq!(steps, [fitted.model.predict(&x).unwrap()]);
}

#[test]
fn the_solution_does_not_depend_on_the_number_of_threads() {
    let x = features(20_000, 3, 4);
    for kinds in [2, 3] {
        let target = classes(&x, kinds);
        let set = TrainingSet::new(&x, &target, None).unwrap();
        let alone = fit(&parameters(LOGISTIC, "{}"), &set, &Context::quiet(1)).unwrap();
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let context = Context { pool: Some(&pool), ..Context::quiet(1) };
        assert_eq!(fit(&parameters(LOGISTIC, "{}"), &set, &context).unwrap(), alone);
    }
}

#[test]
fn the_scale_and_place_of_a_column_cost_no_iterations_and_no_accuracy() {
    let x = features(500, 2, 9);
    let target = classes(&x, 2);
    let far: Vec<f32> = (0..2)
        .flat_map(|j| {
            x.column(j).iter().map(move |v| if j == 0 { v * 1000.0 + 50_000.0 } else { v * 0.001 - 0.5 })
        })
        .collect();
    let far = Matrix::new(500, 2, far).unwrap();
    let json = r#"{"C": 1e9, "tol": 1e-8}"#;
    let plain = train(LOGISTIC, json, &x, &target, None);
    let moved = train(LOGISTIC, json, &far, &target, None);
    assert_close(&predict(&moved, &far), &predict(&plain, &x), 1e-3);
    assert!(moved.report.steps <= plain.report.steps + 10, "{} {}", moved.report.steps, plain.report.steps);
}

#[test]
fn separable_classes_give_finite_coefficients_and_right_answers() {
    let x = Matrix::new(6, 1, vec![-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]).unwrap();
    let target = Target::Classes { labels: vec![0, 0, 0, 1, 1, 1], classes: 2 };
    for json in ["{}", r#"{"C": 1e12, "tol": 1e-9}"#] {
        let fitted = train(LOGISTIC, json, &x, &target, None);
        assert!(logistic(&fitted.model).coefficients()[0].is_finite());
        assert_eq!(accuracy(&fitted.model.predict(&x).unwrap(), &target), 1.0);
    }
}

#[test]
fn one_row_for_each_class_is_enough() {
    let x = Matrix::new(3, 1, vec![0.0, 1.0, 2.0]).unwrap();
    let target = Target::Classes { labels: vec![0, 1, 2], classes: 3 };
    let fitted = train(LOGISTIC, r#"{"C": 1000, "tol": 1e-9}"#, &x, &target, None);
    assert_eq!(accuracy(&fitted.model.predict(&x).unwrap(), &target), 1.0);
}

#[test]
fn a_constant_column_gets_coefficient_zero() {
    let mut columns = features(100, 2, 3).values().to_vec();
    let target = classes(&Matrix::new(100, 2, columns.clone()).unwrap(), 2);
    columns.extend([7.5; 100]);
    let x = Matrix::new(100, 3, columns).unwrap();
    let fitted = train(LOGISTIC, r#"{"tol": 1e-9}"#, &x, &target, None);
    assert!(logistic(&fitted.model).coefficients()[2].abs() < 1e-9);
}

#[test]
fn huge_values_give_finite_probabilities() {
    let x = Matrix::new(4, 2, vec![-3e38, -1e38, 1e38, 3e38, 1e-38, 2e-38, 1e-38, 2e-38]).unwrap();
    let target = Target::Classes { labels: vec![0, 0, 1, 1], classes: 2 };
    let fitted = train(LOGISTIC, "{}", &x, &target, None);
    let p = predict(&fitted, &x);
    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{p:?}");
    assert_eq!(accuracy(&fitted.model.predict(&x).unwrap(), &target), 1.0);
}

#[test]
fn a_class_without_weight_is_reported_and_gets_probability_zero() {
    let x = features(90, 3, 1);
    let labels: Vec<u32> = (0..90).map(|row| row % 3).collect();
    let weights: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(label != 1))).collect();
    let target = Target::Classes { labels, classes: 4 };
    let fitted = train(LOGISTIC, r#"{"class_weight": "balanced"}"#, &x, &target, Some(&weights));
    assert_eq!(fitted.report.warnings, [FitWarning::AbsentClasses { classes: vec![1, 3] }]);
    assert_eq!(logistic(&fitted.model).fitted(), [0, 2]);
    for row in predict(&fitted, &x).chunks_exact(4) {
        assert_eq!((row[1], row[3]), (0.0, 0.0));
        assert!((row[0] + row[2] - 1.0).abs() < 1e-12);
    }
}

#[test]
fn one_class_is_refused_by_its_index() {
    let x = features(10, 1, 1);
    let target = Target::Classes { labels: vec![1; 10], classes: 2 };
    let error = try_train(LOGISTIC, "{}", &x, &target, None).unwrap_err();
    assert_eq!(error, FitError::OneClass { algorithm: LOGISTIC, class: 1 });
}

#[test]
fn numbers_are_refused_as_a_target() {
    let x = features(10, 2, 1);
    let error = try_train(LOGISTIC, "{}", &x, &values(&x), None).unwrap_err();
    assert_eq!(error.to_string(), "LogisticRegression can't be fitted for regression");
}

#[test]
fn iterations_that_run_out_are_reported() {
    let x = features(200, 5, 1);
    let fitted = train(LOGISTIC, r#"{"max_iter": 2, "tol": 1e-9}"#, &x, &classes(&x, 3), None);
    let [FitWarning::NotConverged { steps: 2, gradient, tol }] = fitted.report.warnings[..] else {
        panic!("{:?}", fitted.report.warnings)
    };
    assert!(gradient > tol);
}

#[test]
fn without_intercept_the_score_at_zero_is_zero() {
    let x = features(100, 2, 2);
    for kinds in [2, 3] {
        let fitted = train(LOGISTIC, r#"{"fit_intercept": false}"#, &x, &classes(&x, kinds), None);
        let origin = Matrix::new(1, 2, vec![0.0, 0.0]).unwrap();
        assert_close(&predict(&fitted, &origin), &vec![1.0 / kinds as f64; kinds], 1e-12);
    }
}

#[test]
fn progress_shows_a_falling_loss_and_an_interruption_ends_the_fit() {
    let x = features(500, 4, 2);
    let target = classes(&x, 3);
    let set = TrainingSet::new(&x, &target, None).unwrap();
    let losses = Mutex::new(Vec::new());
    let context =
        Context { progress: &|step| losses.lock().unwrap().push(step.value.unwrap()), ..Context::quiet(1) };
    let fitted = fit(&parameters(LOGISTIC, "{}"), &set, &context).unwrap();
    let losses = losses.into_inner().unwrap();
    assert_eq!(losses.len() as u32, fitted.report.steps);
    assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-9)), "{losses:?}");
    let context = Context { interrupt: &|| true, ..Context::quiet(1) };
    assert_eq!(fit(&parameters(LOGISTIC, "{}"), &set, &context), Err(FitError::Interrupted));
}

/// Columns that nearly depend on each other, scaled on the rows that are fitted, as a fold of cross-validation has them.
#[test]
fn every_fold_of_correlated_columns_converges() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/breast_cancer.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    for seed in 0..300_u64 {
        let fold: Vec<&Vec<f64>> = rows
            .iter()
            .enumerate()
            .filter(|(row, _)| noise(seed * 1000 + *row as u64) > 0.2)
            .map(|(_, r)| r)
            .collect();
        let columns = (0..30).map(|j: usize| {
            let n = fold.len() as f64;
            let mean = fold.iter().map(|row| row[j]).sum::<f64>() / n;
            let sd = (fold.iter().map(|row| (row[j] - mean).powi(2)).sum::<f64>() / n).sqrt();
            fold.iter().map(|row| ((row[j] - mean) / sd) as f32).collect::<Vec<f32>>()
        });
        let columns: Vec<Vec<f32>> = columns.collect();
        let x = Matrix::from_columns(fold.len(), &columns).unwrap();
        let labels = fold.iter().map(|row| row[30] as u32).collect();
        let fitted = train(LOGISTIC, "{}", &x, &Target::Classes { labels, classes: 2 }, None);
        assert_eq!(fitted.report.warnings, vec![], "seed {seed}, {} rows", fold.len());
    }
}
