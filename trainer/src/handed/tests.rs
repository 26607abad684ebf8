//! What is handed over is the training part alone; what comes back is taken only when it is whole.

use podium_contract::{Average, Calibration, Evaluation, Threshold};
use podium_tabular::metric::Predictions;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::split::{SplitSpec, Strategy};

use super::*;
use crate::fit::Scoring;
use crate::stage::{Loaded, Pin};

/// Ten rows, of which the hash holds out two; two folds.
fn pin(target: &[&str]) -> Pin {
    let mut text = "größe,stadt,seit,id,y\n".to_owned();
    for (row, y) in target.iter().enumerate() {
        let city = ["Köln", "", "Aix, en"][row % 3];
        text.push_str(&format!("{row}.5,\"{city}\",2024-01-01T00:00:0{row}Z,n{row},{y}\n"));
    }
    let loaded = Loaded::read(text.into(), podium_contract::Format::Csv).unwrap();
    let spec = DataSpec { target: "y".to_owned(), exclude: vec!["id".to_owned()], ..DataSpec::default() };
    let schema = Schema::infer(&loaded.table, &spec).unwrap();
    let spec = SplitSpec { holdout: 0.2, strategy: Strategy::Shuffled, folds: 2, seed: 1 };
    let split = spec.split(&loaded.table, &loaded.digests, &loaded.rows, &schema).unwrap();
    Pin { loaded, schema, split }
}

fn classes() -> Pin {
    pin(&["ja", "nein", "ja", "nein", "ja", "nein", "ja", "nein", "ja", "nein"])
}

fn scoring(pin: &Pin) -> Scoring {
    let evaluation = Evaluation {
        metric: None,
        average: Some(Average::Macro),
        calibration: Calibration::None,
        threshold: Threshold::Half,
    };
    Scoring::resolve(&evaluation, &pin.schema).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_rows_of_the_training_part_are_handed_over_and_none_of_the_holdout() {
    let pin = classes();
    let [(_, data), ..] = files(&pin, scoring(&pin), 7).unwrap();
    let found = text(&data);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines[0], "größe,stadt,seit,y");
    let expected: Vec<String> = pin
        .split
        .training
        .iter()
        .map(|row| {
            let city = ["Köln", "", "\"Aix, en\""][row % 3];
            format!("{row}.5,{city},{},{}", 1_704_067_200 + row, ["ja", "nein"][row % 2])
        })
        .collect();
    assert_eq!(lines[1..], expected);
    assert_eq!((pin.split.training.len(), pin.split.holdout.len()), (8, 2));
}

#[test]
fn each_row_is_validated_in_one_fold_and_trained_in_the_other() {
    let pin = classes();
    let [_, (_, folds), _] = files(&pin, scoring(&pin), 7).unwrap();
    let found = text(&folds);
    let mut lines = found.lines();
    assert_eq!(lines.next(), Some("row,fold_1,fold_2"));
    for (line, row) in lines.zip(&pin.split.training) {
        let number = pin.split.training.iter().position(|found| found == row).unwrap();
        let is_first = pin.split.folds[0].validation.contains(row);
        let words = if is_first { "validation,train" } else { "train,validation" };
        assert_eq!(line, format!("{number},{words}"));
    }
}

#[test]
fn the_task_names_features_classes_and_metric() {
    let pin = classes();
    let [.., (_, task)] = files(&pin, scoring(&pin), 7).unwrap();
    let found: serde_json::Value = serde_json::from_slice(&task).unwrap();
    let expected = serde_json::json!({
        "task": "BinaryClassification",
        "target": "y",
        "features": [
            {"name": "größe", "categorical": false},
            {"name": "stadt", "categorical": true},
            {"name": "seit", "categorical": false},
        ],
        "classes": ["ja", "nein"],
        "positiveLabel": "nein",
        "weightColumn": null,
        "folds": 2,
        "metric": "roc_auc",
        "seed": 7,
    });
    assert_eq!(found, expected);
}

