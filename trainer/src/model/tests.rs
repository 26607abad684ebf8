//! The model file: what is read is what was written, and damage is an error.

use podium_artifacts::of_files;
use podium_learners::{Context, Parameters};
use podium_tabular::digest::row_digests;
use podium_tabular::metric::{Average, MetricName};
use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::split::TrainedRows;
use podium_tabular::table::{Table, read_csv};

use super::*;
use crate::fit::{FittedPart, Learner};

const READING: Reading = Reading { limit: 1 << 20, threads: 1 };

fn only(file: &[u8]) -> podium_artifacts::Files {
    [("model.podium".to_owned(), bytes::Bytes::copy_from_slice(file))].into()
}

fn table() -> Table {
    let mut text = "größe,stadt,y\n".to_owned();
    for row in 0..60 {
        let city = ["Köln", "Aix", "", "N'Djamena"][row % 4];
        text.push_str(&format!(
            "{}.25,{city},{}\n",
            row * 37 % 60,
            ["ja", "nein"][usize::from(row * 37 % 60 > 25)]
        ));
    }
    read_csv(text.as_bytes()).unwrap()
}

fn model(table: &Table, learner: Learner<'_>, algorithm: &str) -> TrainedModel {
    let schema = Schema::infer(table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap();
    let rows: Vec<usize> = (0..table.rows()).collect();
    let spec = PreparationSpec::default();
    let part = FittedPart::fit(table, &schema, &rows, &spec, learner, &Context::quiet(1)).unwrap();
    let trained_rows = TrainedRows::of(table, &row_digests(table), &rows, &schema);
    let body = Body {
        trainer: "0.1.0".to_owned(),
        algorithm: algorithm.to_owned(),
        parameters: [("C".to_owned(), serde_json::json!(0.1)), ("x".to_owned(), Value::Null)].into(),
        metric: MetricName::RocAuc,
        average: Average::Binary,
        data_digest: "d".repeat(64),
        schema,
        decision: Decision { calibration: None, threshold: 0.1 + 0.2 },
    };
    let own = Own { preparation: part.preparation, learner: part.model };
    TrainedModel { body, predictor: Predictor::Own(Box::new(own)), trained_rows }
}

fn models() -> Vec<TrainedModel> {
    let table = table();
    let logistic =
        Parameters::parse(podium_learners::Algorithm::LogisticRegression, &BTreeMap::new()).unwrap();
    let given = [("n_estimators".to_owned(), serde_json::json!(5))].into();
    let forest = Parameters::parse(podium_learners::Algorithm::RandomForest, &given).unwrap();
    vec![
        model(&table, Learner::Parameters(&logistic), "LogisticRegression"),
        model(&table, Learner::Parameters(&forest), "RandomForest"),
        model(&table, Learner::Prior, "Prior"),
    ]
}

#[test]
fn what_is_read_is_what_was_written_to_the_bit() {
    for model in models() {
        let file = write(&model).unwrap();
        let again = read(&only(&file), READING).unwrap();
        assert_eq!(again, model);
        assert_eq!(write(&again).unwrap(), file);
    }
}

#[test]
fn a_damaged_cut_or_foreign_file_is_an_error() {
    let file = write(&models()[1]).unwrap();
    for length in 0..file.len() {
        assert!(read(&only(&file[..length]), READING).is_err(), "cut at {length}");
    }
    assert!(matches!(read(&only(b"something else entirely"), READING), Err(FileError::Magic)));
    let mut newer = file.to_vec();
    newer[12] = 9;
    assert!(matches!(read(&only(&newer), READING), Err(FileError::Version { found: 9 })));
    assert!(matches!(
        read(&only(&file), Reading { limit: 100, ..READING }),
        Err(FileError::TooLarge { limit: 100 })
    ));
}

#[test]
fn the_folder_of_another_run_differs_in_its_mlmodel_alone() {
    let files = folder(&models()[0], "run-1").unwrap();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["MLmodel", "model.onnx", "model.podium", "python_env.yaml", "requirements.txt"]);
    let other = with_run_id(&files, "run-2");
    for (name, bytes) in &files {
        assert_eq!(other[name] == *bytes, name != "MLmodel", "{name}");
    }
    assert_eq!(with_run_id(&other, "run-1"), files);
    assert_ne!(of_files(&files), of_files(&other));
}
