//! What is no training set, and what the user is told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use podium_learners::{Matrix, MatrixError, PredictError, SetError, Target, TrainingSet, fit_prior};

fn two_rows() -> Matrix {
    Matrix::new(2, 1, vec![1.0, 2.0]).unwrap()
}

fn refusal(target: &Target, weights: Option<&[f64]>) -> SetError {
    TrainingSet::new(&two_rows(), target, weights).err().unwrap()
}

#[test]
fn a_matrix_names_the_place_of_a_value_that_is_not_finite() {
    let error = Matrix::new(2, 2, vec![1.0, 2.0, 3.0, f32::INFINITY]).unwrap_err();
    assert_eq!(error, MatrixError::NotFinite { column: 1, row: 1, value: f32::INFINITY });
    assert!(matches!(
        Matrix::new(1, 1, vec![f32::NAN]),
        Err(MatrixError::NotFinite { column: 0, row: 0, .. })
    ));
    let beyond = 1e39_f64 as f32;
    assert!(Matrix::new(1, 1, vec![beyond]).is_err());
}

#[test]
fn a_matrix_needs_as_many_values_as_it_has_places() {
    assert!(matches!(Matrix::new(2, 2, vec![0.0; 3]), Err(MatrixError::Shape { expected: 4, got: 3, .. })));
    let columns = [vec![1.0, 2.0], vec![3.0]];
    let error = Matrix::from_columns(2, &columns).unwrap_err();
    assert_eq!(error, MatrixError::ColumnLength { column: 1, expected: 2, got: 1 });
}

#[test]
fn rows_are_taken_in_the_order_asked_for() {
    let matrix = Matrix::new(3, 2, vec![1.0, 2.0, 3.0, 10.0, 20.0, 30.0]).unwrap();
    let taken = matrix.take(&[2, 0, 2]);
    assert_eq!(taken, Matrix::new(3, 2, vec![3.0, 1.0, 3.0, 30.0, 10.0, 30.0]).unwrap());
    let target = Target::Classes { labels: vec![0, 1, 0], classes: 2 };
    assert_eq!(target.take(&[1, 1]), Target::Classes { labels: vec![1, 1], classes: 2 });
}

#[test]
fn lengths_labels_and_weights_are_checked() {
    let good = Target::Values(vec![1.0, 2.0]);
    assert!(matches!(
        refusal(&Target::Values(vec![1.0]), None),
        SetError::Length { expected: 2, got: 1, .. }
    ));
    assert!(matches!(
        refusal(&Target::Values(vec![1.0, f64::NAN]), None),
        SetError::Value { row: 1, value } if value.is_nan()
    ));
    assert_eq!(
        refusal(&Target::Classes { labels: vec![0, 2], classes: 2 }, None),
        SetError::Label { row: 1, label: 2, classes: 2 }
    );
    assert!(matches!(refusal(&good, Some(&[1.0])), SetError::Length { expected: 2, got: 1, .. }));
    assert_eq!(refusal(&good, Some(&[1.0, -1.0])), SetError::Weight { row: 1, weight: -1.0 });
    assert_eq!(refusal(&good, Some(&[0.0, 0.0])), SetError::WeightSum { sum: 0.0 });
    assert_eq!(refusal(&good, Some(&[f64::MAX, f64::MAX])), SetError::WeightSum { sum: f64::INFINITY });
}

#[test]
fn nothing_to_fit_on_is_refused() {
    let target = Target::Values(Vec::new());
    let empty = Matrix::new(0, 3, Vec::new()).unwrap();
    let error = TrainingSet::new(&empty, &target, None).err().unwrap();
    assert_eq!(error, SetError::Empty { rows: 0, columns: 3 });
}

#[test]
fn the_dummy_answers_weighted_shares_and_the_weighted_mean() {
    let matrix = two_rows();
    let weights = [3.0, 1.0];
    let classes = Target::Classes { labels: vec![1, 0], classes: 3 };
    let set = TrainingSet::new(&matrix, &classes, Some(&weights)).unwrap();
    let fitted = fit_prior(&set);
    assert_eq!(common::predict(&fitted, &matrix), [0.25, 0.75, 0.0, 0.25, 0.75, 0.0]);
    let values = Target::Values(vec![10.0, 2.0]);
    let set = TrainingSet::new(&matrix, &values, Some(&weights)).unwrap();
    let fitted = fit_prior(&set);
    assert_eq!(common::predict(&fitted, &matrix), [8.0, 8.0]);
}

#[test]
fn a_prediction_needs_the_columns_of_the_fit() {
    let matrix = two_rows();
    let target = Target::Values(vec![1.0, 2.0]);
    let fitted = fit_prior(&TrainingSet::new(&matrix, &target, None).unwrap());
    let wide = Matrix::new(1, 2, vec![0.0, 0.0]).unwrap();
    let error = fitted.model.predict(&wide).unwrap_err();
    assert_eq!(error, PredictError::Columns { expected: 1, got: 2 });
}
