//! Names and types of inputs and outputs, and the refusals.

use podium_onnx::{Column, ColumnType, ExportError, Source, export, mlmodel};
use podium_tabular::prepare::{
    Encoding, Fitted, FittedCategory, FittedFeature, FittedNumber, FittedPreparation, Scaling,
};
use podium_tabular::schema::FeatureKind;
use podium_tabular::table::{self, ColumnType as TableType, Table};

use crate::case::Case;
use crate::{data, models};

const NUMBER: FittedNumber = FittedNumber { fill: 0.0, offset: 0.0, factor: 1.0 };

fn number(name: &str) -> FittedFeature {
    let fitted = Fitted::Number { number: NUMBER, indicator: false };
    FittedFeature { name: name.into(), kind: FeatureKind::Number, fitted }
}

/// A dummy of these classes over features of one number each.
fn dummy(names: &[&str], classes: &[&str], target_type: TableType) -> Case {
    let shares = vec![1.0 / classes.len() as f64; classes.len()];
    let columns = names.iter().map(|&name| (name.to_owned(), table::Column::Number(vec![1.0, f64::NAN])));
    Case {
        schema: data::schema(classes, target_type),
        preparation: FittedPreparation::new(names.iter().map(|&name| number(name)).collect(), Vec::new()),
        model: models::prior_classes(names.len(), &shares),
        calibration: None,
        threshold: 0.5,
        table: Table::new(columns.collect()).unwrap(),
    }
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

fn column(name: &str, r#type: ColumnType) -> Column {
    Column { name: name.into(), r#type }
}

#[test]
fn whole_numbers_as_classes_are_answered_as_integers() {
    let case = dummy(&["x"], &["-3", "10", "200"], TableType::Number);
    assert_eq!(case.export().signature.outputs[0], column("label", ColumnType::Long));
    assert_eq!(case.check(), 0.0);
}

#[test]
fn digits_in_a_text_column_stay_texts() {
    let case = dummy(&["x"], &["0", "1"], TableType::Text);
    assert_eq!(case.export().signature.outputs[0], column("label", ColumnType::String));
    assert_eq!(case.check(), 0.0);
}

#[test]
fn broken_numbers_as_classes_are_answered_as_texts() {
    let case = dummy(&["x"], &["0.5", "1"], TableType::Number);
    assert_eq!(case.export().signature.outputs[0], column("label", ColumnType::String));
    assert_eq!(case.check(), 0.0);
}

#[test]
fn an_output_whose_name_is_an_input_has_an_underscore_behind_it() {
    let case = dummy(&["label", "label_", "probability_a", "podium.1"], &["a", "b"], TableType::Text);
    let outputs = [
        column("label__", ColumnType::String),
        column("probability_a_", ColumnType::Double),
        column("probability_b", ColumnType::Double),
    ];
    assert_eq!(case.export().signature.outputs, outputs);
    assert_eq!(case.check(), 0.0);
}

#[test]
fn the_smaller_label_can_be_the_positive_one() {
    let mut case = dummy(&["x"], &["no", "yes"], TableType::Text);
    case.schema.positive = Some(0);
    case.threshold = 0.5;
    let answer = case.run(&[(0, 2)]);
    assert_eq!(
        answer.slices[0].mlflow["label"],
        ["no", "no"],
        "a probability equal to the threshold is positive"
    );
}

#[test]
fn a_single_input_is_a_matrix_of_one_column_as_mlflow_feeds_it() {
    let schema = data::schema(&[], TableType::Number);
    let case = Case {
        schema,
        preparation: FittedPreparation::new(vec![number("x")], Vec::new()),
        model: models::picking(1, 0),
        calibration: None,
        threshold: 0.5,
        table: Table::new(vec![("x".into(), table::Column::Number(vec![4.0, f64::NAN, -1.5]))]).unwrap(),
    };
    assert_eq!(case.check(), 0.0);
}

#[test]
fn equal_models_give_equal_files() {
    let case = dummy(&["x", "y"], &["a", "b"], TableType::Text);
    assert_eq!(case.export(), case.export());
}

#[test]
fn a_thousand_columns_are_no_trouble() {
    let names: Vec<String> = (0..1000).map(|at| format!("c{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(dummy(&names, &["a", "b"], TableType::Text).check(), 0.0);
}

#[test]
fn the_text_of_another_run_differs_in_its_line_only() {
    let signature = dummy(&["x"], &["a", "b"], TableType::Text).export().signature;
    let (one, two) = (mlmodel::folder(&signature, "one").mlmodel, mlmodel::folder(&signature, "two").mlmodel);
    assert_eq!(mlmodel::with_run_id(&one, "two"), two);
    assert_eq!(mlmodel::with_run_id("flavors: {}\n", "two"), "flavors: {}\nrun_id: 'two'\n");
}

#[test]
fn a_model_of_another_preparation_is_refused() {
    let mut case = dummy(&["x"], &["a", "b"], TableType::Text);
    case.model = models::prior_classes(3, &[0.5, 0.5]);
    assert_eq!(refusal(&case), ExportError::Columns { prepared: 1, fitted: 3 });
}

#[test]
fn a_model_of_other_classes_is_refused() {
    let mut case = dummy(&["x"], &["a", "b"], TableType::Text);
    case.model = models::linear(1);
    assert_eq!(refusal(&case), ExportError::Classes { labels: 2, known: 0 });
}

#[test]
fn a_threshold_that_is_no_probability_is_refused() {
    let mut case = dummy(&["x"], &["a", "b"], TableType::Text);
    case.threshold = f64::NAN;
    assert!(matches!(refusal(&case), ExportError::Threshold(t) if t.is_nan()));
}

#[test]
fn column_names_that_no_graph_can_hold_are_refused() {
    let with = |names: &[&str]| {
        let mut case = dummy(&["x"], &["a", "b"], TableType::Text);
        let features = names.iter().map(|&name| number(name)).collect();
        case.preparation = FittedPreparation::new(features, Vec::new());
        refusal(&case)
    };
    assert_eq!(with(&["x", ""]), ExportError::EmptyName { position: 2 });
    assert_eq!(with(&["x", "x"]), ExportError::DuplicateName { name: "x".into() });
    assert_eq!(with(&[]), ExportError::NoInputs);
}

#[test]
fn a_level_of_numbers_that_is_no_number_is_refused() {
    let mut case = dummy(&["x"], &["a", "b"], TableType::Text);
    let category = FittedCategory {
        levels: vec!["1".into(), "one".into()],
        missing_level: false,
        numeric: true,
        encoding: Encoding::OneHot,
    };
    let kind = FeatureKind::NumericCategory;
    let feature = FittedFeature { name: "x".into(), kind, fitted: Fitted::Category(category) };
    case.preparation = FittedPreparation::new(vec![feature], Vec::new());
    assert_eq!(refusal(&case), ExportError::Level { column: "x".into(), level: "one".into() });
}

#[test]
fn the_signature_states_the_raw_columns_in_order() {
    let schema = data::schema(&[], TableType::Number);
    let preparation = data::preparation(&schema, Encoding::OneHot, Scaling::Standard);
    let model = models::linear(preparation.output_names().len());
    let signature =
        Case { schema, preparation, model, calibration: None, threshold: 0.5, table: data::table() }
            .export()
            .signature;
    let inputs = [
        column("größe in m²", ColumnType::Double),
        column("プラン", ColumnType::String),
        column("label", ColumnType::Double),
        column("code", ColumnType::Double),
        column("signup_at", ColumnType::Double),
        column("tier", ColumnType::String),
    ];
    assert_eq!(signature.inputs, inputs);
    assert_eq!(signature.outputs, [column("prediction", ColumnType::Double)]);
}
