//! Every learner, on rows with missing values, unknown levels and timestamps.

use podium_learners::{Activation, MlpOutput, Model};
use podium_tabular::prepare::{Encoding, Scaling};
use podium_tabular::table::ColumnType;

use crate::case::Case;
use crate::{data, models};

const LABELS: [&str; 4] = ["außen", "never", "中", "😀"];

/// A case of this many classes (0 for regression); the model is made for the columns of its preparation.
fn case(
    classes: usize,
    encoding: Encoding,
    scaling: Scaling,
    model: impl Fn(usize, &[f32]) -> Model,
) -> Case {
    let schema = data::schema(&LABELS[..classes], ColumnType::Text);
    let preparation = data::preparation(&schema, encoding, scaling);
    let table = data::table();
    let matrix = Case::prepared(&preparation, &table);
    let model = model(matrix.columns(), matrix.values());
    Case { schema, preparation, model, calibration: None, threshold: 0.5, table }
}

#[test]
fn logistic_regression_of_two_classes_answers_alike() {
    let mut case = case(2, Encoding::OneHot, Scaling::Standard, |d, _| models::logistic(d, 2, &[0, 1]));
    case.threshold = 0.3;
    assert!(case.check() < 1e-12);
}

#[test]
fn logistic_regression_of_four_classes_answers_alike() {
    let model = |d: usize, _: &[f32]| models::logistic(d, 4, &[0, 1, 2, 3]);
    assert!(case(4, Encoding::OneHot, Scaling::Robust, model).check() < 1e-12);
}

#[test]
fn a_class_without_rows_in_the_fit_has_probability_zero() {
    let three = |d: usize, _: &[f32]| models::logistic(d, 4, &[0, 2, 3]);
    assert!(case(4, Encoding::OneHot, Scaling::Standard, three).check() < 1e-12);
    let two = |d: usize, _: &[f32]| models::logistic(d, 3, &[1, 2]);
    assert!(case(3, Encoding::OneHot, Scaling::Standard, two).check() < 1e-12);
}

#[test]
fn linear_regression_answers_alike() {
    let case = case(0, Encoding::OneHot, Scaling::MinMax, |d, _| models::linear(d));
    assert!(case.check() < 1e-9);
}

#[test]
fn a_forest_of_two_classes_decides_alike_also_on_its_thresholds() {
    let mut case = case(2, Encoding::OneHot, Scaling::Standard, |d, x| models::forest(x, d, Some(2), 30));
    case.threshold = 0.55;
    assert!(case.check() < 1e-6);
}

#[test]
fn a_forest_of_three_classes_decides_alike() {
    let model = |d: usize, x: &[f32]| models::forest(x, d, Some(3), 30);
    assert!(case(3, Encoding::Ordinal, Scaling::None, model).check() < 1e-6);
}

#[test]
fn a_forest_of_numbers_answers_alike() {
    let model = |d: usize, x: &[f32]| models::forest(x, d, None, 30);
    case(0, Encoding::Ordinal, Scaling::None, model).check();
}

#[test]
fn a_perceptron_with_relu_answers_alike() {
    let model = |d: usize, _: &[f32]| models::mlp(d, Activation::Relu, MlpOutput::Softmax, 3);
    case(3, Encoding::OneHot, Scaling::Standard, model).check();
}

#[test]
fn a_perceptron_with_tanh_answers_alike() {
    let model = |d: usize, _: &[f32]| models::mlp(d, Activation::Tanh, MlpOutput::Softmax, 2);
    case(2, Encoding::OneHot, Scaling::Standard, model).check();
}

#[test]
fn a_perceptron_of_numbers_answers_alike() {
    let model = |d: usize, _: &[f32]| models::mlp(d, Activation::Relu, MlpOutput::Identity, 1);
    case(0, Encoding::OneHot, Scaling::Standard, model).check();
}

#[test]
fn the_dummy_of_classes_answers_alike() {
    let model = |d: usize, _: &[f32]| models::prior_classes(d, &[0.25, 0.5, 0.25]);
    assert!(case(3, Encoding::OneHot, Scaling::Standard, model).check() == 0.0);
}

#[test]
fn the_dummy_of_numbers_answers_alike() {
    let case = case(0, Encoding::OneHot, Scaling::Standard, |d, _| models::prior_mean(d, -1234.5678));
    assert!(case.check() == 0.0);
}
