//! Parameters as axes.

use podium_charts::Axis;
use podium_search::{Domain, Parameter, Scale};
use serde_json::Value;

/// The axis of a parameter: its whole range, on its scale.
#[expect(clippy::cast_precision_loss, reason = "ints of a space are exact in a double")]
pub(super) fn axis(parameter: &Parameter) -> Axis {
    match &parameter.domain {
        Domain::Double { min, max, scale: Scale::Linear, .. } => Axis::Linear { low: *min, high: *max },
        Domain::Double { min, max, scale: Scale::Log, .. } => Axis::Log { low: *min, high: *max },
        Domain::Int { min, max, scale: Scale::Linear, .. } => {
            Axis::Whole { low: *min as f64, high: *max as f64 }
        }
        Domain::Int { min, max, scale: Scale::Log, .. } => Axis::Log { low: *min as f64, high: *max as f64 },
        Domain::Categorical { values } => Axis::Categories(values.iter().map(text).collect()),
    }
}

/// The number of a value on its parameter's axis; none for one that the parameter doesn't have.
pub(super) fn number(parameter: &Parameter, value: &Value) -> Option<f64> {
    match &parameter.domain {
        Domain::Double { .. } | Domain::Int { .. } => value.as_f64(),
        Domain::Categorical { values } => {
            values.iter().position(|known| known == value).map(|index| index as f64)
        }
    }
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| value.to_string(), super::short)
        }
        other => other.to_string(),
    }
}
