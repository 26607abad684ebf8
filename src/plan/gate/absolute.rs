//! Absolute gates: the last point of a metric beside inclusive bounds.

use super::evidence::{Admitted, Ours};
use super::outcome::Outcome;
use super::reasons;
use super::value::show;
use crate::api::OnMissing;
use crate::api::model_version_status::GateResult;
use crate::domain::version::{Bound, ValidGate};
use crate::plan::{MetricFact, RunFacts};

/// Infinity as MLflow stores it is the largest f64; everything from here on is taken for it.
const INFINITE: f64 = 1.797e308;
/// Two notations of one number may differ in the last digits.
const SAME: f64 = 1e-9;

/// Judges the metric of a gate.
pub fn judge(gate: &ValidGate, min: Option<&Bound>, max: Option<&Bound>, admitted: &Admitted) -> Outcome {
    match metric(gate, admitted.run, admitted.ours.as_ref()) {
        Ok(value) => within(&gate.metric, value, min, max),
        Err(refused) => refused,
    }
}

/// A metric that may be judged: it is there, well-formed, finite, and of the attempt that counts.
pub fn metric(gate: &ValidGate, run: &RunFacts, ours: Option<&Ours>) -> Result<f64, Outcome> {
    let name = &gate.metric;
    let point = run.metrics.get(name).ok_or_else(|| missing(gate, &run.run_id))?;
    well_formed(name, *point)?;
    let Some(ours) = ours else { return Ok(point.value) };
    if point.step != i64::from(ours.attempt) {
        let message = format!("{name} is of attempt {}, the result of attempt {}", point.step, ours.attempt);
        return Err(Outcome::error(reasons::STALE_ATTEMPT, message).value(point.value));
    }
    match ours.evidence.metrics.get(name) {
        Some(stated) if !same(*stated, point.value) => {
            let message =
                format!("{name} is {} in the run and {} in the evidence", show(point.value), show(*stated));
            Err(Outcome::error(reasons::METRIC_CHANGED, message).value(point.value))
        }
        _ => Ok(point.value),
    }
}

/// What a missing metric counts as.
pub fn missing(gate: &ValidGate, run_id: &str) -> Outcome {
    let result = match gate.on_missing {
        OnMissing::Inconclusive => GateResult::Inconclusive,
        OnMissing::Fail => GateResult::Fail,
    };
    Outcome::new(result, reasons::MISSING, format!("run {run_id} has no metric {}", gate.metric))
}

/// Whether MLflow stored a number that was meant. An unquoted NaN is stored as 0 at step 0 and time 0.
pub fn well_formed(name: &str, point: MetricFact) -> Result<(), Outcome> {
    if point.value == 0.0 && point.step == 0 && point.timestamp == 0 {
        let message =
            format!("{name} is 0 at step 0 and time 0: MLflow stored a body that it could not read");
        return Err(Outcome::error(reasons::MALFORMED, message).value(0.0));
    }
    if !point.value.is_finite() || point.value.abs() >= INFINITE {
        let message = format!("{name} is {}, which is not finite", show(point.value));
        return Err(Outcome::new(GateResult::Fail, reasons::NOT_FINITE, message));
    }
    Ok(())
}

fn within(name: &str, value: f64, min: Option<&Bound>, max: Option<&Bound>) -> Outcome {
    let shown = show(value);
    let below = min.filter(|bound| value < bound.value);
    let above = max.filter(|bound| value > bound.value);
    let (result, reason, message) = match (below, above) {
        (Some(bound), _) => {
            (GateResult::Fail, reasons::OUT_OF_BOUNDS, format!("{name} {shown} < {}", bound.text))
        }
        (None, Some(bound)) => {
            (GateResult::Fail, reasons::OUT_OF_BOUNDS, format!("{name} {shown} > {}", bound.text))
        }
        (None, None) => (GateResult::Pass, reasons::WITHIN_BOUNDS, inside(name, &shown, min, max)),
    };
    Outcome::new(result, reason, message).value(value)
}

fn inside(name: &str, shown: &str, min: Option<&Bound>, max: Option<&Bound>) -> String {
    let low = min.map(|bound| format!(" >= {}", bound.text)).unwrap_or_default();
    let high = max.map(|bound| format!(" <= {}", bound.text)).unwrap_or_default();
    format!("{name} {shown}{low}{high}")
}

fn same(one: f64, other: f64) -> bool {
    (one - other).abs() <= SAME * one.abs().max(other.abs()).max(1.0)
}
