//! Models as they are made in earnest: preparation, learner and calibration fitted to rows.

use std::collections::BTreeMap;

use podium_learners::{Algorithm, Context, Parameters, Target, TrainingSet, fit};
use podium_tabular::calibrate::{Calibration, CalibrationInput, CalibrationMethod};
use podium_tabular::metric::{Predictions, Truth};
use podium_tabular::prepare::{Encoding, Scaling};
use podium_tabular::table::{Column, ColumnType};

use crate::case::Case;
use crate::data;

/// Something to learn: how large the first column is, and which plan the row has.
fn target() -> Vec<f64> {
    let table = data::table();
    let (Some(Column::Number(size)), Some(Column::Text(plan))) =
        (table.column("größe in m²"), table.column("プラン"))
    else {
        panic!("the columns are a number and a text");
    };
    let number = |x: f64| if x.is_nan() { 0.0 } else { x };
    size.iter()
        .zip(plan)
        .map(|(x, plan)| 1_000.0 + 20.0 * number(*x) + if plan.is_none() { 150.0 } else { 0.0 })
        .collect()
}

fn case(algorithm: Algorithm, classes: &[&str], encoding: Encoding, scaling: Scaling) -> Case {
    let schema = data::schema(classes, ColumnType::Text);
    let preparation = data::preparation(&schema, encoding, scaling);
    let table = data::table();
    let matrix = Case::prepared(&preparation, &table);
    let target = target_of(classes.len());
    let set = TrainingSet::new(&matrix, &target, None).unwrap();
    let parameters = Parameters::parse(algorithm, &BTreeMap::new()).unwrap();
    let model = fit(&parameters, &set, &Context::quiet(3)).unwrap().model;
    Case { schema, preparation, model, calibration: None, threshold: 0.5, table }
}

fn target_of(classes: usize) -> Target {
    if classes == 0 {
        return Target::Values(target());
    }
    let labels = target().iter().map(|y| ((y / 90.0) as u32) % classes as u32).collect();
    Target::Classes { labels, classes }
}

#[test]
fn a_fitted_logistic_regression_answers_alike() {
    let algorithm = Algorithm::LogisticRegression;
    assert!(case(algorithm, &["no", "yes"], Encoding::OneHot, Scaling::Standard).check() < 1e-12);
    assert!(case(algorithm, &["a", "b", "c"], Encoding::OneHot, Scaling::Standard).check() < 1e-12);
}

#[test]
fn a_fitted_linear_regression_answers_alike() {
    assert!(case(Algorithm::LinearRegression, &[], Encoding::OneHot, Scaling::Standard).check() < 1e-9);
}

#[test]
fn a_fitted_forest_answers_alike() {
    let algorithm = Algorithm::RandomForest;
    case(algorithm, &[], Encoding::Ordinal, Scaling::None).check();
    case(algorithm, &["no", "yes"], Encoding::OneHot, Scaling::None).check();
    case(algorithm, &["a", "b", "c"], Encoding::Ordinal, Scaling::Standard).check();
}

#[test]
fn a_fitted_calibration_answers_alike() {
    let mut case = case(Algorithm::LogisticRegression, &["a", "b", "c"], Encoding::OneHot, Scaling::Standard);
    let Target::Classes { labels, classes } = target_of(3) else { panic!("classes") };
    let rows = labels.len();
    let predictions = Predictions::Probabilities { classes, values: case.native().values.concat() };
    let truth = Truth::Classes { labels, classes, positive: None };
    let fitted = Calibration::fit(
        CalibrationMethod::Platt,
        CalibrationInput::LogOdds,
        &truth,
        &predictions,
        &vec![1.0; rows],
    );
    case.calibration = Some(fitted.unwrap());
    assert!(case.check() < 1e-9);
}
