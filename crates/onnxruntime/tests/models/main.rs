//! Models of each form that a user may bring: what fits predicts, what does not is refused with the name of what is wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use podium_onnx::{Column, ColumnType, Signature};
use podium_onnxruntime::{LoadError, ModelError, OnnxModel, Runtime};
use podium_tabular::metric::Predictions;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::table::{Table, read_csv};

fn script(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(root.join("scripts").join(name)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

fn runtime() -> Runtime {
    Runtime::load(&[script("get-onnxruntime.sh").join("libonnxruntime.so")]).unwrap()
}

/// The models, made once.
fn file(name: &str) -> Vec<u8> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(script("pyenv").join("bin/python"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/make.py"))
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        folder
    });
    std::fs::read(folder.path().join(format!("{name}.onnx"))).unwrap()
}

/// Numbers in two columns, neither of which looks like a row's number, and a target of numbers.
fn numbers() -> (Table, Schema) {
    let rows: Vec<String> = (0..40).map(|row| format!("{},{}.5,{}", row % 7, row * 2, row * 3)).collect();
    table(&format!("a,b,y\n{}\n", rows.join("\n")))
}

fn table(text: &str) -> (Table, Schema) {
    let table = read_csv(text.as_bytes()).unwrap();
    let schema = Schema::infer(&table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap();
    (table, schema)
}

/// A text with gaps, an instant, a number.
fn mixed() -> (Table, Schema) {
    let rows: Vec<String> = (0..30)
        .map(|row| {
            let city = ["Köln", "", "Aix"][row % 3];
            format!("\"{city}\",1970-01-01T00:00:{row:02}Z,{row}.25,{}.5", row * 7)
        })
        .collect();
    table(&format!("stadt,seit,größe,y\n{}\n", rows.join("\n")))
}

fn load(name: &str, schema: &Schema) -> Result<OnnxModel, ModelError> {
    OnnxModel::load(&runtime(), &file(name), schema, 1)
}

#[test]
fn one_tensor_of_all_features_predicts_each_row_asked_for() {
    let (table, schema) = numbers();
    let model = load("table", &schema).unwrap();
    let found = model.predict(&table, &[3, 0, 39]).unwrap();
    assert_eq!(found, Predictions::Values(vec![9.5, 0.5, 82.5]));
    assert_eq!(model.predict(&table, &[]).unwrap(), Predictions::Values(Vec::new()));
}

#[test]
fn more_rows_than_a_batch_come_back_in_order() {
    let (table, schema) = numbers();
    let rows: Vec<usize> = (0..10_000).map(|row| row % 40).collect();
    let found = load("table", &schema).unwrap().predict(&table, &rows).unwrap();
    let expected = rows.iter().map(|&row| (row % 7) as f64 + row as f64 * 2.0 + 0.5).collect();
    assert_eq!(found, Predictions::Values(expected));
}

#[test]
fn a_tensor_a_column_takes_texts_with_gaps_instants_and_numbers() {
    let (table, schema) = mixed();
    let model = load("columns", &schema).unwrap();
    let found = model.predict(&table, &[0, 1, 2]).unwrap();
    assert_eq!(found, Predictions::Values(vec![10.25, 22.25, 94.25]));
    let column = |name: &str, r#type| Column { name: name.to_owned(), r#type };
    let inputs = vec![
        column("stadt", ColumnType::String),
        column("seit", ColumnType::Long),
        column("größe", ColumnType::Double),
    ];
    assert_eq!(model.signature(), Signature { inputs, outputs: Vec::new() });
}

#[test]
fn probabilities_are_taken_as_such_or_refused_with_the_row() {
    let rows: Vec<String> = (0..20)
        .map(|row| format!("{},{},{}", f64::from(row) / 20.0, 1.0 - f64::from(row) / 20.0, row % 2))
        .collect();
    let (table, schema) = table(&format!("a,b,y\n{}\n0.5,0.75,1\n", rows.join("\n")));
    let model = load("probabilities", &schema).unwrap();
    let found = model.predict(&table, &[0, 10]).unwrap();
    assert_eq!(found, Predictions::Probabilities { classes: 2, values: vec![0.0, 1.0, 0.5, 0.5] });
    let message = "its probabilities sum to 1.25, not to 1".to_owned();
    assert_eq!(model.predict(&table, &[10, 20]), Err(ModelError::Answer { row: 20, message }));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let (_, schema) = numbers();
    let (_, texts) = mixed();
    let refused = |name: &str, schema: &Schema| load(name, schema).unwrap_err();
    assert_eq!(refused("narrow", &schema), ModelError::Width { name: "X".to_owned(), found: 3, expected: 2 });
    assert_eq!(
        refused("unknown", &schema),
        ModelError::UnknownInput { name: "zwei".to_owned(), known: "\"a\", \"b\"".to_owned() }
    );
    assert!(matches!(refused("image", &schema), ModelError::Input { name, .. } if name == "X"));
    let kind = ModelError::Kind {
        input: "X".to_owned(),
        wanted: "strings",
        column: "a".to_owned(),
        found: "numbers",
    };
    assert_eq!(refused("text", &schema), kind);
    assert!(matches!(refused("table", &texts), ModelError::Width { found: 2, expected: 3, .. }));
    let no_output = load("probabilities", &schema).unwrap_err().to_string();
    assert!(
        no_output.starts_with("none of its outputs is a float tensor of shape [rows] or [rows, 1]"),
        "{no_output}"
    );
    let nonsense = OnnxModel::load(&runtime(), b"nonsense", &schema, 1).unwrap_err();
    assert!(matches!(nonsense, ModelError::Refused(_)), "{nonsense}");
}

#[test]
fn a_whole_number_that_is_missing_or_none_is_named_with_its_row() {
    let rows: Vec<String> = (0..20).map(|row| format!("{row},{},{row}.5", row * 2)).collect();
    let (table, schema) = table(&format!("a,b,y\n{}\n7,,1.5\n8,0.5,2.5\n", rows.join("\n")));
    let model = load("whole", &schema).unwrap();
    assert_eq!(model.predict(&table, &[1, 2]).unwrap(), Predictions::Values(vec![3.0, 6.0]));
    let wrong = |value: &str, row| {
        let (input, column) = ("X".to_owned(), "b".to_owned());
        Err(ModelError::Whole { input, column, value: value.to_owned(), row })
    };
    assert_eq!(model.predict(&table, &[1, 20]), wrong("missing", 20));
    assert_eq!(model.predict(&table, &[21]), wrong("0.5", 21));
}

#[test]
fn without_the_library_the_places_are_named() {
    // Another process, since this one may have loaded it already.
    if std::env::var_os("PODIUM_TEST_MISSING").is_none() {
        let test = "without_the_library_the_places_are_named";
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env("PODIUM_TEST_MISSING", "1")
            .status()
            .unwrap();
        assert!(again.success());
        return;
    }
    let places = [PathBuf::from("/nowhere/a.so"), PathBuf::from("/nowhere/b.so")];
    let missing = LoadError::Missing("/nowhere/a.so, /nowhere/b.so".to_owned());
    assert_eq!(Runtime::load(&places).unwrap_err(), missing);
    let broken = Runtime::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")]).unwrap_err();
    assert!(matches!(broken, LoadError::Broken { .. }), "{broken}");
}
