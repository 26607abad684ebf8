//! The same data in scikit-learn: equal coefficients and predictions for the linear learners, equal quality for the
//! forest. `scripts/pyenv` makes the Python environment when it is missing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{accuracy, noise, predict, train};
use podium_learners::{Algorithm, Matrix, Model, Target};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A data set of numbers: its features standardised or as they are, and the numbers of its target column.
struct Data {
    features: Matrix,
    target: Vec<f64>,
}

/// Reads a CSV file of the data folder; the target is the last column, text levels count in sorted order.
fn data(name: &str, standardised: bool) -> Data {
    let folder = std::env::var_os("PODIUM_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; name the folder of the data sets in PODIUM_DATA", path.display())
    });
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let columns: Vec<Vec<f64>> = (0..rows[0].len()).map(|j| numbers(&rows, j)).collect();
    let (target, features) = columns.split_last().unwrap();
    let scaled = |column: &Vec<f64>| column.iter().map(|x| x.to_owned() as f32).collect();
    let standard = |column: &Vec<f64>| {
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / column.len() as f64).sqrt();
        column.iter().map(|x| ((x - mean) / if sd > 0.0 { sd } else { 1.0 }) as f32).collect()
    };
    let features: Vec<Vec<f32>> =
        features.iter().map(|column| if standardised { standard(column) } else { scaled(column) }).collect();
    Data { features: Matrix::from_columns(rows.len(), &features).unwrap(), target: target.clone() }
}

fn numbers(rows: &[Vec<&str>], column: usize) -> Vec<f64> {
    let cells: Vec<&str> = rows.iter().map(|row| row[column]).collect();
    if let Ok(numbers) = cells.iter().map(|cell| cell.parse()).collect::<Result<Vec<f64>, _>>() {
        return numbers;
    }
    let mut levels = cells.clone();
    levels.sort_unstable();
    levels.dedup();
    cells.iter().map(|cell| levels.binary_search(cell).unwrap() as f64).collect()
}

impl Data {
    fn classes(&self) -> Target {
        let labels: Vec<u32> = self.target.iter().map(|&label| label as u32).collect();
        Target::Classes { classes: *labels.iter().max().unwrap() as usize + 1, labels }
    }

    fn case(&self, name: &str, model: &str, parameters: &Value, weights: Option<&[f64]>) -> Value {
        let columns: Vec<&[f32]> = (0..self.features.columns()).map(|j| self.features.column(j)).collect();
        json!({"name": name, "model": model, "parameters": parameters, "columns": columns,
               "target": self.target, "weights": weights})
    }
}

fn numbers_of(answer: &Value, name: &str) -> Vec<f64> {
    serde_json::from_value(answer[name].clone()).unwrap()
}

