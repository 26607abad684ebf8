//! Which output of a model is its prediction, and the prediction in it.

use ort::session::Session;
use ort::value::{DynValue, TensorElementType, ValueType};
use podium_tabular::metric::{Predictions, normalise};

use crate::ModelError;

/// What is asked of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many probabilities a row.
    Probabilities(usize),
    /// One number a row.
    Value,
}

impl Wanted {
    const fn width(self) -> usize {
        match self {
            Self::Probabilities(classes) => classes,
            Self::Value => 1,
        }
    }

    fn fits(self, shape: &[i64]) -> bool {
        let is = |width: i64| width < 0 || usize::try_from(width) == Ok(self.width());
        match (self, shape) {
            (Self::Value, [_]) => true,
            (_, [_, width]) => is(*width),
            _ => false,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Probabilities(classes) => format!(
                "a float tensor of shape [rows, {classes}], the classes' probabilities (scikit-learn models: convert with zipmap=False)"
            ),
            Self::Value => "a float tensor of shape [rows] or [rows, 1]".to_owned(),
        }
    }
}

/// Name of the output: the only one that fits; of several the one with a usual name, else the first.
pub(crate) fn of(session: &Session, wanted: Wanted) -> Result<String, ModelError> {
    let fits = |found: &ValueType| match found {
        ValueType::Tensor { ty, shape, .. } => is_float(*ty) && wanted.fits(shape),
        ValueType::Sequence(_) | ValueType::Map { .. } | ValueType::Optional(_) => false,
    };
    let fitting: Vec<&str> =
        session.outputs().iter().filter(|outlet| fits(outlet.dtype())).map(|outlet| outlet.name()).collect();
    let usual = ["probabilities", "output_probability", "prediction", "variable"];
    let named = usual.iter().find_map(|usual| fitting.iter().find(|name| *name == usual));
    named.or(fitting.first()).map(|name| (*name).to_owned()).ok_or_else(|| {
        let all: Vec<String> = session
            .outputs()
            .iter()
            .map(|outlet| format!("{:?} {}", outlet.name(), outlet.dtype()))
            .collect();
        ModelError::Output { wanted: wanted.words(), found: all.join(", ") }
    })
}

fn is_float(element: TensorElementType) -> bool {
    matches!(element, TensorElementType::Float32 | TensorElementType::Float64)
}

/// The output's values for these rows, row-major.
pub(crate) fn values(output: &DynValue, wanted: Wanted, rows: &[usize]) -> Result<Vec<f64>, ModelError> {
    let values: Vec<f64> = match output.try_extract_tensor::<f64>() {
        Ok((_, values)) => values.to_vec(),
        Err(_) => output.try_extract_tensor::<f32>()?.1.iter().map(|value| f64::from(*value)).collect(),
    };
    let expected = rows.len() * wanted.width();
    if values.len() != expected {
        return Err(ModelError::Shape { found: values.len(), rows: rows.len(), expected });
    }
    Ok(values)
}

/// Values of all rows as predictions.
pub(crate) fn predictions(
    mut values: Vec<f64>,
    wanted: Wanted,
    rows: &[usize],
) -> Result<Predictions, ModelError> {
    let Wanted::Probabilities(classes) = wanted else {
        let wrong = values.iter().position(|value| !value.is_finite());
        return match wrong {
            Some(at) => Err(answer(rows[at], format!("{} is not finite", values[at]))),
            None => Ok(Predictions::Values(values)),
        };
    };
    for (line, &row) in values.chunks_exact_mut(classes).zip(rows) {
        normalise(line).map_err(|message| answer(row, message))?;
    }
    Ok(Predictions::Probabilities { classes, values })
}

fn answer(row: usize, message: String) -> ModelError {
    ModelError::Answer { row, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_no_prediction() {
        let found = predictions(vec![1.0, f64::INFINITY], Wanted::Value, &[4, 9]);
        assert_eq!(found, Err(answer(9, "inf is not finite".to_owned())));
    }
}
