//! Metrics in what a trial prints or writes.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// One value of one metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measurement {
    /// Name of the metric.
    pub metric: String,
    /// Its value; it need not be finite.
    pub value: f64,
    /// The step that it belongs to, when the line says so.
    pub step: Option<i64>,
}

/// Name that is no metric: it says which step the others of the line belong to.
const STEP: &str = "step";

/// `name=value`, as Katib's collector of the standard output reads it.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([A-Za-z_][A-Za-z0-9_./-]*)\s*=\s*([-+0-9A-Za-z.]+)").ok());

/// All `metric=value` of a printed line, wherever in the line; `step=N` among them is the step of all of them.
pub(super) fn of_output(line: &str) -> Vec<Measurement> {
    let Some(pair) = PAIR.as_ref() else { return Vec::new() };
    let pairs: Vec<(&str, f64)> = pair
        .captures_iter(line)
        .filter_map(|found| {
            let (_, [name, value]) = found.extract();
            Some((name, value.trim_end_matches('.').parse::<f64>().ok()?))
        })
        .collect();
    let step = pairs.iter().rev().find(|(name, _)| *name == STEP).and_then(|(_, step)| whole(*step));
    let metrics = pairs.into_iter().filter(|(name, _)| *name != STEP);
    metrics.map(|(metric, value)| Measurement { metric: metric.to_owned(), value, step }).collect()
}

/// All metrics of a line of the metrics' file: a JSON object of names and values, `step` among them. NaN, which JSON does not
/// have, may be written as it is by Python, as null, or as a text.
pub(super) fn of_file(line: &str) -> Vec<Measurement> {
    let Ok(Value::Object(object)) = serde_json::from_str(&with_quoted_constants(line)) else {
        return Vec::new();
    };
    let step = object.get(STEP).and_then(Value::as_f64).and_then(whole);
    let metrics = object.iter().filter(|(name, _)| *name != STEP);
    metrics
        .filter_map(|(metric, value)| {
            Some(Measurement { metric: metric.clone(), value: number(value)?, step })
        })
        .collect()
}

/// The constants that Python's json writes although JSON has none.
fn with_quoted_constants(line: &str) -> String {
    static CONSTANT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r":\s*(NaN|-?Infinity)\s*([,}])").ok());
    match CONSTANT.as_ref() {
        Some(constant) => constant.replace_all(line, ": \"$1\"$2").into_owned(),
        None => line.to_owned(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// A step as a whole number, also when it is written as `3.0`.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and below 2^53")]
fn whole(step: f64) -> Option<i64> {
    (step.fract() == 0.0 && step.abs() < 9e15).then_some(step as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(measurements: Vec<Measurement>) -> Vec<String> {
        let text = |one: &Measurement| match one.step {
            Some(step) => format!("{} {} {step}", one.metric, one.value),
            None => format!("{} {}", one.metric, one.value),
        };
        measurements.iter().map(text).collect()
    }

    #[test]
    fn printed_metrics_are_found_anywhere_in_a_line() {
        for (line, expected) in [
            ("accuracy=0.93", vec!["accuracy 0.93"]),
            ("loss = 1e-3 step=3", vec!["loss 0.001 3"]),
            (
                "[12:00] step=4: train/loss=-2.5, val-loss=+1 (done).",
                vec!["train/loss -2.5 4", "val-loss 1 4"],
            ),
            ("loss=0.5.", vec!["loss 0.5"]),
            ("loss=nan step=2", vec!["loss NaN 2"]),
            ("loss=inf", vec!["loss inf"]),
            ("step=1.5 loss=2", vec!["loss 2"]),
            ("mode=fast model=v2.1 took 3 s", vec![]),
            ("nothing", vec![]),
        ] {
            assert_eq!(told(of_output(line)), expected, "{line}");
        }
    }

    #[test]
    fn a_line_of_the_metrics_file_may_have_several_metrics_and_python_s_nan() {
        for (line, expected) in [
            (r#"{"loss": 0.5, "accuracy": 0.9, "step": 3}"#, vec!["loss 0.5 3", "accuracy 0.9 3"]),
            (r#"{"loss": NaN}"#, vec!["loss NaN"]),
            (r#"{"loss": -Infinity, "step": 1.0}"#, vec!["loss -inf 1"]),
            (r#"{"loss": null}"#, vec!["loss NaN"]),
            (r#"{"note": "fast", "tags": []}"#, vec![]),
            ("[1]", vec![]),
            ("{", vec![]),
        ] {
            assert_eq!(told(of_file(line)), expected, "{line}");
        }
    }
}
