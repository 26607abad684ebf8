//! One file from the parts of a model: checks that they belong together, then joins preparation, learner and outcome.

use podium_learners::Model;
use podium_tabular::calibrate::Calibration;
use podium_tabular::prepare::FittedPreparation;
use podium_tabular::schema::Schema;
use prost::Message;

use crate::graph::Builder;
use crate::learner::Scores;
use crate::{ExportError, Signature, learner, outcome, preparation};

/// Protocol buffers count in signed 32-bit integers.
const LARGEST_FILE: usize = i32::MAX as usize;

/// The parts of a fitted model.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Task, class labels and positive class.
    pub schema: &'a Schema,
    /// From raw columns to the learner's matrix.
    pub preparation: &'a FittedPreparation,
    /// The learner, fitted on that matrix.
    pub model: &'a Model,
    /// From the learner's probabilities to calibrated ones.
    pub calibration: Option<&'a Calibration>,
    /// With two classes: the positive one when its probability is at least this, 0 to 1. Not used otherwise.
    pub threshold: f64,
}

/// A model as an ONNX file.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The file: `ai.onnx` 17, `ai.onnx.ml` 3, file version 8.
    pub bytes: Vec<u8>,
    /// Its inputs and outputs.
    pub signature: Signature,
}

/// Writes a model as an ONNX file.
///
/// Inputs are the raw columns that the preparation uses, one value a row (`[N]`, or `[N, 1]` when there is one input
/// only, as MLflow feeds it): a string for categories of text, a double for all else. Timestamps are seconds since 1970-01-01T00:00:00Z. Missing is NaN, or for texts an empty
/// one, `None`, `nan`, `NaN` or `<NA>` where that is no level: so missing texts arrive from Python.
///
/// Outputs are `label` (a 64-bit integer when the target column holds whole numbers, else a string) and a double
/// `probability_<class>` for each class; for regression a double `prediction`. An output whose name is taken by an
/// input has `_` behind it.
///
/// # Errors
/// An [`ExportError`] when the parts don't belong together or the file would be larger than the format allows.
pub fn export(source: &Source<'_>) -> Result<Exported, ExportError> {
    check(source)?;
    let names = source.preparation.features().iter().map(|feature| feature.name.as_str());
    let mut builder = Builder::with_inputs(names);
    let prepared = preparation::build(&mut builder, source.preparation)?;
    if prepared.columns != source.model.columns() {
        return Err(ExportError::Columns { prepared: prepared.columns, fitted: source.model.columns() });
    }
    let outputs = match learner::build(&mut builder, source.model, &prepared.matrix)? {
        Scores::Probabilities(p) => outcome::classes(&mut builder, source, &p)?,
        Scores::Values(values) => outcome::value(&mut builder, &values),
    };
    let file = builder.finish("podium");
    let size = file.encoded_len();
    if size > LARGEST_FILE {
        return Err(ExportError::TooLarge { bytes: size, limit: LARGEST_FILE });
    }
    Ok(Exported { bytes: file.encode_to_vec(), signature: Signature { inputs: prepared.inputs, outputs } })
}

fn check(source: &Source<'_>) -> Result<(), ExportError> {
    let labels = source.schema.classes.len();
    let known = source.model.classes().unwrap_or(0);
    if labels != known {
        return Err(ExportError::Classes { labels, known });
    }
    if !(0.0..=1.0).contains(&source.threshold) {
        return Err(ExportError::Threshold(source.threshold));
    }
    Ok(())
}