/// Runs the peer on all cases at once: importing it takes longer than the fits.
fn peer(cases: &[Value]) -> Value {
    let made = Command::new(root().join("scripts/pyenv")).stderr(Stdio::inherit()).output().unwrap();
    assert!(made.status.success(), "scripts/pyenv failed; its message stands above");
    let python = Path::new(String::from_utf8(made.stdout).unwrap().trim()).join("bin/python");
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/fit.py"))
        .envs([("OMP_NUM_THREADS", "1"), ("OMP_WAIT_POLICY", "PASSIVE")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(json!({"cases": cases}).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The agreement that a loaded model must show: 1e-6 of the target's spread plus 1e-5 of the number.
fn assert_agree(what: &str, ours: &[f64], theirs: &[f64], spread: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (a - b).abs() <= 1e-6 * spread.max(1.0) + 1e-5 * b.abs(),
            "{what}, number {i}: {a} against {b}"
        );
    }
}

fn weights(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| (noise(row as u64) * 4.0).floor() / 2.0).collect()
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    let ours = r#"{"tol": 1e-9, "C": 0.7, "class_weight": "balanced"}"#;
    let theirs = json!({"tol": 1e-10, "C": 0.7, "class_weight": "balanced", "max_iter": 10000});
    let sets =
        ["breast_cancer.csv", "iris.csv", "wine.csv", "digits.csv"].map(|name| (name, data(name, true)));
    let mut cases = Vec::new();
    for (name, data) in &sets {
        let weights = weights(data.target.len());
        cases.push(data.case(&format!("{name} weighted"), "LogisticRegression", &theirs, Some(&weights)));
        cases.push(data.case(&format!("{name} plain"), "LogisticRegression", &theirs, None));
    }
    let answers = peer(&cases);
    for (name, data) in &sets {
        let all = weights(data.target.len());
        for (kind, weights) in [("weighted", Some(&all[..])), ("plain", None)] {
            let case = format!("{name} {kind}");
            let fitted = train(Algorithm::LogisticRegression, ours, &data.features, &data.classes(), weights);
            assert!(fitted.report.warnings.is_empty(), "{case}: {:?}", fitted.report.warnings);
            let predictions = numbers_of(&answers[&case], "predictions");
            assert_agree(&case, &predict(&fitted, &data.features), &predictions, 1.0);
            let Model::Logistic(model) = &fitted.model else { panic!() };
            let coefficients = numbers_of(&answers[&case], "coefficients");
            common::assert_close(model.coefficients(), &coefficients, 1e-5);
            common::assert_close(model.intercepts(), &numbers_of(&answers[&case], "intercepts"), 1e-5);
        }
    }
}

#[test]
fn linear_regression_agrees_with_scikit_learn() {
    let scaled = data("diabetes.csv", true);
    let raw = data("diabetes.csv", false);
    // A copy of a column: no full rank, and the solution of smallest norm is asked for.
    let mut columns: Vec<Vec<f32>> =
        (0..scaled.features.columns()).map(|j| scaled.features.column(j).to_vec()).collect();
    columns.push(columns[2].iter().map(|x| x * 2.0).collect());
    let deficient = Matrix::from_columns(scaled.target.len(), &columns).unwrap();
    let deficient = Data { features: deficient, target: scaled.target.clone() };
    // Fewer rows than columns: the shortest of all lines through every point.
    let kept = [0, 40, 80, 120, 160, 200, 240];
    let target = kept.iter().map(|&row| scaled.target[row]).collect();
    let few = Data { features: scaled.features.take(&kept), target };
    let sets = [("scaled", &scaled), ("raw", &raw), ("deficient", &deficient), ("few rows", &few)];
    let kinds = [("plain", false, true), ("weighted", true, true), ("through the origin", false, false)];
    let all = weights(scaled.target.len());
    let mut cases = Vec::new();
    for (name, data) in sets {
        for (kind, weighted, intercept) in kinds {
            let parameters = json!({"fit_intercept": intercept});
            let weights = weighted.then_some(&all[..data.target.len()]);
            cases.push(data.case(&format!("{name} {kind}"), "LinearRegression", &parameters, weights));
        }
    }
    let answers = peer(&cases);
    for (name, data) in sets {
        for (kind, weighted, intercept) in kinds {
            let case = format!("{name} {kind}");
            let ours = format!(r#"{{"fit_intercept": {intercept}}}"#);
            let target = Target::Values(data.target.clone());
            let weights = weighted.then_some(&all[..data.target.len()]);
            let fitted = train(Algorithm::LinearRegression, &ours, &data.features, &target, weights);
            let predictions = numbers_of(&answers[&case], "predictions");
            assert_agree(&case, &predict(&fitted, &data.features), &predictions, 77.0);
            let Model::Linear(model) = &fitted.model else { panic!() };
            common::assert_close(model.coefficients(), &numbers_of(&answers[&case], "coefficients"), 1e-6);
        }
    }
}

/// Every fourth row is held out.
fn halves(rows: usize) -> (Vec<usize>, Vec<usize>) {
    (0..rows).partition(|row| row % 4 != 0)
}

#[test]
fn a_forest_is_as_good_as_scikit_learn() {
    for (name, model) in [("digits.csv", "RandomForestClassifier"), ("diabetes.csv", "RandomForestRegressor")]
    {
        let data = data(name, false);
        let (fitted_on, tested) = halves(data.target.len());
        let target = match model {
            "RandomForestClassifier" => data.classes(),
            _ => Target::Values(data.target.clone()),
        };
        let x = data.features.take(&fitted_on);
        let fitted =
            train(Algorithm::RandomForest, r#"{"n_estimators": 200}"#, &x, &target.take(&fitted_on), None);
        let fresh = data.features.take(&tested);
        // scikit-learn sees the held-out rows at weight 0: they are not drawn on, and it predicts them.
        let weights: Vec<f64> = (0..data.target.len()).map(|row| f64::from(u8::from(row % 4 != 0))).collect();
        let mut case =
            data.case(name, model, &json!({"n_estimators": 200, "random_state": 0}), Some(&weights));
        case["tested"] = json!(tested);
        let theirs = numbers_of(&peer(&[case])[name], "predictions");
        let ours = fitted.model.predict(&fresh).unwrap();
        match target.take(&tested) {
            Target::Values(truth) => {
                let rmse = |p: &[f64]| {
                    (p.iter().zip(&truth).map(|(p, y)| (p - y).powi(2)).sum::<f64>() / truth.len() as f64)
                        .sqrt()
                };
                let (ours, theirs) = (rmse(ours.values()), rmse(&theirs));
                assert!(ours < 1.03 * theirs, "{name}: rmse {ours} against {theirs}");
            }
            target @ Target::Classes { classes, .. } => {
                let theirs = podium_learners::Prediction::Probabilities { classes, values: theirs };
                let (ours, theirs) = (accuracy(&ours, &target), accuracy(&theirs, &target));
                assert!(ours > theirs - 0.012, "{name}: accuracy {ours} against {theirs}");
            }
        }
    }
}
