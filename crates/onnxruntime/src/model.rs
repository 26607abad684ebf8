//! A model that was loaded, ready to predict.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use ort::session::{Session, SessionInputValue};
use podium_onnx::Signature;
use podium_tabular::metric::Predictions;
use podium_tabular::schema::Schema;
use podium_tabular::table::Table;

use crate::inputs::Input;
use crate::outputs::Wanted;
use crate::{ModelError, Runtime, feed, inputs, outputs};

/// Rows that are computed at once: what a model needs besides its answer grows with them.
const BATCH: usize = 4096;

/// An ONNX model whose inputs and outputs fit a schema.
#[derive(Debug)]
pub struct OnnxModel {
    /// ONNX Runtime's own sessions may be shared; the wrapper wants one user at a time.
    session: Mutex<Session>,
    inputs: Vec<Input>,
    output: String,
    wanted: Wanted,
}

impl OnnxModel {
    /// Loads a model for data of this schema. It computes on so many threads.
    ///
    /// Inputs: one tensor `[rows, features]` of numbers with the features in the schema's order, or one tensor `[rows]` or
    /// `[rows, 1]` a column, of the column's name; floats, doubles, 64-bit integers, strings for categories of text. Missing is
    /// NaN, or an empty text; instants are seconds since 1970. Outputs: probabilities `[rows, classes]` in the schema's order, or
    /// one number a row for regression.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn load(
        runtime: &Runtime,
        bytes: &[u8],
        schema: &Schema,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let refused = |error: &dyn std::fmt::Display| ModelError::Refused(error.to_string());
        let session = Session::builder(&runtime.0)?
            .with_intra_threads(threads)
            .map_err(|error| refused(&error))?
            .commit_from_memory(bytes)?;
        let wanted = if schema.task.is_classification() {
            Wanted::Probabilities(schema.classes.len())
        } else {
            Wanted::Value
        };
        let inputs = inputs::of(&session, schema)?;
        let output = outputs::of(&session, wanted)?;
        Ok(Self { session: Mutex::new(session), inputs, output, wanted })
    }

    /// Its predictions for these rows.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn predict(&self, table: &Table, rows: &[usize]) -> Result<Predictions, ModelError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = Vec::new();
        for batch in rows.chunks(BATCH) {
            let mut fed: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(self.inputs.len());
            for input in &self.inputs {
                fed.push((Cow::Borrowed(&input.name), feed::tensor(input, table, batch)?));
            }
            let answer = session.run(fed)?;
            let output = answer
                .get(&self.output)
                .ok_or_else(|| ModelError::Refused(format!("it gave no output {:?}", self.output)))?;
            values.extend(outputs::values(output, self.wanted, batch)?);
        }
        outputs::predictions(values, self.wanted, rows)
    }

    /// The columns that it takes. What MLflow's users get are its own outputs, so none are stated.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature { inputs: inputs::signature(&self.inputs), outputs: Vec::new() }
    }
}
