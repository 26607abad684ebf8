//! One model, its native answers, and the comparison with what Python answers.

use std::path::Path;

use podium_learners::{Matrix, Model, Prediction};
use podium_onnx::{Exported, Source, export, mlmodel};
use podium_tabular::calibrate::Calibration;
use podium_tabular::metric::Predictions;
use podium_tabular::prepare::FittedPreparation;
use podium_tabular::schema::Schema;
use podium_tabular::table::{Column, Table};
use serde_json::{Value, json};

use crate::peer::{self, Answer, Slice};

/// All digits, and digits around an `e`: what YAML would read as a number.
const RUN_ID: &str = "01234567890123456789012345678e12";

/// A model and the rows it is tried on.
pub struct Case {
    pub schema: Schema,
    pub preparation: FittedPreparation,
    pub model: Model,
    pub calibration: Option<Calibration>,
    pub threshold: f64,
    pub table: Table,
}

/// What the native model answers.
pub struct Native {
    /// A row of probabilities, or one value, for each row.
    pub values: Vec<Vec<f64>>,
    /// Index of the class of each row; empty for regression.
    pub labels: Vec<usize>,
}

impl Case {
    pub fn export(&self) -> Exported {
        let source = Source {
            schema: &self.schema,
            preparation: &self.preparation,
            model: &self.model,
            calibration: self.calibration.as_ref(),
            threshold: self.threshold,
        };
        export(&source).unwrap()
    }

    /// The prepared matrix, column-major.
    pub fn prepared(preparation: &FittedPreparation, table: &Table) -> Matrix {
        let rows: Vec<usize> = (0..table.rows()).collect();
        let design = preparation.transform(table, &rows).unwrap();
        Matrix::new(design.rows, design.columns, design.values).unwrap()
    }

    pub fn native(&self) -> Native {
        let prediction = self.model.predict(&Self::prepared(&self.preparation, &self.table)).unwrap();
        let classes = self.schema.classes.len();
        let raw = prediction.values().to_vec();
        let raw = match &self.calibration {
            Some(calibration) => {
                let calibrated = calibration.apply(&Predictions::Probabilities { classes, values: raw });
                let Predictions::Probabilities { values, .. } = calibrated.unwrap() else { unreachable!() };
                values
            }
            None => raw,
        };
        let values: Vec<Vec<f64>> = raw.chunks(classes.max(1)).map(<[f64]>::to_vec).collect();
        let labels = match prediction {
            Prediction::Values(_) => Vec::new(),
            Prediction::Probabilities { .. } => values.iter().map(|row| self.label(row)).collect(),
        };
        Native { values, labels }
    }

    fn label(&self, row: &[f64]) -> usize {
        match self.schema.positive {
            Some(positive) if row[positive] >= self.threshold => positive,
            Some(positive) => 1 - positive,
            None => (0..row.len()).rev().max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap(),
        }
    }

    /// Runs the export in Python on these ranges of rows.
    pub fn run(&self, slices: &[(usize, usize)]) -> Answer {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path(), slices);
        peer::run(folder.path())
    }

    fn write(&self, folder: &Path, slices: &[(usize, usize)]) {
        let exported = self.export();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        for (name, text) in mlmodel::folder(&exported.signature, RUN_ID).files() {
            write(name, text.as_bytes());
        }
        write(mlmodel::ONNX_FILE, &exported.bytes);
        let columns: Vec<Value> =
            exported.signature.inputs.iter().map(|input| self.raw(&input.name)).collect();
        write("rows.json", json!({"columns": columns, "slices": slices}).to_string().as_bytes());
    }

    fn raw(&self, name: &str) -> Value {
        let (kind, values) = match self.table.column(name).unwrap() {
            Column::Number(values) => ("double", json!(values)),
            Column::Text(values) => ("string", json!(values)),
            Column::Timestamp(values) => {
                let seconds: Vec<_> = values.iter().map(|ns| ns.map(|ns| ns as f64 / 1e9)).collect();
                ("double", json!(seconds))
            }
        };
        json!({"name": name, "type": kind, "values": values})
    }

    /// All rows, none, and one: onnxruntime and MLflow must answer what the native model does. Returns the largest
    /// difference of a probability or value.
    pub fn check(&self) -> f64 {
        let rows = self.table.rows();
        let slices = [(0, rows), (0, 0), (rows - 1, rows)];
        let names: Vec<String> =
            self.export().signature.outputs.into_iter().map(|output| output.name).collect();
        let answer = self.run(&slices);
        assert_eq!(answer.run_id, RUN_ID);
        let native = self.native();
        let mut worst = 0.0f64;
        for (&(from, to), slice) in slices.iter().zip(&answer.slices) {
            let Slice { onnxruntime, mlflow } = slice;
            assert_eq!(onnxruntime, mlflow, "onnxruntime and MLflow answer alike");
            for row in from..to {
                let outputs: Vec<&Value> = names.iter().map(|name| &onnxruntime[name][row - from]).collect();
                worst = worst.max(self.compare(&native, row, &outputs));
            }
        }
        println!("largest difference: {worst:e}");
        worst
    }

    fn compare(&self, native: &Native, row: usize, outputs: &[&Value]) -> f64 {
        let numbers = if native.labels.is_empty() { outputs } else { &outputs[1..] };
        assert_eq!(numbers.len(), native.values[row].len());
        let mut worst = 0.0f64;
        for (got, want) in numbers.iter().map(|v| v.as_f64().unwrap()).zip(&native.values[row]) {
            let allowed = self.allowed(native, *want);
            assert!((got - want).abs() <= allowed, "row {row}: {got} against {want}, allowed {allowed}");
            worst = worst.max((got - want).abs());
        }
        if let Some(&label) = native.labels.get(row)
            && self.margin(&native.values[row]) > self.allowed(native, 1.0)
        {
            assert_eq!(text_of(outputs[0]), self.schema.classes[label], "label of row {row}");
        }
        worst
    }

    /// 1e-6 max(1, sd of the target) + 1e-5 |b|, with the predictions' spread for the target's.
    fn allowed(&self, native: &Native, value: f64) -> f64 {
        let spread = if native.labels.is_empty() { deviation(&native.values) } else { 0.0 };
        1e-6 * spread.max(1.0) + 1e-5 * value.abs()
    }

    /// How far a row of probabilities is from another label.
    fn margin(&self, row: &[f64]) -> f64 {
        match self.schema.positive {
            Some(positive) => (row[positive] - self.threshold).abs(),
            None => {
                let mut sorted = row.to_vec();
                sorted.sort_by(|a, b| b.total_cmp(a));
                (sorted[0] - sorted.get(1).copied().unwrap_or(0.0)) / 2.0
            }
        }
    }
}

fn deviation(values: &[Vec<f64>]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|row| row[0]).sum::<f64>() / n;
    (values.iter().map(|row| (row[0] - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// A label as text, and as the type that the output states: a JSON number for integers.
fn text_of(label: &Value) -> String {
    label.as_str().map_or_else(|| label.as_i64().unwrap().to_string(), str::to_owned)
}