/// A file in which row `n` has the probability `n / 10` of the second class, but for what `change` does to its lines.
fn made(change: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = (0..8)
        .map(|row| format!("{},{row},{}", f64::from(row) / 10.0, 1.0 - f64::from(row) / 10.0))
        .collect();
    change(&mut lines);
    format!("nein,row,ja\n{}\n", lines.join("\n"))
}

#[test]
fn predictions_come_back_by_fold_in_the_order_of_its_rows_and_of_the_classes() {
    let pin = classes();
    let text = made(|lines| lines.reverse());
    let found = out_of_fold(text.as_bytes(), &pin.schema, &pin.split).unwrap();
    let expected: Vec<Predictions> = pin
        .split
        .folds
        .iter()
        .map(|fold| {
            let number = |row: &usize| pin.split.training.iter().position(|found| found == row).unwrap();
            let values = fold.validation.iter().map(number).flat_map(|n| {
                let p = n as f64 / 10.0;
                [1.0 - p, p]
            });
            Predictions::Probabilities { classes: 2, values: values.collect() }
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_not_whole_is_refused_with_its_line() {
    let pin = classes();
    let refused =
        |text: String| out_of_fold(text.as_bytes(), &pin.schema, &pin.split).unwrap_err().to_string();
    let cases = [
        (
            made(|lines| drop(lines.drain(2..4))),
            "out_of_fold.csv: 2 of 8 validation rows have no prediction, the first is row 2",
        ),
        (
            made(|lines| lines.push("0.5,3,0.5".to_owned())),
            "out_of_fold.csv, line 10: row 3 stands there twice",
        ),
        (
            made(|lines| "NaN,1,0.5".clone_into(&mut lines[1])),
            "out_of_fold.csv, line 3, column \"nein\": \"NaN\" is no finite number",
        ),
        (
            made(|lines| "1.5,1,-0.5".clone_into(&mut lines[1])),
            "out_of_fold.csv, line 3, row 1: -0.5 is no probability",
        ),
        (
            made(|lines| "0.25,1,0.5".clone_into(&mut lines[1])),
            "out_of_fold.csv, line 3, row 1: its probabilities sum to 0.75, not to 1",
        ),
        (
            made(|lines| "0.5,8,0.5".clone_into(&mut lines[7])),
            "out_of_fold.csv, line 9, column \"row\": \"8\" is no row: they are 0 to 7",
        ),
        (
            "row,prediction\n0,1\n".to_owned(),
            "out_of_fold.csv must have the columns \"row\", \"ja\", \"nein\"; it has \"row\", \"prediction\"",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(refused(text), message);
    }
}

#[test]
fn numbers_come_back_as_numbers() {
    let pin = pin(&["1.5", "2.5", "3.5", "4.5", "5.5", "6.5", "7.5", "8.5", "9.5", "10.5"]);
    let lines: Vec<String> = (0..8).map(|row| format!("{row},{row}e1")).collect();
    let text = format!("row,prediction\n{}\n", lines.join("\n"));
    let found = out_of_fold(text.as_bytes(), &pin.schema, &pin.split).unwrap();
    let number = |row: &usize| pin.split.training.iter().position(|found| found == row).unwrap();
    let expected: Vec<Predictions> = pin
        .split
        .folds
        .iter()
        .map(|fold| {
            Predictions::Values(fold.validation.iter().map(|row| number(row) as f64 * 10.0).collect())
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_class_may_be_named_as_the_column_of_row_numbers() {
    let pin = pin(&["row", "a", "row", "a", "row", "a", "row", "a", "row", "a"]);
    let lines: Vec<String> = (0..pin.split.training.len()).map(|row| format!("{row},0.25,0.75")).collect();
    let text = format!("row,a,row\n{}\n", lines.join("\n"));
    let found = out_of_fold(text.as_bytes(), &pin.schema, &pin.split).unwrap();
    for (part, fold) in found.into_iter().zip(&pin.split.folds) {
        let values = [0.25, 0.75].repeat(fold.validation.len());
        assert_eq!(part, Predictions::Probabilities { classes: 2, values });
    }
}
