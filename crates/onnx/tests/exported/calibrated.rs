//! Calibration inside the graph.

use podium_onnx::{ExportError, Source, export};
use podium_tabular::calibrate::{Calibration, CalibrationInput, Calibrator, Isotonic, Platt};
use podium_tabular::prepare::{Encoding, Scaling};
use podium_tabular::table::ColumnType;

use crate::case::Case;
use crate::{data, models};

fn calibrated(classes: usize, input: CalibrationInput, calibrators: Vec<Calibrator>) -> Case {
    let schema = data::schema(&["a", "b", "c"][..classes], ColumnType::Text);
    let preparation = data::preparation(&schema, Encoding::OneHot, Scaling::Standard);
    let fitted: Vec<u32> = (0..classes as u32).collect();
    let model = models::logistic(preparation.output_names().len(), classes, &fitted);
    let calibration = Some(Calibration { input, classes, calibrators });
    Case { schema, preparation, model, calibration, threshold: 0.4, table: data::table() }
}

fn platt(a: f64, b: f64) -> Calibrator {
    Calibrator::Platt(Platt { a, b })
}

fn isotonic(knots: &[(f64, f64)]) -> Calibrator {
    let (x, y) = knots.iter().copied().unzip();
    Calibrator::Isotonic(Isotonic { x, y })
}

#[test]
fn platt_of_two_classes_answers_alike() {
    let case = calibrated(2, CalibrationInput::LogOdds, vec![platt(-0.7, 0.4)]);
    assert!(case.check() < 1e-9);
}

#[test]
fn platt_of_three_classes_answers_alike() {
    let each = vec![platt(-3.0, 1.0), platt(-2.0, 0.5), platt(-4.0, 1.5)];
    assert!(calibrated(3, CalibrationInput::Probability, each).check() < 1e-9);
}

#[test]
fn isotonic_of_two_classes_answers_alike_between_on_and_outside_the_knots() {
    let knots: Vec<(f64, f64)> =
        (1..=37).map(|at| (f64::from(at) / 40.0, f64::from(at * at) / 1400.0)).collect();
    let case = calibrated(2, CalibrationInput::Probability, vec![isotonic(&knots)]);
    assert!(case.check() < 1e-9);
}

#[test]
fn isotonic_rows_of_zeros_become_uniform() {
    let zero_below = |from: f64| isotonic(&[(from, 0.0), (from + 0.05, 0.8)]);
    let each = vec![zero_below(0.6), zero_below(0.7), isotonic(&[(0.5, 0.0)])];
    let case = calibrated(3, CalibrationInput::Probability, each);
    let uniform = case.native().values.iter().filter(|row| row[0] == row[1] && row[1] == row[2]).count();
    assert!(uniform > 10 && uniform < data::ROWS, "{uniform} rows of zeros");
    assert!(case.check() < 1e-9);
}

#[test]
fn a_forest_on_the_knots_of_its_calibration_answers_alike() {
    let schema = data::schema(&["a", "b"], ColumnType::Text);
    let preparation = data::preparation(&schema, Encoding::Ordinal, Scaling::None);
    let matrix = Case::prepared(&preparation, &data::table());
    let model = models::forest(matrix.values(), matrix.columns(), Some(2), 20);
    let knots: Vec<(f64, f64)> = (0..=20).map(|at| (f64::from(at) / 20.0, f64::from(at / 3) / 7.0)).collect();
    let calibrators = vec![isotonic(&knots)];
    let calibration = Some(Calibration { input: CalibrationInput::Probability, classes: 2, calibrators });
    Case { schema, preparation, model, calibration, threshold: 0.5, table: data::table() }.check();
}

fn refusal(case: &Case) -> ExportError {
    let source = Source {
        schema: &case.schema,
        preparation: &case.preparation,
        model: &case.model,
        calibration: case.calibration.as_ref(),
        threshold: case.threshold,
    };
    export(&source).unwrap_err()
}

#[test]
fn calibrators_of_another_number_of_classes_are_refused() {
    let case = calibrated(3, CalibrationInput::Probability, vec![platt(-1.0, 0.0)]);
    assert_eq!(refusal(&case), ExportError::Calibration { calibrators: 1, calibrated: 3, classes: 3 });
}

#[test]
fn an_isotonic_calibrator_without_knots_is_refused() {
    let case = calibrated(2, CalibrationInput::Probability, vec![isotonic(&[])]);
    assert_eq!(refusal(&case), ExportError::Knots { scores: 0, probabilities: 0 });
}
