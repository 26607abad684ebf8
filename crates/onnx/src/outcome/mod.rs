//! From a learner's scores to the outputs: calibration, the decision, labels as the target column had them.

mod calibration;
mod isotonic;
mod label;

use crate::graph::{Builder, F64, Value};
use crate::signature::{Column, ColumnType};
use crate::{ExportError, Source};

/// Name of the output with labels.
const LABEL: &str = "label";
/// Beginning of the names of outputs with probabilities.
const PROBABILITY: &str = "probability_";
/// Name of the output of a regression.
const PREDICTION: &str = "prediction";

/// Label and a probability for each class.
pub(crate) fn classes(
    builder: &mut Builder,
    source: &Source<'_>,
    probabilities: &Value<F64>,
) -> Result<Vec<Column>, ExportError> {
    let probabilities = match source.calibration {
        Some(calibration) => calibration::apply(builder, source, calibration, probabilities)?,
        None => probabilities.clone(),
    };
    let mut outputs = vec![label::output(builder, source, &probabilities)];
    for (at, class) in source.schema.classes.iter().enumerate() {
        let probability = builder.column_at(&probabilities, at);
        let name = builder.output(&format!("{PROBABILITY}{class}"), &probability);
        outputs.push(Column { name, r#type: ColumnType::Double });
    }
    Ok(outputs)
}

/// The prediction.
pub(crate) fn value(builder: &mut Builder, values: &Value<F64>) -> Vec<Column> {
    let name = builder.output(PREDICTION, values);
    vec![Column { name, r#type: ColumnType::Double }]
}
